#include "base/value_text.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/unicode.h"

namespace moondial {
namespace {

constexpr int kDeepest = 20;
constexpr std::string_view kSpecial = ",\"[]{}";

bool is_space(char c) { return c == ' ' || c == '\t'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<ValueText> parse(ValueText::Kind kind) {
    ValueText out;
    out.kind = kind;
    read_items(out, '\0', 0);
    if (!problem_.empty()) return Error{Code::kInvalid, std::move(problem_), {}};
    return out;
  }

 private:
  /// Reads up to `end`, which is taken, or to the text's end if it is NUL.
  void read_items(ValueText& out, char end, int depth) {
    if (depth > kDeepest) return refuse("it is nested too deeply");
    skip_spaces();
    if (at_end(end)) return;
    while (problem_.empty()) {
      if (out.kind == ValueText::Kind::kMap) read_key(out);
      if (problem_.empty()) read_item(out.items.emplace_back(), depth);
      skip_spaces();
      if (!problem_.empty() || at_end(end)) return;
      if (at_ == text_.size()) return refuse(std::string("there is no ") + end + " at its end");
      if (text_[at_] != ',') return refuse("a comma is expected before " + rest());
      ++at_;
    }
  }

  void read_key(ValueText& out) {
    skip_spaces();
    std::string key = read_text("=");
    skip_spaces();
    if (!problem_.empty()) return;
    if (at_ == text_.size() || text_[at_] != '=') return refuse("key=value is expected");
    ++at_;
    if (std::ranges::find(out.keys, key) != out.keys.end()) {
      return refuse("the key " + identity_value(key) + " is there twice");
    }
    out.keys.push_back(std::move(key));
  }

  void read_item(ValueText& out, int depth) {
    skip_spaces();
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    if (first != '[' && first != '{') {
      out.text = read_text("");
      return;
    }
    ++at_;
    out.kind = first == '[' ? ValueText::Kind::kList : ValueText::Kind::kMap;
    read_items(out, first == '[' ? ']' : '}', depth + 1);
  }

  /// An item in quotes, or one up to what is special.
  std::string read_text(std::string_view also_special) {
    if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
    const size_t start = at_;
    while (at_ < text_.size() && kSpecial.find(text_[at_]) == std::string_view::npos &&
           also_special.find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    size_t end = at_;
    while (end > start && is_space(text_[end - 1])) --end;
    if (end == start) refuse("an item is empty (write \"\" for an empty text)");
    return std::string(text_.substr(start, end - start));
  }

  std::string read_quoted() {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c != '\\') {
        out += c;
      } else if (!read_escape(out)) {
        refuse("a \\ in quotes is followed by one of \" \\ n t xHH");
        return out;
      }
    }
    refuse("a quote is not closed");
    return out;
  }

  /// What follows the backslash at at_; leaves at_ at its last byte.
  bool read_escape(std::string& out) {
    const char c = ++at_ < text_.size() ? text_[at_] : '\0';
    if (c == '"' || c == '\\') {
      out += c;
    } else if (c == 'n') {
      out += '\n';
    } else if (c == 't') {
      out += '\t';
    } else if (c == 'x' && at_ + 2 < text_.size()) {
      const int high = hex_digit(text_[at_ + 1]), low = hex_digit(text_[at_ + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      at_ += 2;
    } else {
      return false;
    }
    return true;
  }

  bool at_end(char end) {
    if (end == '\0') return at_ == text_.size();
    if (at_ == text_.size() || text_[at_] != end) return false;
    ++at_;
    return true;
  }

  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  [[nodiscard]] std::string rest() const {
    constexpr size_t kShown = 20;
    return shell_quote(printable(text_.substr(at_, kShown)));
  }

  void refuse(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string problem_;
};

bool is_plain(std::string_view text, std::string_view special) {
  if (text.empty() || is_space(text.front()) || is_space(text.back())) return false;
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text);
    const bool is_control = c.value < 0x20 || (c.value >= 0x7f && c.value <= 0x9f);
    if (!c.ok || is_control || special.find(text.front()) != std::string_view::npos) return false;
    text.remove_prefix(c.size);
  }
  return true;
}

void append(std::string_view text, std::string_view special, std::string* out) {
  if (is_plain(text, special)) {
    out->append(text);
  } else {
    out->append(quoted_value(text));
  }
}

}  // namespace

Result<ValueText> parse_list_text(std::string_view text) {
  return Parser(text).parse(ValueText::Kind::kList);
}

Result<ValueText> parse_map_text(std::string_view text) {
  return Parser(text).parse(ValueText::Kind::kMap);
}

void append_item_text(std::string_view item, std::string* out) { append(item, kSpecial, out); }

void append_key_text(std::string_view key, std::string* out) { append(key, ",\"[]{}=", out); }

}  // namespace moondial
