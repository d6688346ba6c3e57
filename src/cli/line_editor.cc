#include "cli/line_editor.h"

#include <histedit.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <utility>

#include "cli/terminal.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

constexpr size_t kMostListed = 200;

using Edit = std::unique_ptr<EditLine, decltype(&el_end)>;
using Past = std::unique_ptr<History, decltype(&history_end)>;

}  // namespace

// libedit calls back with the EditLine alone, whose client data this is.
struct LineEditor::State {
  /// While it lives the terminal itself shows nothing of what is typed: the editor does, when it
  /// reads it. What is typed while something runs would be on the screen twice.
  class NoEcho {
   public:
    NoEcho() {
      if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
    }
    ~NoEcho() {
      if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

   private:
    termios before_{};
    bool changed_ = false;
  };

  explicit State(Events its_events) : events(std::move(its_events)) {}

  static State& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<State*>(self);
  }
  static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }
  static int read_character(EditLine* editor, wchar_t* to) { return of(editor).next(to); }
  static unsigned char complete(EditLine* editor, int /*key*/) {
    return of(editor).complete_line(editor);
  }

  int next(wchar_t* to);
  bool await_key();
  unsigned char complete_line(EditLine* editor) const;

  const Events events;
  const NoEcho no_echo;  // what the editor finds, and leaves between two lines
  std::string prompt;
  std::mbstate_t decoding{};
  bool interrupted = false;
  Edit editor{nullptr, &el_end};
  Past past{nullptr, &history_end};
};

/// Waits until a key was pressed; false: there is to be no more.
bool LineEditor::State::await_key() {
  for (;;) {
    pollfd polled[] = {{STDIN_FILENO, POLLIN, 0}, {events.signal_fd, POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return false;
    if (polled[1].revents != 0) {
      const Signal signal = events.signal();
      if (signal == Signal::kNone) continue;
      interrupted = signal == Signal::kInterrupt;
      return false;
    }
    if (polled[0].revents != 0) return true;
  }
}

/// The next character; 0 at the end.
int LineEditor::State::next(wchar_t* to) {
  for (;;) {
    if (!await_key()) return 0;
    char byte = 0;
    const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return 0;
    const size_t used = std::mbrtowc(to, &byte, 1, &decoding);
    if (used == static_cast<size_t>(-2)) continue;  // there is more of it
    if (used == static_cast<size_t>(-1)) {
      decoding = {};
      *to = L'?';
    }
    return 1;
  }
}

unsigned char LineEditor::State::complete_line(EditLine* line_editor) const {
  const LineInfo* line = el_line(line_editor);
  const auto before_cursor = static_cast<size_t>(line->cursor - line->buffer);
  const std::string before(line->buffer, before_cursor);
  const Completion found = events.complete(before);
  if (found.texts.empty()) return CC_REFRESH_BEEP;
  const std::string more = common_beginning(found.texts);
  if (more.size() > found.replaced) {
    el_insertstr(line_editor, more.c_str() + found.replaced);
    return CC_REFRESH;
  }
  if (found.texts.size() == 1) return CC_NORM;  // it is there already
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  terminal.write("\n" + in_columns(found.texts, terminal.size().columns));
  return CC_REDISPLAY;
}

LineEditor::LineEditor(Events events) : state_(std::make_unique<State>(std::move(events))) {
  std::setlocale(LC_CTYPE, "");  // what bytes are characters
  State& state = *state_;
  state.past.reset(history_init());
  state.editor.reset(el_init("moondial", stdin, stdout, stderr));
  EditLine* editor = state.editor.get();
  if (editor == nullptr) return;
  el_set(editor, EL_CLIENTDATA, &state);
  el_set(editor, EL_PROMPT, &State::show_prompt);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_SETTY, "-x", "-echo", nullptr);  // nor between two lines: NoEcho
  el_set(editor, EL_GETCFN, &State::read_character);
  // The narrow call copies both texts and never frees them.
  el_wset(editor, EL_ADDFN, L"moondial-complete", L"Completes what was typed", &State::complete);
  el_set(editor, EL_BIND, "^I", "moondial-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  HistEvent event;
  history(state.past.get(), &event, H_SETSIZE, 1000);
  el_set(editor, EL_HIST, history, state.past.get());
}

LineEditor::~LineEditor() = default;

LineEditor::Read LineEditor::read(const std::string& prompt) {
  State& state = *state_;
  if (!state.editor) return {};
  state.prompt = prompt;
  state.interrupted = false;
  // Before the prompt is shown: what is typed as soon as it is there is for us, not for the
  // system's own reading of lines, which would echo it, and take Ctrl-D for itself.
  el_set(state.editor.get(), EL_PREP_TERM, 1);
  int count = 0;
  const char* const text = el_gets(state.editor.get(), &count);
  if (state.interrupted) {
    el_reset(state.editor.get());
    return {Read::End::kInterrupted, ""};
  }
  if (text == nullptr || count <= 0) return {};
  std::string line(text, static_cast<size_t>(count));
  if (line.ends_with('\n')) line.pop_back();
  return {Read::End::kLine, std::move(line)};
}

void LineEditor::set_history(const std::deque<std::string>& lines) {
  HistEvent event;
  history(state_->past.get(), &event, H_CLEAR);
  for (const std::string& line : lines) {
    history(state_->past.get(), &event, H_ENTER, line.c_str());
  }
}

std::string common_beginning(const std::vector<std::string>& texts) {
  if (texts.empty()) return "";
  std::string common = texts.front();
  for (const std::string& text : texts) {
    size_t same = 0;
    while (same < common.size() && same < text.size() && common[same] == text[same]) ++same;
    common.resize(same);
  }
  // Not a part of a character.
  while (!common.empty() && common.size() < texts.front().size() &&
         (static_cast<unsigned char>(texts.front()[common.size()]) & 0xC0U) == 0x80U) {
    common.pop_back();
  }
  return common;
}

std::string in_columns(const std::vector<std::string>& words, size_t width) {
  const size_t count = std::min(words.size(), kMostListed);
  size_t widest = 1;
  for (size_t i = 0; i < count; ++i) widest = std::max(widest, display_width(words[i]));
  const size_t across = std::max<size_t>(1, width / (widest + 2));
  const size_t down = (count + across - 1) / across;
  std::string out;
  for (size_t row = 0; row < down; ++row) {
    std::string line;
    for (size_t at = row; at < count; at += down) {
      line += at + down < count ? pad_right(words[at], widest + 2) : words[at];
    }
    out += line + "\n";
  }
  if (words.size() > count) out += "… and " + std::to_string(words.size() - count) + " more\n";
  return out;
}

}  // namespace moondial
