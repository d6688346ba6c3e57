#include "base/text_table.h"

#include <string>

#include "tests/catch.h"

namespace moondial::text_table_test {
namespace {

TEST_CASE("a text is there once it was added, with its number") {
  TextTable table;
  CHECK_FALSE(table.contains("a"));
  CHECK(table.add("a", 2));
  CHECK_FALSE(table.add("a", 1));
  CHECK(table.find("a") == 2u);
  CHECK_FALSE(table.find("b").has_value());
  table.set("a", 3);
  CHECK(table.find("a") == 3u);
  CHECK(table.add(""));
  CHECK(table.find("") == 0u);
  CHECK(table.size() == 2);
}

TEST_CASE("texts and numbers stay while the table grows") {
  TextTable table;
  const auto text = [](unsigned i) { return "sem.Fetch(n=" + std::to_string(i) + ")"; };
  constexpr unsigned kTexts = 20'000;
  for (unsigned i = 0; i < kTexts; ++i) REQUIRE(table.add(text(i), i % 4));
  CHECK(table.size() == kTexts);
  unsigned wrong = 0;
  for (unsigned i = 0; i < kTexts; ++i) {
    if (table.find(text(i)) != i % 4) ++wrong;
    if (table.contains(text(i + kTexts))) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace moondial::text_table_test
