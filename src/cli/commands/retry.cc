
#include "cli/run_request.h"

namespace moondial {

void add_retry_command(const CommandSet& set) {
  auto arguments = std::make_shared<RunArguments>();
  CommandOptions retry = set.add("retry", "Goes on with a run that has ended");
  add_run_number(retry, arguments->retry);
  add_run_options(retry, *arguments);
  retry.footer(
      "Example: moondial retry 7\n"
      "Starts a run of what run 7 was asked for: what is complete is not run again, nor what\n"
      "succeeded there and has no output. Parameters that are secret or not significant are not\n"
      "kept: use run for those.");
  retry.action([=] {
    arguments->directory = *set.directory;
    return start_run(*arguments);
  });
}

}  // namespace moondial
