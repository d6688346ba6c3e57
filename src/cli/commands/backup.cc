#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"

namespace moondial {

void add_backup_command(const CommandSet& set) {
  auto file = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CommandOptions backup = set.add("backup", "Copies the record to a file, while work goes on");
  backup.option("FILE", *file, "The file to be made").required();
  backup.flag("--json", *json, "Print a JSON document");
  backup.footer(
      "Example: moondial backup /backup/moondial-$(date +%F).db\n"
      "The copy is of one moment, and complete. To go back to it, end the engine and put it in "
      "the\n"
      "place of .moondial/moondial.db; moondial.db-wal, -shm and -starts beside it must go.");
  backup.action([=] {
    std::error_code error;
    const std::string path = std::filesystem::absolute(*file, error).string();
    if (file->empty() || error) {
      return report(Error{Code::kInvalid, "'" + printable(*file) + "' is no name of a file", {}});
    }
    const Json body{{"file", path}};
    return ask_and_show(*set.directory, {"POST", "backups", json_text(body)}, *json,
                        [&](const std::string&) { return path + " is made\n"; });
  });
}

}  // namespace moondial
