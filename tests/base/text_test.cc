#include "base/text.h"

#include <cstdlib>
#include <limits>
#include <random>

#include "base/unicode.h"
#include "tests/catch.h"

namespace moondial::text_test {
namespace {

std::string nearest_of(std::string_view name, const std::vector<std::string>& candidates) {
  return nearest(name, candidates);
}

}  // namespace

TEST_CASE("the nearest name is found, and none where nothing is near") {
  const std::vector<std::string> fields{"requires", "output", "retry", "priority", "params"};
  CHECK(nearest_of("require", fields) == "requires");
  CHECK(nearest_of("outptu", fields) == "output");  // two letters swapped
  CHECK(nearest_of("retyr", fields) == "retry");
  CHECK(nearest_of("Priority", fields) == "priority");
  CHECK(nearest_of("output", fields) == "output");
  CHECK(nearest_of("frequency", fields).empty());
  CHECK(nearest_of("", fields).empty());
  CHECK(nearest_of("x", {}).empty());
}

TEST_CASE("of equally near names the first in byte order is taken") {
  CHECK(nearest_of("abcd", {"abce", "abca", "abcz"}) == "abca");
  CHECK(nearest_of("abcd", {"abcz", "abce", "abca"}) == "abca");
}

TEST_CASE("a third of the letters may be wrong, not more") {
  CHECK(nearest_of("abcdef", {"abcdxy"}) == "abcdxy");
  CHECK(nearest_of("abcdef", {"abcxyz"}).empty());
  CHECK(nearest_of("ab", {"ax"}).empty());
}

TEST_CASE("a word is always in single quotes") {
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("a b") == "'a b'");
  CHECK(shell_quote("it's") == "'it'\\''s'");
  CHECK(shell_quote("$(x)`y`\\") == "'$(x)`y`\\'");
}

TEST_CASE("identities are sorted, and only odd values are quoted") {
  CHECK(identity("sem.FetchCost", {}) == "sem.FetchCost");
  CHECK(identity("sem.FetchCost", {{"engine", "baidu"}, {"date", "2015-09-18"}}) ==
        "sem.FetchCost(date=2015-09-18,engine=baidu)");
  CHECK(identity_value("A_z.0:/+-") == "A_z.0:/+-");
  CHECK(identity_value("") == "\"\"");
  CHECK(identity_value("a,b") == "\"a,b\"");
  CHECK(identity_value("a\"b\\c\nd\te") == "\"a\\\"b\\\\c\\nd\\te\"");
  CHECK(identity_value("\x01\x7f") == "\"\\x01\\x7f\"");
  CHECK(identity_value("上海") == "\"上海\"");
  CHECK(identity_value("\xff") == "\"\\xff\"");
  CHECK(identity_value("\xc2\x9b") == "\"\\xc2\\x9b\"");  // a control character of two bytes
}

TEST_CASE("different values never give the same text") {
  std::mt19937_64 random(7);
  const std::string letters = std::string("a\"\\x0\n\xff\xc3\xa9,", 11);
  std::vector<std::string> values;
  for (int i = 0; i < 2000; ++i) {
    std::string value;
    for (size_t n = random() % 5; n > 0; --n) value += letters[random() % letters.size()];
    values.push_back(value);
  }
  std::map<std::string, std::string> seen;
  for (const std::string& value : values) {
    const auto [found, is_new] = seen.emplace(identity_value(value), value);
    CHECK(found->second == value);
    CHECK(is_utf8(found->first));
  }
}

TEST_CASE("numbers are in their shortest form and read back the same") {
  CHECK(format_number(3.0) == "3");
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(-0.0) == "0");
  CHECK(format_number(100000) == "100000");
  CHECK(format_number(-2.5) == "-2.5");
  CHECK(format_number(9007199254740993.0) == "9007199254740992");
  CHECK(format_number(1e300) == "1e+300");
  CHECK(format_number(1e-7) == "1e-07");
  std::mt19937_64 random(11);
  for (int i = 0; i < 5000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (value != value || std::abs(value) > std::numeric_limits<double>::max()) continue;
    CHECK(std::strtod(format_number(value).c_str(), nullptr) == value);
  }
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a é 上 😀"));
  CHECK(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf",
                           "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xe4\xb8", "\xe4\xb8\x41", "\xff"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("printable text is UTF-8 without control characters") {
  CHECK(printable("a\tb\nc") == "a\tb\nc");
  CHECK(printable("\x1b[31m") == "\\x1b[31m");
  CHECK(printable("\xc2\x9b") == "\\x9b");
  CHECK(printable("a\xff\xe4\xb8z") == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(printable(std::string("\0", 1)) == "\\x00");
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (size_t n = random() % 12; n > 0; --n) bytes += static_cast<char>(random());
    const std::string shown = printable(bytes);
    CHECK(is_utf8(shown));
    CHECK(printable(shown) == shown);
  }
}

}  // namespace moondial::text_test
