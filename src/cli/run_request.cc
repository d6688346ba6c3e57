#include "cli/run_request.h"

#include <sys/random.h>

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/api_data.h"
#include "cli/engine_launcher.h"
#include "cli/plan_tree.h"
#include "cli/pool_size.h"
#include "cli/run_follower.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// All else goes before a backfill.
constexpr double kBackfillPriority = -100;

/// A random id: a request that is sent twice, since its answer was lost, is one run.
std::string new_request_id() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return "";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

OrderedJson environment_entry(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string digits;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return {{"hex", digits}};
}

Result<OrderedJson> pool_sizes(const std::vector<std::string>& pools) {
  OrderedJson out = OrderedJson::object();
  for (const std::string& text : pools) {
    const auto size = is_utf8(text) ? read_pool_size(text) : std::nullopt;
    if (!size) {
      return Error{Code::kInvalid, "--pool takes name=N, not '" + printable(text) + "'", {}};
    }
    out[size->name] = size->units;
  }
  return out;
}

const char* force_word(const RunArguments& arguments) {
  if (arguments.downstream) return "downstream";
  return arguments.force_all ? "all" : arguments.force ? "roots" : "none";
}

/// What is to be run, as members of a JSON object.
Result<std::string> plan_members(const RunArguments& arguments) {
  auto members = task_members(arguments.task);
  if (!members.ok()) return members;
  OrderedJson more{{"force", force_word(arguments)}};
  if (!arguments.range.empty()) {
    more["range"] = arguments.range;
    more["reverse"] = arguments.reverse;
  }
  const std::string rest = json_text(more);
  return *members + "," + rest.substr(1, rest.size() - 2);
}

/// Shows what would be done.
int dry_run(const RunArguments& arguments) {
  const auto members = plan_members(arguments);
  if (!members.ok()) return report(members.error());
  const ApiRequest request{"POST", "plan", "{" + *members + "}"};
  return ask_and_show(
      arguments.directory, request, arguments.json, [&arguments](const std::string& body) {
        const PlanData plan = read_plan(body);
        const Terminal terminal = terminal_of(STDOUT_FILENO);
        return arguments.range.empty() ? plan_lines(plan, terminal) : missing_lines(plan, terminal);
      });
}

/// Starts it and leaves.
int start_detached(const RunArguments& arguments, const ApiRequest& request) {
  return ask_and_show(arguments.directory, request, arguments.json, [](const std::string& body) {
    return std::to_string(read_run_id(body)) + "\n";
  });
}

}  // namespace

void add_run_options(CommandOptions& command, RunArguments& arguments) {
  command.option("-j,--jobs", arguments.jobs, "Tasks at a time, at most").between(1, 1'000'000);
  command.flag("--fail-fast", arguments.fail_fast, "Start nothing more after a failure");
  command.option("--pool", arguments.pools, "Size of a pool while this runs: name=N")
      .one_at_a_time();
  command.option("--priority", arguments.priority, "Added to the priority of each task");
  command.flag("--wait", arguments.wait, "Wait for what others are to make, instead of telling it");
  command.flag("--detach", arguments.detach, "Start it, print its number and leave");
  command.flag("--json", arguments.json, "Print one JSON document at the end");
}

Result<std::string> run_body(const RunArguments& arguments,
                             const std::vector<std::string>& environment,
                             const std::string& request_id) {
  auto pools = pool_sizes(arguments.pools);
  if (!pools.ok()) return pools.error();
  OrderedJson more{{"fail_fast", arguments.fail_fast}, {"pools", std::move(pools).value()}};
  if (arguments.jobs) more["jobs"] = *arguments.jobs;
  if (arguments.wait) more["wait"] = true;
  if (arguments.priority || !arguments.range.empty()) {
    more["priority"] = arguments.priority.value_or(kBackfillPriority);
  }
  OrderedJson entries = OrderedJson::array();
  for (const std::string& entry : environment) entries.push_back(environment_entry(entry));
  more["environment"] = std::move(entries);
  if (!request_id.empty()) more["request"] = request_id;
  const std::string rest = json_text(more);
  if (arguments.retry > 0) return rest;
  auto members = plan_members(arguments);
  if (!members.ok()) return members.error();
  return "{" + *members + (arguments.range.empty() ? "," : ",\"kind\":\"backfill\",") +
         rest.substr(1);
}

Result<std::string> trigger_body() {
  RunArguments how;
  how.retry = 1;  // what is run is not said
  return run_body(how, clean_environment(), new_request_id());
}

std::string continue_command(const RunArguments& arguments, const SecretParams& secrets) {
  std::string out = "moondial";
  if (!arguments.directory.empty()) out += " -C " + shell_word(arguments.directory);
  if (arguments.retry > 0) return out + " retry " + std::to_string(arguments.retry);
  // What was forced, and is done, is not to be done again.
  out += (arguments.range.empty() ? " run " : " backfill ") + shell_word(arguments.task.task);
  for (const std::string& param : arguments.task.params) {
    out += " " + shell_word(secrets.shown(param));
  }
  if (arguments.reverse) out += " --reverse";
  if (arguments.jobs) out += " -j " + std::to_string(*arguments.jobs);
  if (arguments.fail_fast) out += " --fail-fast";
  if (arguments.wait) out += " --wait";
  for (const std::string& pool : arguments.pools) out += " --pool " + shell_word(pool);
  if (arguments.priority) out += " --priority " + format_number(*arguments.priority);
  return out;
}

int start_run(const RunArguments& arguments) {
  if (arguments.dry_run) return dry_run(arguments);
  auto body = run_body(arguments, clean_environment(), new_request_id());
  if (!body.ok()) return report(body.error());
  const std::string path =
      arguments.retry > 0 ? "runs/" + std::to_string(arguments.retry) + "/retry" : "runs";
  const ApiRequest request{"POST", path, std::move(body).value()};
  if (arguments.detach) return start_detached(arguments, request);
  auto project = find_project(arguments.directory);
  if (!project.ok()) return report(project.error());
  std::string prefix = "moondial";
  if (!arguments.directory.empty()) prefix += " -C " + shell_word(arguments.directory);
  FollowOptions options;
  options.continue_command = [&arguments](const SecretParams& secrets) {
    return continue_command(arguments, secrets);
  };
  if (!arguments.task.params.empty()) options.task = arguments.task.task;
  options.prefix = prefix;
  options.json = arguments.json;
  return follow_run(std::move(project).value(), request, options);
}

}  // namespace moondial
