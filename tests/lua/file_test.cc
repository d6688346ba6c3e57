// File targets, CSV and JSON.
#include "tests/catch.h"
#include "tests/lua/script_fixture.h"

namespace moondial::file_test {
namespace {

using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("files keep their bytes") {
  ScriptFixture project;
  project.dir.write("in.txt", std::string("a\r\nb\0c\n\nlast", 12));
  CHECK(project
            .run_body(R"lua(
    local f = file "in.txt"
    assert(f.path == "in.txt" and tostring(f) == "in.txt" and f:exists() and not file("no"):exists())
    assert(f:read() == "a\r\nb\0c\n\nlast" and f:size() == 12 and f:mtime() > 0)
    local lines = {}
    for line in f:lines() do lines[#lines + 1] = line end
    assert(#lines == 4 and lines[1] == "a" and lines[2] == "b\0c" and lines[3] == "" and lines[4] == "last")
    for line in f:lines() do break end
    local out = file "out.bin"
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    out:write(table.concat(all))
    assert(out:read() == table.concat(all))
    do
      local h <close> = out:open "w"
      h:write("one", 2):write("\n")
    end
    local h = out:open "a"
    h:write("three")
    h:close()
    assert(out:read() == "one2\nthree")
    assert(not pcall(h.write, h, "x"))
    out:write_json{ b = { 1, 2.5, "x" }, a = true, d = date "2015-09-18" }
    assert(out:read() == '{"a":true,"b":[1,2.5,"x"],"d":"2015-09-18"}\n', out:read())
    assert(out:json().b[2] == 2.5)
  )lua")
            .text == "");
  const auto error = [&](const std::string& body) { return project.run_body(body).text; };
  CHECK_THAT(error("file('no'):read()"), ContainsSubstring("pipelines/a.lua:2: no: No such file"));
  CHECK_THAT(error("return file('no'):rows()"),
             ContainsSubstring("pipelines/a.lua:2: no: No such file"));
  CHECK_THAT(error("file('no'):size()"), ContainsSubstring("no: No such file"));
  CHECK_THAT(error("file('no/dir'):write('x')"), ContainsSubstring("no/dir: No such file"));
  CHECK_THAT(error("file('x'):open('r')"), ContainsSubstring("the mode is \"r\", expected"));
  CHECK_THAT(error("file('in.txt').read()"), ContainsSubstring("call it as a method"));
  CHECK_THAT(error("file('in.txt'):json()"),
             ContainsSubstring("pipelines/a.lua:2: in.txt: not JSON: line 1"));
  CHECK_THAT(error("file('x'):write({})"), ContainsSubstring("expected text, got a table"));
  CHECK_THAT(error("file('')"), ContainsSubstring("file: expected a path"));
}

TEST_CASE("CSV rows are read as they are written") {
  ScriptFixture project;
  project.dir.write("bom.csv",
                    "\xEF\xBB\xBFname,n\r\n\" a \"\"q\"\" \",1\r\n\"two\nlines\",2\r\n x ,\n");
  project.dir.write("ragged.csv", "a,b\n1,2\n3\n");
  project.dir.write("twice.csv", "a,a\n1,2\n");
  project.dir.write("quote.csv", "a,b\nx\"y,2\n");
  project.dir.write("empty.csv", "");
  CHECK(project
            .run_body(R"lua(
    local rows = {}
    for row in file("bom.csv"):rows() do rows[#rows + 1] = row end
    assert(#rows == 3 and rows[1].name == ' a "q" ' and rows[2].name == "two\nlines")
    assert(rows[3].name == " x " and rows[3].n == "")
    assert(file("bom.csv"):count_rows() == 3 and file("empty.csv"):count_rows() == 0)
    for _ in file("empty.csv"):rows() do error "no" end
    for row in file("bom.csv"):rows() do break end
    local out = file "out.csv"
    out:write_rows{ { name = 'a,"b"', n = 1.0, d = date "2015-09-18" }, { name = "x\ny", n = 2.5 } }
    assert(out:read() == 'd,n,name\n2015-09-18,1,"a,""b"""\n,2.5,"x\ny"\n', out:read())
    out:write_rows({ { 1, "b" }, { 2 } }, { columns = { "x", "y" } })
    assert(out:read() == "x,y\n1,b\n2,\n", out:read())
    out:write_rows({ { a = "" } }, { columns = { "a" } })
    assert(out:read() == 'a\n""\n' and out:count_rows() == 1)
    out:write_rows({}, { columns = { "a" } })
    assert(out:read() == "a\n")
    assert(csv.encode({ { a = 1 } }) == "a\n1\n" and csv.decode("a,b\n1,2\n")[1].b == "2")
    -- What begins a text is a byte order mark only where nobody meant it.
    local marked = "\xEF\xBB\xBFa"
    assert(csv.decode(csv.encode{ { [marked] = "1" } })[1][marked] == "1")
    assert(json.encode(json.decode '{"a":[],"b":{},"c":[1,null,3],"d":null}') == '{"a":[],"b":{},"c":[1,null,3]}')
    assert(json.decode "9007199254740993" == 9007199254740993 and json.decode('[null]')[1] == json.null)
  )lua")
            .text == "");
  const auto error = [&](const std::string& body) { return project.run_body(body).text; };
  CHECK_THAT(error("for row in file('bom.csv'):rows() do print(row.nmae) end"),
             ContainsSubstring("bom.csv has no column 'nmae'; did you mean 'name'?"));
  CHECK_THAT(error("for row in file('ragged.csv'):rows() do end"),
             ContainsSubstring("ragged.csv: row 3 has 1 fields, the header has 2"));
  CHECK_THAT(error("file('twice.csv'):rows()"), ContainsSubstring("the header has 'a' twice"));
  CHECK_THAT(error("for row in file('quote.csv'):rows() do end"),
             ContainsSubstring("quote.csv: row 2 is not CSV"));
  CHECK_THAT(error("file('x'):write_rows({ { a = 1 }, { b = 1 } })"),
             ContainsSubstring("row 2 has 'b', which is no column"));
  CHECK_THAT(error("file('x'):write_rows({ { a = {} } })"),
             ContainsSubstring("row 1: a is a table"));
  CHECK_THAT(error("file('x'):write_rows({ { a = 0/0 } })"), ContainsSubstring("row 1: a is"));
  CHECK_THAT(error("file('x'):write_rows({})"), ContainsSubstring("the columns must be said"));
  CHECK_THAT(error("file('x'):write_rows({}, { colums = {} })"),
             ContainsSubstring("did you mean 'columns'?"));
  CHECK_THAT(error("json.encode(print)"), ContainsSubstring("JSON: there is no form for"));
  CHECK_THAT(error("local t = {} t.t = t json.encode(t)"), ContainsSubstring("holds itself"));
  CHECK_THAT(error("json.encode{ 1, a = 2 }"), ContainsSubstring("both a list and names"));
  CHECK_THAT(error("json.encode '\\xff'"), ContainsSubstring("not UTF-8"));
  CHECK_THAT(error("json.decode '{\"a\": }'"), ContainsSubstring("not JSON: line 1"));
  CHECK_THAT(error("json.decode '[1e999]'"), ContainsSubstring("not JSON: a number in it is"));
  CHECK_THAT(error("json.encode{ ['\\xff'] = 1 }"), ContainsSubstring("a key that is not UTF-8"));
  CHECK_THAT(error("json.decode(('['):rep(10000) .. (']'):rep(10000))"),
             ContainsSubstring("nested too deeply"));
}

TEST_CASE("each maps lists, maps and ranges") {
  ScriptFixture project;
  CHECK(project
            .run_body(R"lua(
    local doubled = each({ 1, 2, 3 }, function(x, i) return x * i end)
    assert(#doubled == 3 and doubled[3] == 9)
    local named = each({ a = 1, b = 2 }, function(x, key) return key .. x end)
    assert(named.a == "a1" and named.b == "b2")
    assert(#each(5, 199, function(i) return i end) == 195 and #each(2, 1, print) == 0)
  )lua")
            .text == "");
  CHECK_THAT(project.run_body("each(3, print)").text,
             ContainsSubstring("each: expected two whole numbers"));
  CHECK_THAT(project.run_body("each('x', print)").text,
             ContainsSubstring("each: expected a list, a map"));
  CHECK_THAT(project.run_body("each({}, 3)").text, ContainsSubstring("each: expected a function"));
}

}  // namespace moondial::file_test
