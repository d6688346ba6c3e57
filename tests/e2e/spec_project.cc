#include "tests/e2e/spec_project.h"

#include <sstream>

#include "tests/catch.h"

namespace moondial::e2e {

Finished SpecProject::command(const std::vector<std::string>& words, int code) const {
  Finished out = moondial(words);
  INFO(out.all());
  CHECK(out.code == code);
  return out;
}

Finished SpecProject::run(std::vector<std::string> words, int code) const {
  words.insert(words.begin(), "run");
  return command(words, code);
}

Json SpecProject::json(std::vector<std::string> words) const {
  words.emplace_back("--json");
  return moondial(words).json();
}

std::map<std::string, std::string> SpecProject::states(int run) const {
  std::map<std::string, std::string> states;
  const Json shown = json({"show", std::to_string(run)});
  for (const auto& task : shown["tasks"]) states[task["id"]] = task["state"];
  return states;
}

Json SpecProject::attempts(const std::string& id, int run) const {
  const Json shown = json({"show", std::to_string(run)});
  for (const auto& task : shown["tasks"]) {
    if (task["id"] == id) return task["attempts"];
  }
  INFO(shown.dump());
  FAIL("run " << run << " has no " << id);
  return {};
}

std::string SpecProject::error_of(const std::string& id, int run) const {
  const Json all = attempts(id, run);
  REQUIRE_FALSE(all.empty());
  const Json& error = all.back()["error"];
  return error.is_string() ? error.get<std::string>() : std::string();
}

std::vector<std::string> SpecProject::lines(const std::string& path) const {
  std::vector<std::string> lines;
  if (!exists(path)) return lines;
  std::istringstream text(read(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace moondial::e2e
