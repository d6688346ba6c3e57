// Targets whose path ends in .gz are compressed, and read as what is in them.
#include <zlib.h>

#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::gzip_test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string gunzip(const std::string& path) {
  std::string text(1 << 20, '\0');
  const gzFile file = gzopen(path.c_str(), "rb");
  const int size = gzread(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  text.resize(static_cast<size_t>(std::max(size, 0)));
  return text;
}

}  // namespace

TEST_CASE("a .gz target is written compressed and read as what is in it", "[large]") {
  ScriptFixture project;
  const auto outcome = project.run_body(R"lua(
    local f = file "out.csv.gz"
    local rows = {}
    for i = 1, 20000 do rows[i] = { n = i, text = 'a "quoted", ' .. i } end
    f:write_rows(rows)
    assert(f:count_rows() == 20000)
    local sum = 0
    for row in f:rows() do sum = sum + tonumber(row.n) end
    assert(sum == 20000 * 20001 // 2)
    assert(f:size() < 200000, f:size())
    for line in f:lines() do assert(line == "n,text") break end
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    local bytes = file "bytes.gz"
    bytes:write(table.concat(all))
    assert(bytes:read() == table.concat(all))
    local h = bytes:open "a"
    h:write("more")
    h:close()
    assert(bytes:read() == table.concat(all) .. "more")
    local j = file "x.json.gz"
    j:write_json{ 1, 2 }
    assert(j:json()[2] == 2)
  )lua");
  CHECK(outcome.text == "");
  const std::string raw = project.dir.read("bytes.gz");
  REQUIRE(raw.size() > 2);
  CHECK(raw.substr(0, 2) == "\x1f\x8b");
  CHECK(gunzip(project.dir.path() + "/x.json.gz") == "[1,2]\n");
}

TEST_CASE("a .gz target that is no whole gzip file is an error that says so") {
  ScriptFixture project;
  REQUIRE(project.run_body("file('cut.gz'):write(('line %d\\n'):rep(50000, '1'))").text.empty());
  const std::string whole = project.dir.read("cut.gz");
  project.dir.write("cut.gz", whole.substr(0, whole.size() / 2));
  project.dir.write("plain.gz", "a,b\n1,2\n");
  const auto error = [&](const std::string& body) { return project.run_body(body).text; };
  const char* const expected = "it is not a whole gzip file";
  CHECK_THAT(error("file('cut.gz'):read()"),
             ContainsSubstring("cut.gz: ") && ContainsSubstring(expected));
  CHECK_THAT(error("for _ in file('cut.gz'):lines() do end"), ContainsSubstring(expected));
  CHECK_THAT(error("for _ in file('plain.gz'):rows() do end"),
             ContainsSubstring("plain.gz: ") && ContainsSubstring(expected));
  CHECK_THAT(error("file('no.gz'):read()"), ContainsSubstring("no.gz: No such file"));
}

}  // namespace moondial::gzip_test
