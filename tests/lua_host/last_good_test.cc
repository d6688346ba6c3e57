// Which texts are in force while some do not load.
#include "lua/last_good.h"

#include "tests/catch.h"

namespace moondial::last_good_test {
namespace {

using Texts = std::map<std::string, std::string>;

Texts texts_of(const SourceSet& set) {
  Texts out;
  for (const SourceFile& file : set.files) out[file.path] = file.text;
  return out;
}

Texts without(LastGood& good, const std::vector<std::string>& files) {
  std::vector<Diagnostic> diagnostics;
  for (const std::string& file : files) diagnostics.push_back({file, 1, "wrong", ""});
  const auto next = good.without(diagnostics);
  return next ? texts_of(*next) : Texts();
}

const Texts kGood = {{"lib/x.lua", "x1"}, {"pipelines/a.lua", "a1"}, {"pipelines/b.lua", "b1"}};

TEST_CASE("a broken file keeps its last good text, and a new one is left out") {
  LastGood good(kGood);
  CHECK(texts_of(good.begin(sources_of({{"lib/x.lua", "x1"},
                                        {"pipelines/a.lua", "a2"},
                                        {"pipelines/b.lua", "broken"},
                                        {"pipelines/c.lua", "broken"}})))
            .size() == 4);
  CHECK(without(good, {"pipelines/b.lua", "pipelines/c.lua"}) ==
        Texts{{"lib/x.lua", "x1"}, {"pipelines/a.lua", "a2"}, {"pipelines/b.lua", "b1"}});
  CHECK(good.problems().size() == 2);
}

TEST_CASE("a file that a changed module breaks keeps that module's text, too") {
  LastGood good(kGood);
  (void)good.begin(
      sources_of({{"lib/x.lua", "x2"}, {"pipelines/a.lua", "a1"}, {"pipelines/b.lua", "b2"}}));
  CHECK(without(good, {"pipelines/a.lua"}) ==
        Texts{{"lib/x.lua", "x1"}, {"pipelines/a.lua", "a1"}, {"pipelines/b.lua", "b2"}});
  // b needs the new module: then nothing but its own old text is left.
  CHECK(without(good, {"pipelines/b.lua"}) == kGood);
  CHECK(without(good, {"pipelines/a.lua"}).empty());
}

TEST_CASE("a module that is gone is still there for the file that needs it") {
  LastGood good(kGood);
  (void)good.begin(sources_of({{"pipelines/a.lua", "a1"}, {"pipelines/b.lua", "b1"}}));
  CHECK(without(good, {"pipelines/a.lua"}) == kGood);
}

TEST_CASE("what cannot be read counts as broken, and nothing else is told of it") {
  LastGood good(kGood);
  SourceSet read = sources_of({{"lib/x.lua", "x1"}, {"pipelines/b.lua", "b2"}});
  read.problems = {{"pipelines/a.lua", 0, "cannot be read", ""}};
  CHECK(texts_of(good.begin(std::move(read))) ==
        Texts{{"lib/x.lua", "x1"}, {"pipelines/a.lua", "a1"}, {"pipelines/b.lua", "b2"}});
  CHECK(good.problems().size() == 1);
}

TEST_CASE("without anything that ever loaded there is nothing to fall back on but less") {
  LastGood good({});
  (void)good.begin(sources_of({{"pipelines/a.lua", "a"}, {"pipelines/b.lua", "broken"}}));
  CHECK(without(good, {"pipelines/b.lua"}) == Texts{{"pipelines/a.lua", "a"}});
  CHECK_FALSE(good.without({{"", 0, "the loader died", ""}}));
}

}  // namespace
}  // namespace moondial::last_good_test
