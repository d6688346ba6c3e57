#include "cli/completion.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "cli/run_text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {

/// What was typed before the word to be completed.
struct Typed {
  const CommandShape* command = nullptr;
  const OptionShape* awaits = nullptr;  ///< an option whose value is to come
  std::vector<std::string> positionals;
  std::set<std::string> options;
  bool only_positionals = false;  ///< after `--`
};

const OptionShape* find_option(const CommandShape& command, const std::string& name) {
  for (const OptionShape& option : command.options) {
    if (!option.positional && std::ranges::find(option.names, name) != option.names.end()) {
      return &option;
    }
  }
  return nullptr;
}

class Completer {
 public:
  Completer(const std::vector<CommandShape>& commands, CompletionSource& source)
      : commands_(commands), source_(source) {}

  Completion complete(const std::vector<std::string>& words);

 private:
  [[nodiscard]] const OptionShape* option_named(const std::string& name) const;
  void read(const std::string& word);
  void add(const std::string& text, const std::string& help = "");
  void add_values(const OptionShape& option, const std::string& before);
  void add_options();
  void add_commands();
  void add_positional();
  void add_tasks();
  void add_tasks_of_run();
  void add_params();
  void add_param_values(const DeclaredTask::Param& param);
  void add_runs();
  void add_pools(const std::string& before);
  void add_pool_sizes();
  void add_schedules();
  void add_cron_words();

  const std::vector<CommandShape>& commands_;
  CompletionSource& source_;
  Typed typed_;
  std::string current_;
  Completion out_;
};

const OptionShape* Completer::option_named(const std::string& name) const {
  if (typed_.command != nullptr) {
    if (const OptionShape* found = find_option(*typed_.command, name)) return found;
  }
  return find_option(commands_.front(), name);
}

void Completer::read(const std::string& word) {
  if (typed_.awaits != nullptr) {
    typed_.awaits = nullptr;
  } else if (typed_.only_positionals || word.size() < 2 || word[0] != '-') {
    if (typed_.command != nullptr) {
      typed_.positionals.push_back(word);
      return;
    }
    const auto found = std::ranges::find(commands_, word, &CommandShape::name);
    if (found != commands_.end()) typed_.command = &*found;
  } else if (word == "--") {
    typed_.only_positionals = true;
  } else {
    typed_.options.insert(word);
    const OptionShape* option = option_named(word);
    if (option != nullptr && option->takes_value) typed_.awaits = option;
  }
}

void Completer::add(const std::string& text, const std::string& help) {
  if (!text.starts_with(current_)) return;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return;  // cannot be typed
  std::string line(first_line(help));
  std::ranges::replace_if(line, is_control, ' ');
  out_.candidates.push_back({text, std::move(line)});
}

void Completer::add_values(const OptionShape& option, const std::string& before) {
  for (const std::string& value : option.values) add(before + value);
  if (option.names.front() == "-C") out_.folders = before.empty();
  if (option.names.front() == "--pool") add_pools(before);
  if (option.names.front() == "--task") {
    for (const DeclaredTask& task : source_.tasks()) add(before + task.name, task.doc);
  }
}

void Completer::add_options() {
  if (const size_t equals = current_.find('='); equals != std::string::npos) {
    const OptionShape* option = option_named(current_.substr(0, equals));
    if (option != nullptr) add_values(*option, current_.substr(0, equals + 1));
    return;
  }
  std::set<std::string> told;
  for (const CommandShape* command : {typed_.command, &commands_.front()}) {
    if (command == nullptr) continue;
    for (const OptionShape& option : command->options) {
      if (option.positional) continue;
      const auto given = [this](const std::string& name) { return typed_.options.contains(name); };
      if (!option.repeatable && std::ranges::any_of(option.names, given)) continue;
      for (const std::string& name : option.names) {
        if (told.insert(name).second) add(name, option.help);
      }
    }
  }
}

void Completer::add_commands() {
  for (const CommandShape& command : commands_) {
    if (!command.name.empty()) add(command.name, command.help);
  }
}

void Completer::add_positional() {
  size_t at = 0;
  for (const OptionShape& option : typed_.command->options) {
    if (!option.positional) continue;
    if (at++ < typed_.positionals.size() && !option.repeatable) continue;
    const std::string& name = option.names.front();
    if (name == "TASK" && at == 1) add_tasks();
    if (name == "TASK" && at == 2) add_tasks_of_run();
    if (name == "PARAMS") add_params();
    if (name == "RUN" || name == "RUN|TASK") add_runs();
    if (name == "RUN|TASK") add_tasks();
    if (name == "NAME=SIZE") add_pool_sizes();
    if (name == "SCHEDULE") add_schedules();
    if (name == "DIR") out_.folders = true;
    if (name == "EXPR" && typed_.positionals.empty()) add_cron_words();
    for (const std::string& value : option.values) add(value);
    return;
  }
}

/// What an expression can be without a space.
void Completer::add_cron_words() {
  add("every", "a period: every 15m");
  add("@hourly", "0 * * * *");
  add("@daily", "0 0 * * *");
  add("@weekly", "0 0 * * 0");
  add("@monthly", "0 0 1 * *");
  add("@yearly", "0 0 1 1 *");
}

void Completer::add_tasks() {
  for (const DeclaredTask& task : source_.tasks()) add(task.name, task.doc);
}

/// Of the run that stands before: names first, since they are shorter than identities.
void Completer::add_tasks_of_run() {
  const std::string& text = typed_.positionals.front();
  uint64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return;
  const RunData run = source_.run(number);
  std::set<std::string> names;
  for (const TaskData& task : run.tasks) {
    if (names.insert(task.name).second) add(task.name);
  }
  for (const TaskData& task : run.tasks) {
    if (task.id != task.name) add(task.id, task.state);
  }
}

void Completer::add_params() {
  if (typed_.positionals.empty()) return;
  const auto tasks = source_.tasks();
  const auto task = std::ranges::find(tasks, typed_.positionals.front(), &DeclaredTask::name);
  if (task == tasks.end()) return;
  const size_t equals = current_.find('=');
  for (const DeclaredTask::Param& param : task->params) {
    if (equals != std::string::npos) {
      if (current_.substr(0, equals) == param.name) add_param_values(param);
      continue;
    }
    const auto given = [&param](const std::string& word) {
      return word.starts_with(param.name + "=");
    };
    if (std::ranges::any_of(typed_.positionals, given)) continue;
    std::string help = param.kind + (param.required ? "" : ", may be left out");
    if (!param.doc.empty()) help += ": " + param.doc;
    add(param.name + "=", help);
  }
}

void Completer::add_param_values(const DeclaredTask::Param& param) {
  std::vector<std::string> values = param.choices;
  if (param.kind == "bool") values = {"true", "false"};
  if (values.empty() && !param.standard.empty()) values = {param.standard};
  for (const std::string& value : values) {
    add(param.name + "=" + value, value == param.standard ? "unless told" : "");
  }
}

void Completer::add_runs() {
  const bool open_only = typed_.command->name == "cancel";
  for (const RunData& run : source_.runs()) {
    if (open_only && run.state != "running") continue;
    add(std::to_string(run.run), run.state + " " + roots_text(run));
  }
}

/// Those that are always there as well.
void Completer::add_pools(const std::string& before) {
  for (const std::string& pool : source_.pools()) add(before + pool + "=");
  for (const char* const pool : {"cpu=", "memory="}) add(before + pool);
}

void Completer::add_pool_sizes() {
  const size_t equals = current_.find('=');
  if (equals == std::string::npos) return add_pools("");
  add(current_.substr(0, equals) + "=declared", "as it is declared");
}

void Completer::add_schedules() {
  for (const std::string& schedule : source_.schedules()) add(schedule);
}

Completion Completer::complete(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  for (size_t i = 0; i + 1 < words.size(); ++i) read(words[i]);
  current_ = words.back();
  if (typed_.awaits != nullptr) {
    add_values(*typed_.awaits, "");
  } else if (!typed_.only_positionals && current_.starts_with('-')) {
    add_options();
  } else if (typed_.command == nullptr) {
    add_commands();
  } else {
    add_positional();
  }
  return std::move(out_);
}

}  // namespace

Completion complete(const std::vector<CommandShape>& commands,
                    const std::vector<std::string>& words, CompletionSource& source) {
  return Completer(commands, source).complete(words);
}

std::string directory_among(const std::vector<std::string>& words) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--") break;
    if (words[i] == "-C") return i + 2 < words.size() ? words[i + 1] : "";
    if (words[i].starts_with("-C")) return words[i].substr(2);
  }
  return "";
}

std::string completion_lines(const Completion& completion) {
  std::string out;
  for (const Candidate& candidate : completion.candidates) {
    out += candidate.text + "\t" + candidate.help + "\n";
  }
  if (completion.folders) out += ":folders\t\n";
  return out;
}

}  // namespace moondial
