// The texts of lists and maps, and the ways in which a text is quoted. Input: any text.
#include "base/value_text.h"

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

void write_items(const ValueText& value, std::string* out);

void write_item(const ValueText& value, std::string* out) {
  if (value.kind == ValueText::Kind::kText) return append_item_text(value.text, out);
  *out += value.kind == ValueText::Kind::kList ? '[' : '{';
  write_items(value, out);
  *out += value.kind == ValueText::Kind::kList ? ']' : '}';
}

void write_items(const ValueText& value, std::string* out) {
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) *out += ',';
    if (value.kind == ValueText::Kind::kMap) {
      append_key_text(value.keys[i], out);
      *out += '=';
    }
    write_item(value.items[i], out);
  }
}

std::string written(const ValueText& value) {
  std::string out;
  write_items(value, &out);
  return out;
}

void check(const Result<ValueText>& read, Result<ValueText> (*parse)(std::string_view)) {
  if (!read.ok()) return expect(is_utf8(read.error().message), "an error is text");
  const std::string text = written(*read);
  const auto again = parse(text);
  expect(again.ok() && *again == *read, "a value that is written out reads as the same");
  expect_same(written(*again), text, "the canonical text stays as it is");
}

/// Reads a word of a POSIX shell that is wholly in single quotes but for \'.
std::string unquoted(std::string_view word) {
  std::string out;
  bool inside = false;
  for (size_t at = 0; at < word.size(); ++at) {
    if (word[at] == '\'') {
      inside = !inside;
    } else {
      expect(inside || word.substr(at, 2) == "\\'", "all of a quoted word is in quotes");
      out += inside ? word[at] : word[++at];
    }
  }
  expect(!inside, "the last quote is closed");
  return out;
}

}  // namespace

FUZZ_TARGET(values) {
  check(parse_list_text(input), parse_list_text);
  check(parse_map_text(input), parse_map_text);

  std::string list;
  append_item_text(input, &list);
  const auto items = parse_list_text(list);
  expect(items.ok() && items->items.size() == 1, "an item that is written out is one item");
  expect_same(items->items[0].text, input, "and the same");
  std::string map;
  append_key_text(input, &map);
  const auto keys = parse_map_text(map + "=1");
  expect(keys.ok() && keys->keys.size() == 1, "a key that is written out is one key");
  expect_same(keys->keys[0], input, "and the same key");
  const auto quoted = parse_list_text(quoted_value(input));
  expect(quoted.ok() && quoted->items.size() == 1, "what an identity shows is one item");
  expect_same(quoted->items[0].text, input, "and reads back");

  expect_same(unquoted(shell_quote(input)), input, "a shell reads a quoted word as it was");
  const std::string shown = printable(input);
  expect(is_utf8(shown), "what is shown is UTF-8");
  expect_same(printable(shown), shown, "what can be shown is shown as it is");
}
