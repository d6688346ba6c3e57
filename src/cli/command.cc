#include "cli/command.h"

#include <unistd.h>

#include <set>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/api_data.h"

namespace moondial {
namespace {

int exit_of(const Error& error) {
  if (error.code == Code::kCancelled) return kExitInterrupted;
  return error.code == Code::kInvalid || error.code == Code::kNotFound ? kExitUsage : kExitFailed;
}

}  // namespace

Result<std::string> task_members(const TaskArguments& arguments) {
  OrderedJson params = OrderedJson::object();
  std::set<std::string> names;
  for (const std::string& text : arguments.params) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{
          Code::kInvalid, "'" + printable(text) + "' is no parameter: write name=value", {}};
    }
    const std::string name = text.substr(0, equals);
    if (!is_utf8(text))
      return Error{Code::kInvalid, "parameter " + printable(name) + " is no UTF-8", {}};
    if (!names.insert(name).second) {
      return Error{Code::kInvalid, "parameter '" + name + "' is given twice", {}};
    }
    params[name] = text.substr(equals + 1);
  }
  if (!is_utf8(arguments.task)) return Error{Code::kInvalid, "the task's name is no UTF-8", {}};
  return "\"task\":" + json_text(Json(arguments.task)) + ",\"params\":" + json_text(params);
}

void add_run_number(CommandOptions& command, uint64_t& run) {
  const auto is_number = [](const std::string& text) -> std::string {
    const bool has_only_digits = text.find_first_not_of("0123456789") == text.npos;
    if (has_only_digits && text.size() < 20 && text.find_first_not_of('0') != text.npos) {
      return "";
    }
    return "'" + printable(text) + "' is no number of a run; `moondial runs` lists them";
  };
  command.option("RUN", run, "Number of the run").required().check(is_number);
}

void print(std::string_view text) {
  Terminal out;
  out.fd = STDOUT_FILENO;
  out.write(text);
}

void print_diagnostics(const std::vector<Diagnostic>& diagnostics) {
  const Terminal terminal = terminal_of(STDERR_FILENO);
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    if (!d.file.empty()) {
      const std::string place = d.line > 0 ? d.file + ":" + std::to_string(d.line) : d.file;
      out += terminal.paint(Tone::kStrong, place + ":") + " ";
    }
    out += d.message + "\n";
    if (!d.hint.empty()) out += "  " + terminal.paint(Tone::kActive, "hint:") + " " + d.hint + "\n";
  }
  terminal.write(out);
}

int report(const Error& error) {
  const Terminal terminal = terminal_of(STDERR_FILENO);
  terminal.write(terminal.paint(Tone::kBad, "moondial:") + " " + error.message + "\n");
  print_diagnostics(error.diagnostics);
  return exit_of(error);
}

int report(const ApiResponse& problem, bool json) {
  const ProblemData data = read_problem(problem.body);
  const Terminal terminal = terminal_of(STDERR_FILENO);
  if (data.errors.empty()) {
    const std::string detail =
        data.detail.empty() ? "the engine answered with status " + std::to_string(problem.status)
                            : data.detail;
    terminal.write(terminal.paint(Tone::kBad, "moondial:") + " " + detail + "\n");
  } else {
    print_diagnostics(data.errors);
  }
  if (json) print(problem.body + "\n");
  return problem.status >= 400 && problem.status < 500 ? kExitUsage : kExitFailed;
}

int ask_and_show(const std::string& directory, const ApiRequest& request, bool json,
                 const std::function<std::string(const std::string& body)>& show) {
  auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  Session session(std::move(project).value());
  const auto answer = session.send(request);
  if (!answer.ok()) return report(answer.error());
  if (!answer->ok()) return report(*answer, json);
  print(json ? answer->body + "\n" : show(answer->body));
  return kExitOk;
}

}  // namespace moondial
