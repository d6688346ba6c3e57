#include "base/value_text.h"

#include "tests/catch.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::value_text_test {
namespace {

/// Shows what was read: `<a><[<b>]>`, `{k:<v>}`.
std::string shown(const ValueText& value) {
  if (value.kind == ValueText::Kind::kText) return "<" + value.text + ">";
  const bool is_list = value.kind == ValueText::Kind::kList;
  std::string out = is_list ? "[" : "{";
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (!is_list) out += value.keys[i] + ":";
    out += shown(value.items[i]);
  }
  return out + (is_list ? "]" : "}");
}

std::string list(std::string_view text) {
  const auto parsed = parse_list_text(text);
  return parsed.ok() ? shown(*parsed) : parsed.error().message;
}
std::string map(std::string_view text) {
  const auto parsed = parse_map_text(text);
  return parsed.ok() ? shown(*parsed) : parsed.error().message;
}

std::string item(std::string_view text) {
  std::string out;
  append_item_text(text, &out);
  return out;
}

}  // namespace

TEST_CASE("lists are items between commas") {
  CHECK(list("") == "[]");
  CHECK(list("a") == "[<a>]");
  CHECK(list("a,b,c") == "[<a><b><c>]");
  CHECK(list(" a , b c ") == "[<a><b c>]");
  CHECK(list("\"\"") == "[<>]");
  CHECK(list(R"("a,b",c)") == "[<a,b><c>]");
  CHECK(list(R"("say \"hi\"\\\n\t\x41\x00")") == std::string("[<say \"hi\"\\\n\tA\0>]", 17));
  CHECK(list("x=1,a\\b") == "[<x=1><a\\b>]");
  CHECK(list("\" a \"") == "[< a >]");
  CHECK(list("日本,é") == "[<日本><é>]");
}

TEST_CASE("lists and maps in lists stand in brackets") {
  CHECK(list("[a,b],[c],[]") == "[[<a><b>][<c>][]]");
  CHECK(list("[[1],[]], [ 2 ]") == "[[[<1>][]][<2>]]");
  CHECK(list("{x=1,y=2},{}") == "[{x:<1>y:<2>}{}]");
  CHECK(map("x=[1,2],y={a=b}") == "{x:[<1><2>]y:{a:<b>}}");
}

TEST_CASE("maps are entries between commas") {
  CHECK(map("") == "{}");
  CHECK(map("x=1, y = 2") == "{x:<1>y:<2>}");
  CHECK(map("x=a=b") == "{x:<a=b>}");
  CHECK(map(R"("a=b"="c,d")") == "{a=b:<c,d>}");
  CHECK_THAT(map("x"), ContainsSubstring("key=value is expected"));
  CHECK_THAT(map("x=1,x=2"), ContainsSubstring("the key x is there twice"));
  CHECK_THAT(map("=1"), ContainsSubstring("an item is empty"));
  CHECK_THAT(map("x="), ContainsSubstring("an item is empty (write \"\" for an empty text)"));
}

TEST_CASE("text that is no list says why") {
  CHECK_THAT(list(","), ContainsSubstring("an item is empty"));
  CHECK_THAT(list("a,"), ContainsSubstring("an item is empty"));
  CHECK_THAT(list("\"a"), ContainsSubstring("a quote is not closed"));
  CHECK_THAT(list("\"a\\"), ContainsSubstring("a \\ in quotes is followed by"));
  CHECK_THAT(list("\"\\q\""), ContainsSubstring("a \\ in quotes is followed by"));
  CHECK_THAT(list("\"\\x4\""), ContainsSubstring("a \\ in quotes is followed by"));
  CHECK_THAT(list("\"a\"b"), ContainsSubstring("a comma is expected before 'b'"));
  CHECK_THAT(list("a\"b"), ContainsSubstring("a comma is expected before"));
  CHECK_THAT(list("[a"), ContainsSubstring("there is no ] at its end"));
  CHECK_THAT(list("[a}"), ContainsSubstring("a comma is expected before '}'"));
  CHECK_THAT(list("a]"), ContainsSubstring("a comma is expected before ']'"));
  CHECK_THAT(list(std::string(1000, '[')), ContainsSubstring("nested too deeply"));
}

TEST_CASE("items are written bare where they can be, and every text reads back") {
  CHECK(item("abc") == "abc");
  CHECK(item("a b") == "a b");
  CHECK(item("") == "\"\"");
  CHECK(item("a,b") == "\"a,b\"");
  CHECK(item(" a") == "\" a\"");
  CHECK(item("[a") == "\"[a\"");
  CHECK(item("a\nb") == "\"a\\nb\"");
  std::string key;
  append_key_text("a=b", &key);
  append_key_text("c", &key);
  CHECK(key == "\"a=b\"c");
  const std::vector<std::string> texts = {"",      "a",          " ",        "a,b",
                                          "\"",    "\\",         "[]",       "{}",
                                          "a\"b",  "\xff\xfe",   "\x80",     std::string(1, '\0'),
                                          "日本",  "\r\n",       "\xc2\x85", "a=b",
                                          "\\x41", "trailing\t", "***"};
  std::string all;
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto one = parse_list_text(item(text));
    REQUIRE(one.ok());
    REQUIRE(one->items.size() == 1);
    CHECK(one->items[0].text == text);
    if (!all.empty()) all += ",";
    append_item_text(text, &all);
  }
  const auto read = parse_list_text(all);
  REQUIRE(read.ok());
  REQUIRE(read->items.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) CHECK(read->items[i].text == texts[i]);
}

}  // namespace moondial::value_text_test
