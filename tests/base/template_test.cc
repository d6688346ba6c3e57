#include "base/template.h"

#include "tests/catch.h"

using Catch::Matchers::ContainsSubstring;

namespace moondial::template_test {
namespace {

/// Pieces as text: [literal]<placeholder>.
std::string shown(std::string_view text, TemplateKind kind = TemplateKind::kText) {
  const auto pieces = parse_template(text, kind);
  if (!pieces.ok()) return "error: " + pieces.error().message;
  std::string out;
  for (const TemplatePiece& piece : *pieces) {
    out += piece.is_placeholder ? "<" + piece.text + ">" : "[" + piece.text + "]";
  }
  return out;
}

}  // namespace

TEST_CASE("a text is split into literals and placeholders") {
  CHECK(shown("").empty());
  CHECK(shown("plain") == "[plain]");
  CHECK(shown("data/${engine}/${date}.csv") == "[data/]<${engine}>[/]<${date}>[.csv]");
  CHECK(shown("${a}${b}") == "<${a}><${b}>");
  CHECK(shown("$HOME $ $1 ${a}$") == "[$HOME $ $1 ]<${a}>[$]");
}

TEST_CASE("a doubled dollar sign is a literal one before a brace") {
  CHECK(shown("$${x}") == "[${x}]");
  CHECK(shown("a$${x}b${c}") == "[a${x}b]<${c}>");
  CHECK(shown("$$${x}") == "[$${x}]");
  CHECK(shown("$$") == "[$$]");
  CHECK(shown("$${") == "[${]");
  CHECK(shown("$${a$${b") == "[${a${b]");
}

TEST_CASE("names and formats are taken apart") {
  const auto pieces = *parse_template("${input.cost.2}${date:%Y:%m}", TemplateKind::kText);
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].path == std::vector<std::string>{"input", "cost", "2"});
  CHECK(pieces[0].format.empty());
  CHECK(pieces[1].path == std::vector<std::string>{"date"});
  CHECK(pieces[1].format == "%Y:%m");
}

TEST_CASE("a malformed placeholder is quoted in the error") {
  CHECK_THAT(shown("x ${}"), ContainsSubstring("error: ${} names nothing"));
  CHECK_THAT(shown("x ${date"), ContainsSubstring("error: ${date is not closed"));
  CHECK_THAT(shown("x ${date\nand more"), ContainsSubstring("error: ${date… is not closed"));
  for (const char* text : {"${1}", "${a-b}", "${ a}", "${a b}", "${a.}", "${.a}", "${a..b}",
                           "${日}", "${a.b-}", "${!a}", "${#a}", "${a[@]}"}) {
    CAPTURE(text);
    CHECK_THAT(shown(text), ContainsSubstring(std::string("error: ") + text));
  }
  CHECK_THAT(shown("${date:}"), ContainsSubstring("no format"));
  CHECK_THAT(shown("${HOME:-/root}"), ContainsSubstring("no format"));
}

TEST_CASE("the error shows the way to the shell's own expansions") {
  CHECK_THAT(shown("echo ${HOME:-x}", TemplateKind::kShell), ContainsSubstring("$${HOME:-x}"));
  CHECK_THAT(shown("echo ${#args}", TemplateKind::kShell), ContainsSubstring("$${#args}"));
}

TEST_CASE("all errors are told, not the first") {
  const std::string all = shown("${} ${1} ${x");
  CHECK_THAT(all, ContainsSubstring("${} names"));
  CHECK_THAT(all, ContainsSubstring("${1}"));
  CHECK_THAT(all, ContainsSubstring("${x is not closed"));
}

TEST_CASE("quotes and the like mean nothing in a text") {
  CHECK(shown("'${a}' \"${b}\" `${c}` \\${d} # ${e}") ==
        "[']<${a}>[' \"]<${b}>[\" `]<${c}>[` \\]<${d}>[ # ]<${e}>");
}

}  // namespace moondial::template_test
