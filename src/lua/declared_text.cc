// Just enough of Lua's grammar to find where a declaration ends: names, numbers, texts, comments
// and braces.
#include "lua/declared_text.h"

#include <algorithm>
#include <cctype>

namespace moondial::script {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Tokens of Lua, one after another.
class Tokens {
 public:
  explicit Tokens(std::string_view source) : source_(source) {}

  /// The next token; empty at the end.
  std::string_view next() {
    skip_blank();
    const size_t start = at_;
    if (at_ == source_.size()) return {};
    const char c = source_[at_];
    if (const size_t level = long_bracket(); level != std::string_view::npos) {
      skip_long(level);
    } else if (c == '"' || c == '\'') {
      skip_quoted(c);
    } else if (is_word(c)) {
      while (at_ < source_.size() && is_word(source_[at_])) ++at_;
    } else {
      ++at_;
    }
    return source_.substr(start, at_ - start);
  }

 private:
  void skip_blank() {
    while (at_ < source_.size()) {
      if (std::isspace(static_cast<unsigned char>(source_[at_])) != 0) {
        ++at_;
      } else if (source_.substr(at_, 2) == "--") {
        at_ += 2;
        if (const size_t level = long_bracket(); level != std::string_view::npos) {
          skip_long(level);
        } else {
          at_ = std::min(source_.find('\n', at_), source_.size());
        }
      } else {
        return;
      }
    }
  }

  /// The number of `=` in the long bracket that opens here, or npos.
  [[nodiscard]] size_t long_bracket() const {
    if (at_ >= source_.size() || source_[at_] != '[') return std::string_view::npos;
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] == '=') ++end;
    const bool opens = end < source_.size() && source_[end] == '[';
    return opens ? end - at_ - 1 : std::string_view::npos;
  }

  void skip_long(size_t level) {
    const std::string closing = "]" + std::string(level, '=') + "]";
    const size_t end = source_.find(closing, at_ + level + 2);
    at_ = end == std::string_view::npos ? source_.size() : end + closing.size();
  }

  void skip_quoted(char quote) {
    for (++at_; at_ < source_.size() && source_[at_] != quote; ++at_) {
      if (source_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, source_.size());
  }

  std::string_view source_;
  size_t at_ = 0;
};

std::string_view from_line(std::string_view source, int line) {
  for (; line > 1; --line) {
    const size_t end = source.find('\n');
    if (end == std::string_view::npos) break;
    source.remove_prefix(end + 1);
  }
  return source;
}

/// From the word that declares to the brace that closes its table; false if there is none.
bool read_declaration(Tokens tokens, std::string* text) {
  int depth = 0;
  bool begun = false;
  for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
    const bool declares =
        token == "task" || token == "external" || token == "schedule" || token == "on";
    if (begun && declares && depth == 0) return false;  // the next one
    begun = begun || declares;
    if (!begun) continue;
    text->append(token).push_back(' ');
    if (token == "{") ++depth;
    if (token == "}" && --depth == 0) return true;
  }
  return false;
}

}  // namespace

std::string declared_text(std::string_view source, int line) {
  std::string text;
  if (read_declaration(Tokens(from_line(source, line)), &text)) return text;
  text.clear();
  Tokens all(source);
  for (std::string_view token = all.next(); !token.empty(); token = all.next()) {
    text.append(token).push_back(' ');
  }
  return text;
}

}  // namespace moondial::script
