#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "cli/command.h"
#include "cli/project_template.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

namespace fs = std::filesystem;

std::string_view word_of(TemplateFile::Fate fate) {
  switch (fate) {
    case TemplateFile::Fate::kMade:
      return "made";
    case TemplateFile::Fate::kRenewed:
      return "renewed";
    case TemplateFile::Fate::kKept:
      break;
  }
  return "kept";
}

/// What may be done next, from the folder where the caller is.
std::string next_steps(const std::vector<TemplateFile>& files, const fs::path& root) {
  std::string out = "\nnext:\n";
  std::error_code ignored;
  if (!fs::equivalent(root, fs::current_path(ignored), ignored)) {
    out += "  cd " + shell_word(root.string()) + "\n";
  }
  const bool example = std::ranges::any_of(files, [](const TemplateFile& file) {
    return file.path == "pipelines/hello.lua" && file.fate == TemplateFile::Fate::kMade;
  });
  if (example) {
    return out +
           "  moondial run Hello              makes data/hello/world.csv\n"
           "  moondial plan Hello who=Ada     what a run would do, and why\n"
           "  then look into pipelines/hello.lua, and write your own beside it\n";
  }
  return out +
         "  moondial check     loads all files\n"
         "  moondial tasks     what they declare\n";
}

std::string files_text(const std::vector<TemplateFile>& files) {
  const Terminal terminal = terminal_of(STDOUT_FILENO);
  size_t width = 0;
  for (const TemplateFile& file : files) width = std::max(width, file.path.size());
  std::string out;
  for (const TemplateFile& file : files) {
    const bool kept = file.fate == TemplateFile::Fate::kKept;
    std::string line = pad_right(word_of(file.fate), 7) + "  ";
    line = terminal.paint(kept ? Tone::kFaint : Tone::kGood, line);
    out += line + (file.note.empty() ? file.path : pad_right(file.path, width) + "  ");
    out += terminal.paint(kept ? Tone::kWarn : Tone::kFaint, file.note) + "\n";
  }
  return out;
}

std::string files_json(const std::vector<TemplateFile>& files, const std::string& root) {
  OrderedJson list = OrderedJson::array();
  for (const TemplateFile& file : files) {
    list.push_back({{"path", file.path},
                    {"fate", word_of(file.fate)},
                    {"note", file.note.empty() ? OrderedJson(nullptr) : OrderedJson(file.note)}});
  }
  return json_text(OrderedJson{{"root", root}, {"files", std::move(list)}}) + "\n";
}

/// The project that `root` lies within, if any.
std::string project_around(const fs::path& root) {
  for (fs::path folder = root; folder != folder.parent_path();) {
    folder = folder.parent_path();
    if (const auto found = find_project(folder.string()); found.ok()) return found->root;
  }
  return "";
}

int init_command(const EntryPoints& entries, const std::string& directory,
                 const std::string& folder, bool json) {
  std::error_code error;
  const fs::path base = directory.empty() ? fs::path(".") : fs::path(directory);
  const fs::path root = fs::weakly_canonical(fs::absolute(base / folder, error), error);
  if (error) return report(Error{Code::kInvalid, folder + ": " + error.message(), {}});
  if (fs::exists(root, error) && !fs::is_directory(root, error)) {
    return report(Error{Code::kInvalid, root.string() + " is no folder", {}});
  }
  const std::string around = project_around(root);
  const auto types = entries.dsl_types();
  if (!types.ok()) return report(types.error());
  const auto files = make_project(root.string(), *types);
  if (!files.ok()) return report(files.error());
  if (json) {
    print(files_json(*files, root.string()));
    return kExitOk;
  }
  print(files_text(*files) + next_steps(*files, root));
  if (!around.empty()) {
    Terminal{STDERR_FILENO}.write("note: it lies within the project " + around +
                                  ", which does not see its pipelines\n");
  }
  return kExitOk;
}

}  // namespace

void add_init_command(const CommandSet& set) {
  auto folder = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CommandOptions init = set.add("init", "Makes a folder a project");
  init.option("DIR", *folder, "The folder; made if it is not there (unless told: this one)");
  init.flag("--json", *json, "Print a JSON document");
  init.footer(
      "Example: moondial init ~/reports\n"
      "Adds what is missing of: moondial.lua, pipelines/hello.lua (if there are no pipelines),\n"
      ".luarc.json, .luacheckrc, .gitignore. A file that is there is kept as it is. The DSL's "
      "types\n"
      "for lua-language-server go to .moondial/types/; after a new clone or another version of\n"
      "moondial, do it again to have them.");
  init.action([=] { return init_command(set.entries, *set.directory, *folder, *json); });
}

}  // namespace moondial
