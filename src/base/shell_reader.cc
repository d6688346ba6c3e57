// How this works. The pieces are joined into one text in which each placeholder is one character
// (a "hole"). A stack of frames says what the reader is in: commands, double quotes, ${…}, an
// arithmetic expression. What cannot nest (single quotes, $'…', backticks, comments, bodies of
// here-documents) is skipped as a whole, and the holes in it are refused. Of the grammar only that
// is followed which decides about quoting: words that begin a command, for `case` (whose patterns
// end with a lone parenthesis), `[[` and `((`. After bash's manual and parse.y of 5.2.
#include "base/shell_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace moondial {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr char kHole = '\1';
constexpr std::string_view kAssignFirst = "assign it to a variable before: v=";

bool contains(std::string_view set, char c) { return set.find(c) != kNone; }

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// What the words of a command that follow such a word are: again the beginning of one.
bool opens_commands(std::string_view word) {
  constexpr std::array<std::string_view, 10> kWords{"if",    "then", "else", "elif", "while",
                                                    "until", "do",   "{",    "!",    "time"};
  return std::ranges::find(kWords, word) != kWords.end();
}

/// Operators of [[ … ]] that evaluate a neighbour as arithmetic, which may run commands.
bool evaluates(std::string_view word) {
  constexpr std::array<std::string_view, 7> kOperators{"-eq", "-ne", "-lt", "-le",
                                                       "-gt", "-ge", "-v"};
  return std::ranges::find(kOperators, word) != kOperators.end();
}

struct Frame {
  enum class Kind : uint8_t {
    kCommands,    ///< the whole text, $(…), (…), <(…)
    kList,        ///< parentheses that hold no commands: name=(…), @(…), and those in [[ … ]]
    kDouble,      ///< "…"
    kParameter,   ///< ${…}
    kArithmetic,  ///< ((…)), $((…)), $[…]
  };
  Kind kind = Kind::kCommands;
  bool quoted = false;  ///< somewhere inside double quotes, without $(…) between
  char closer = ')';    ///< of kArithmetic
  int depth = 0;        ///< of kArithmetic: open parentheses or brackets
  // Of kCommands and kList: where in a command.
  bool command_start = true;
  bool in_test = false;         ///< in [[ … ]]
  bool after_for = false;       ///< the last word was `for`
  int open_cases = 0;           ///< `case` without its `esac`
  int case_header = 0;          ///< 2: its subject comes, 1: its `in` comes
  size_t word = kNone;          ///< where the current word began
  bool word_plain = true;       ///< it has no quotes and no expansions so far
  size_t word_hole = kNone;     ///< the last hole in it
  size_t last_hole = kNone;     ///< the same of the word before
  bool last_evaluates = false;  ///< the word before evaluates this one
};

struct HereDocument {
  std::string delimiter;
  bool quoted = false;
  bool strip_tabs = false;
  size_t level = 0;  ///< number of frames where it was declared
};

class ShellReader {
 public:
  explicit ShellReader(std::span<const TemplatePiece> pieces) {
    for (const TemplatePiece& piece : pieces) {
      if (piece.is_placeholder) {
        holes_.push_back({text_.size(), &piece, false});
        text_ += kHole;
      } else {
        text_ += piece.text;
      }
    }
  }

  std::vector<std::string> run() {
    frames_.emplace_back();
    if (!holes_.empty()) {
      while (at_ < text_.size()) step();
      end_word();
    }
    return std::move(problems_);
  }

 private:
  struct Hole {
    size_t at = 0;
    const TemplatePiece* piece = nullptr;
    bool refused = false;
  };

  Frame& top() { return frames_.back(); }
  [[nodiscard]] char peek(size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool hole_here() const {
    return next_hole_ < holes_.size() && holes_[next_hole_].at == at_;
  }

  void refuse(size_t hole, std::string_view where, std::string_view way_out) {
    if (holes_[hole].refused) return;
    holes_[hole].refused = true;
    const size_t at = holes_[hole].at;
    const std::string written = printable(holes_[hole].piece->text);
    std::string problem = written + " is " + std::string(where);
    if (text_.find('\n') != kNone) {
      const auto lines =
          std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(at), '\n');
      problem += ", in line " + std::to_string(lines + 1) + " of the command";
    }
    problem += ": " + std::string(way_out);
    if (way_out == kAssignFirst) problem += written + ", then \"$v\"";
    problems_.push_back(std::move(problem));
  }

  /// Goes on at `end`, refusing the holes before it.
  void skip_to(size_t end, std::string_view where, std::string_view way_out) {
    at_ = std::min(end, text_.size());
    for (; next_hole_ < holes_.size() && holes_[next_hole_].at < at_; ++next_hole_) {
      refuse(next_hole_, where, way_out);
    }
  }

  void step();
  void step_commands();
  void step_double();
  void step_parameter();
  void step_arithmetic();

  void push(Frame::Kind kind, bool quoted, size_t characters) {
    Frame frame;
    frame.kind = kind;
    frame.quoted = quoted;
    frames_.push_back(frame);
    at_ += characters;
  }
  void pop(size_t characters) {
    frames_.pop_back();
    at_ += characters;
  }

  void expansion();
  void backslash();
  void single_quotes();
  void escaped_until(char end, size_t from, std::string_view where, std::string_view way_out);
  void backticks();

  void begin_word(bool plain);
  void end_word();
  void end_command_word(std::string_view word);
  void end_test_word(std::string_view word);
  void hole_in_word();
  void open_parenthesis();
  void close_parenthesis();
  void newline();
  void here_document();
  void here_document_bodies();
  size_t here_document_end(size_t from, const HereDocument& document);
  /// From here on nobody knows how the shell reads the text.
  void lose_track() { lost_ = true; }

  std::string text_;
  std::vector<Hole> holes_;
  size_t next_hole_ = 0;  // the first that has not been passed
  size_t at_ = 0;
  std::vector<Frame> frames_;
  std::vector<HereDocument> here_documents_;  // declared, their bodies not yet read
  bool lost_ = false;
  std::vector<std::string> problems_;
};

void ShellReader::step() {
  switch (top().kind) {
    case Frame::Kind::kCommands:
    case Frame::Kind::kList:
      return step_commands();
    case Frame::Kind::kDouble:
      return step_double();
    case Frame::Kind::kParameter:
      return step_parameter();
    case Frame::Kind::kArithmetic:
      return step_arithmetic();
  }
}

// --- Quoting ---

void ShellReader::step_double() {
  constexpr std::string_view kBare = "write it bare, it is one quoted word: \"a \"${x}\" b\"";
  if (hole_here()) return skip_to(at_ + 1, "inside double quotes", kBare);
  switch (text_[at_]) {
    case '"':
      return pop(1);
    case '\\':
      return skip_to(at_ + 2, "inside double quotes", kBare);
    case '`':
      return backticks();
    case '$':
      return expansion();
    default:
      ++at_;
  }
}

void ShellReader::step_parameter() {
  if (hole_here()) return skip_to(at_ + 1, "inside the shell's own ${…}", kAssignFirst);
  switch (text_[at_]) {
    case '}':
      return pop(1);
    case '\\':
      return skip_to(at_ + 2, "inside the shell's own ${…}", kAssignFirst);
    case '"':
      return push(Frame::Kind::kDouble, true, 1);
    case '\'':
      // Inside double quotes it depends on the operator whether this is a quote.
      if (!top().quoted) return single_quotes();
      lose_track();
      ++at_;
      return;
    case '`':
      return backticks();
    case '$':
      return expansion();
    default:
      ++at_;
  }
}

void ShellReader::step_arithmetic() {
  if (hole_here()) return skip_to(at_ + 1, "inside arithmetic, which evaluates it", kAssignFirst);
  Frame& frame = top();
  const char opener = frame.closer == ')' ? '(' : '[';
  const char c = text_[at_];
  if (c == opener) {
    ++frame.depth;
    ++at_;
  } else if (c == frame.closer && frame.depth > 0) {
    --frame.depth;
    ++at_;
  } else if (c == ']' && frame.closer == ']') {
    pop(1);
  } else if (c == ')' && frame.closer == ')') {
    // With one parenthesis it was a subshell in a subshell: its quoting has been read wrongly.
    if (peek(1) != ')') lose_track();
    pop(peek(1) == ')' ? 2 : 1);
  } else if (c == '\\') {
    skip_to(at_ + 2, "inside arithmetic, which evaluates it", kAssignFirst);
  } else if (c == '"') {
    push(Frame::Kind::kDouble, true, 1);
  } else if (c == '\'') {
    single_quotes();
  } else if (c == '`') {
    backticks();
  } else if (c == '$') {
    expansion();
  } else {
    ++at_;
  }
}

/// At a dollar sign, anywhere but in single quotes.
void ShellReader::expansion() {
  const bool quoted = top().kind == Frame::Kind::kDouble || top().quoted;
  const char next = peek(1);
  if (next == '(' && peek(2) == '(') return push(Frame::Kind::kArithmetic, true, 3);
  if (next == '(') return push(Frame::Kind::kCommands, false, 2);
  if (next == '{') return push(Frame::Kind::kParameter, quoted, 2);
  if (next == '[') {
    push(Frame::Kind::kArithmetic, true, 2);
    top().closer = ']';
    return;
  }
  if (next == '\'' && !quoted) {
    return escaped_until('\'', at_ + 2, "inside $'…'", "write it bare: $'a'${x}$'b'");
  }
  // Special parameters are one token: $# begins no comment, $$ eats the second dollar sign.
  const bool special = contains("$#?!@*-_", next) && next != '\0';
  at_ += special ? 2 : 1;
}

void ShellReader::single_quotes() {
  const size_t end = text_.find('\'', at_ + 1);
  skip_to(end == kNone ? end : end + 1, "inside single quotes",
          "write it bare, it is one quoted word: 'a '${x}' b'");
}

/// Skips to behind the first `end` after `from` that no backslash escapes.
void ShellReader::escaped_until(char end, size_t from, std::string_view where,
                                std::string_view way_out) {
  while (from < text_.size() && text_[from] != end) from += text_[from] == '\\' ? 2 : 1;
  skip_to(from + 1, where, way_out);
}

void ShellReader::backticks() {
  escaped_until('`', at_ + 1, "inside backticks", "use $(…), with the placeholder bare in it");
}

// --- Commands ---

void ShellReader::step_commands() {
  if (hole_here()) return hole_in_word();
  switch (text_[at_]) {
    case ' ':
    case '\t':
      end_word();
      ++at_;
      return;
    case '\n':
      return newline();
    case ';':
    case '&':
    case '|':
      end_word();
      top().command_start = true;
      ++at_;
      return;
    case '<':
      if (text_.compare(at_, 2, "<<") == 0 && !top().in_test) return here_document();
      [[fallthrough]];
    case '>':
      end_word();
      ++at_;
      return;
    case '(':
      return open_parenthesis();
    case ')':
      return close_parenthesis();
    case '\\':
      return backslash();
    case '#':
      if (top().word == kNone) {
        return skip_to(text_.find('\n', at_), "in a comment", "a literal ${ is written $${");
      }
      ++at_;
      return;
    default:
      break;
  }
  const char c = text_[at_];
  begin_word(!contains("'\"`$", c));
  if (c == '\'') return single_quotes();
  if (c == '"') return push(Frame::Kind::kDouble, true, 1);
  if (c == '`') return backticks();
  if (c == '$') return expansion();
  ++at_;
}

void ShellReader::backslash() {
  if (peek(1) == '\n') {  // a line goes on: as if neither were there
    at_ += 2;
    return;
  }
  begin_word(false);
  skip_to(at_ + 2, "right after a backslash",
          "a literal backslash is written \\\\, a literal ${ is written $${");
}

void ShellReader::begin_word(bool plain) {
  Frame& frame = top();
  if (frame.word == kNone) {
    frame.word = at_;
    frame.word_plain = true;
    frame.word_hole = kNone;
  }
  if (!plain) frame.word_plain = false;
}

void ShellReader::end_word() {
  Frame& frame = top();
  if (frame.word == kNone) return;
  const std::string_view all = text_;
  const std::string_view word =
      frame.word_plain ? all.substr(frame.word, at_ - frame.word) : std::string_view();
  if (frame.in_test) {
    end_test_word(word);
  } else if (frame.kind == Frame::Kind::kCommands) {
    end_command_word(word);
  }
  frame.word = kNone;
}

/// Follows what decides how parentheses are read.
void ShellReader::end_command_word(std::string_view word) {
  Frame& frame = top();
  const bool first = frame.command_start;
  frame.command_start = first && opens_commands(word);
  frame.after_for = first && word == "for";
  if (frame.case_header == 2) {
    frame.case_header = 1;
  } else if (frame.case_header == 1) {
    frame.case_header = 0;
    frame.command_start = word == "in";
  } else if (first && word == "case") {
    ++frame.open_cases;
    frame.case_header = 2;
  } else if (first && word == "esac" && frame.open_cases > 0) {
    --frame.open_cases;
  } else if (first && word == "[[") {
    frame.in_test = true;
    frame.last_hole = kNone;
    frame.last_evaluates = false;
  }
}

void ShellReader::end_test_word(std::string_view word) {
  constexpr std::string_view kUseTest = "use [ … ] in place of [[ … ]]";
  constexpr std::string_view kEvaluated = "evaluated as arithmetic by [[ … ]]";
  Frame& frame = top();
  if (frame.kind == Frame::Kind::kCommands && word == "]]") {
    frame.in_test = false;
    return;
  }
  if (frame.last_evaluates && frame.word_hole != kNone) {
    refuse(frame.word_hole, kEvaluated, kUseTest);
  }
  frame.last_evaluates = evaluates(word);
  if (frame.last_evaluates && word != "-v" && frame.last_hole != kNone) {
    refuse(frame.last_hole, kEvaluated, kUseTest);
  }
  frame.last_hole = frame.word_hole;
}

void ShellReader::hole_in_word() {
  const size_t hole = next_hole_++;
  begin_word(false);
  Frame& frame = top();
  frame.word_hole = hole;
  if (lost_) {
    refuse(hole, "where it is unclear how the shell reads it", "move it before that");
  }
  // name[…]: a subscript, which bash evaluates as arithmetic, which may run commands.
  const std::string_view word = std::string_view(text_).substr(frame.word, at_ - frame.word);
  const auto name_end = std::ranges::find_if_not(word, is_name_char);
  const bool named = name_end != word.begin();
  const bool open = name_end != word.end() && *name_end == '[' && word.find(']') == kNone;
  if (open && (named || frame.kind == Frame::Kind::kList)) {
    refuse(hole, "inside […], which bash evaluates as arithmetic", kAssignFirst);
  }
  ++at_;
}

void ShellReader::open_parenthesis() {
  Frame& frame = top();
  const bool begins = frame.word == kNone && (frame.command_start || frame.after_for);
  if (peek(1) == '(' && begins && frame.kind == Frame::Kind::kCommands && !frame.in_test) {
    frame.command_start = false;
    return push(Frame::Kind::kArithmetic, true, 2);
  }
  const bool in_word = frame.word != kNone && at_ > 0 && contains("=?*+@!", text_[at_ - 1]);
  const bool in_test = frame.in_test;
  const bool list = in_word || in_test || frame.kind == Frame::Kind::kList;
  if (in_word) {
    frame.word_plain = false;
  } else {
    end_word();
  }
  push(list ? Frame::Kind::kList : Frame::Kind::kCommands, false, 1);
  top().in_test = in_test;
}

void ShellReader::close_parenthesis() {
  end_word();
  ++at_;
  Frame& frame = top();
  // The end of a pattern of `case`, or a stray one.
  if (frame.open_cases > 0 || frames_.size() == 1) {
    frame.command_start = true;
    return;
  }
  frames_.pop_back();
  if (top().kind == Frame::Kind::kCommands && top().word == kNone) top().command_start = true;
}

// --- Here-documents ---

void ShellReader::newline() {
  end_word();
  top().command_start = true;
  if (here_documents_.empty()) {
    ++at_;
    return;
  }
  // Shells differ about a here-document whose body begins outside of where it was declared.
  for (const HereDocument& document : here_documents_) {
    if (document.level != frames_.size()) lose_track();
  }
  here_document_bodies();
}

/// At `<<`.
void ShellReader::here_document() {
  end_word();
  at_ += 2;
  if (peek(0) == '<') {  // a here-string: a word follows
    ++at_;
    return;
  }
  HereDocument document;
  document.level = frames_.size();
  if (peek(0) == '-') {
    document.strip_tabs = true;
    ++at_;
  }
  while (peek(0) == ' ' || peek(0) == '\t') ++at_;
  const size_t begin = at_;
  char quote = '\0';
  size_t end = at_;
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (quote == '\0' && contains(" \t\n;&|<>()", c)) break;
    if (contains("`$", c) || (quote != '\0' && c == '\n')) lose_track();
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      document.quoted = true;
    } else if (c == '\\' && quote != '\'') {
      document.quoted = true;
      ++end;
      if (end < text_.size()) document.delimiter += text_[end];
    } else {
      document.delimiter += c;
    }
  }
  skip_to(end, "the delimiter of a here-document", "write a fixed word there");
  if (at_ > begin) here_documents_.push_back(std::move(document));
}

/// At the end of a line after which bodies begin.
void ShellReader::here_document_bodies() {
  size_t end = at_ + 1;
  for (const HereDocument& document : here_documents_) end = here_document_end(end, document);
  here_documents_.clear();
  skip_to(end, "inside a here-document", kAssignFirst);
}

/// Behind the delimiter of a body that begins at `from`.
size_t ShellReader::here_document_end(size_t from, const HereDocument& document) {
  while (from < text_.size()) {
    std::string line;
    for (;;) {
      const size_t end = std::min(text_.find('\n', from), text_.size());
      line.append(text_, from, end - from);
      from = std::min(end + 1, text_.size());
      // Without quotes in the delimiter, a line whose last backslash is not escaped goes on.
      const size_t last = line.find_last_not_of('\\');
      const size_t backslashes = line.size() - (last == kNone ? 0 : last + 1);
      if (document.quoted || backslashes % 2 == 0 || end == text_.size()) break;
      line.pop_back();
    }
    if (document.strip_tabs) line.erase(0, line.find_first_not_of('\t'));
    if (line == document.delimiter) return from;
    // Inside $(…) bash takes `EOF)` for the end as well.
    if (frames_.size() > 1 && line.starts_with(document.delimiter) && contains(line, ')')) {
      lose_track();
    }
  }
  return from;
}

}  // namespace

std::vector<std::string> misplaced_placeholders(std::span<const TemplatePiece> pieces) {
  return ShellReader(pieces).run();
}

}  // namespace moondial
