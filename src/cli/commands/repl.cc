#include <unistd.h>

#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/line_editor.h"
#include "cli/line_history.h"
#include "cli/repl_client.h"
#include "cli/signals.h"
#include "cli/terminal.h"

namespace moondial {
namespace {

constexpr const char* kPrompt = "moondial> ";
constexpr const char* kMorePrompt = "       .. ";

struct ReplArguments {
  std::optional<std::string> expression;
  bool json = false;
};

/// A text without what would do something to a terminal but end lines.
std::string harmless(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
      out += "\\" + std::to_string(byte);
    } else {
      out += c;
    }
  }
  return out;
}

/// Also one that can do nothing but show text.
bool is_terminal(const Terminal& stream) { return ::isatty(stream.fd) == 1; }

/// What both kinds of session have.
class Repl {
 public:
  Repl(const Project& project, const ReplArguments& arguments)
      : arguments_(arguments),
        session_(project),
        out_(terminal_of(STDOUT_FILENO)),
        err_(terminal_of(STDERR_FILENO)),
        client_(session_, {.print = [this](const std::string& text) { print_text(text); },
                           .notice = [this](const std::string& text) { notice(text); }}) {}

  [[nodiscard]] Result<ReplResult> evaluate(const std::string& text, int line) {
    ReplInput input{text, line, false, arguments_.json, out_.colour && !arguments_.json, 0};
    if (is_terminal(out_)) input.columns = static_cast<int>(out_.size().columns);
    auto result = client_.input(input);
    if (!result.ok()) return result;
    for (const std::string& value : result->texts) out_.write(value + "\n");
    return result;
  }
  ReplClient& client() { return client_; }

 protected:
  void print_text(const std::string& text) {
    out_.write(is_terminal(out_) ? harmless(text) : text);
  }
  void notice(const std::string& text) {
    err_.write(err_.paint(Tone::kWarn, "-- " + (is_terminal(err_) ? harmless(text) : text)) + "\n");
  }

  const ReplArguments arguments_;
  Session session_;
  const Terminal out_, err_;
  ReplClient client_;
};

// --- Without a terminal ---

int tell_error(const std::string& error) { return report(Error{Code::kInternal, error, {}}), 1; }

/// A script's lines, or an expression: the first error ends it.
class Script : public Repl {
 public:
  using Repl::Repl;

  /// The exit status, if it is to end.
  std::optional<int> add(const std::string& line) {
    if (!pending_.empty()) pending_ += "\n";
    pending_ += line;
    const auto result = evaluate(pending_, first_line_);
    if (!result.ok()) return report(result.error());
    if (result->kind == "incomplete") return ++lines_, std::nullopt;
    if (result->kind != "values") return tell_error(result->error);
    pending_.clear();
    first_line_ = ++lines_ + 1;
    return std::nullopt;
  }
  int end() {
    if (pending_.empty()) return kExitOk;
    return tell_error("input:" + std::to_string(first_line_) +
                      ": it ends in the middle of what begins here");
  }

 private:
  std::string pending_;
  int lines_ = 0;  // that were read
  int first_line_ = 1;
};

int run_script(const Project& project, const ReplArguments& arguments) {
  Script script(project, arguments);
  if (arguments.expression) {
    if (const auto status = script.add(*arguments.expression)) return *status;
    return script.end();
  }
  for (std::string line; std::getline(std::cin, line);) {
    if (const auto status = script.add(line)) return *status;
  }
  return script.end();
}

// --- On a terminal ---

class Conversation : public Repl {
 public:
  Conversation(const Project& project, const ReplArguments& arguments)
      : Repl(project, arguments),
        history_(project.state_dir + "/repl_history"),
        editor_({.complete = [this](const std::string& before) { return complete(before); },
                 .signal_fd = signals_.fd(),
                 .signal = [this] { return signal(); }}) {
    // A terminal that is gone ends what runs there, too.
    client_.interrupt_by(signals_.fd(), [this] { return signal() != LineEditor::Signal::kNone; });
    editor_.set_history(history_.lines());
  }

  int run();

 private:
  using End = LineEditor::Read::End;

  LineEditor::Signal signal();
  [[nodiscard]] LineEditor::Completion complete(const std::string& before);
  bool take_line(const std::string& line);
  void say_error(const std::string& error) const {
    out_.write(out_.paint(Tone::kBad, harmless(error)) + "\n");
  }

  Signals signals_;
  LineHistory history_;
  LineEditor editor_;
  std::string pending_;  // lines that want more
  bool ends_ = false;
};

LineEditor::Signal Conversation::signal() {
  auto out = LineEditor::Signal::kNone;
  while (const auto number = signals_.next()) {
    if (*number == SIGINT) out = LineEditor::Signal::kInterrupt;
    if (*number == SIGTERM || *number == SIGHUP) ends_ = true;
  }
  return ends_ ? LineEditor::Signal::kEnd : out;
}

LineEditor::Completion Conversation::complete(const std::string& before) {
  const std::string text = pending_.empty() ? before : pending_ + "\n" + before;
  ReplInput input;
  input.text = text;
  input.completes = true;
  const auto result = client_.input(input);
  if (!result.ok() || result->kind != "completion") return {};
  return {result->replaced, result->texts};
}

/// False: no engine can be talked to.
bool Conversation::take_line(const std::string& line) {
  history_.add(line);
  editor_.set_history(history_.lines());
  pending_ += (pending_.empty() ? "" : "\n") + line;
  const auto result = evaluate(pending_, 1);
  if (result.ok() && result->kind == "incomplete") return true;
  pending_.clear();
  if (!result.ok()) {
    (void)report(result.error());
    return false;
  }
  if (result->kind == "error") say_error(result->error);
  if (result->kind == "interrupted") say_error("interrupted");
  return true;
}

int Conversation::run() {
  // An engine that cannot be reached is told at once.
  if (const auto first = evaluate("", 1); !first.ok()) return report(first.error());
  out_.write("moondial repl: help() says what there is, Ctrl-D leaves.\n");
  while (!ends_) {
    client_.listen();
    const LineEditor::Read read = editor_.read(pending_.empty() ? kPrompt : kMorePrompt);
    if (read.end == End::kEnd) break;
    if (read.end == End::kInterrupted) {
      out_.write("\n");  // the terminal has shown ^C
      pending_.clear();
    } else {
      (void)take_line(read.line);
    }
  }
  out_.write("\n");
  return kExitOk;
}

int repl_command(const std::string& directory, const ReplArguments& arguments) {
  const auto project = find_project(directory);
  if (!project.ok()) return report(project.error());
  const bool on_terminal = ::isatty(STDIN_FILENO) == 1 && is_terminal(terminal_of(STDOUT_FILENO));
  if (arguments.expression || !on_terminal) return run_script(*project, arguments);
  return Conversation(*project, arguments).run();
}

}  // namespace

void add_repl_command(const CommandSet& set) {
  auto arguments = std::make_shared<ReplArguments>();
  CommandOptions repl = set.add("repl", "Looks inside: evaluates Lua against the living graph");
  repl.option("-e", arguments->expression, "Evaluate this, and end");
  repl.flag("--json", arguments->json, "Print each value as one line of JSON");
  repl.footer(
      "Example: moondial repl\n"
      "         moondial repl -e 'plan(tasks.sem.Report{ date = today() })'\n"
      "         echo 'running()' | moondial repl --json\n"
      "help() says what there is. Without a terminal, lines are read as a script, whose first "
      "error\n"
      "ends it with exit status 1.");
  repl.action([=] { return repl_command(*set.directory, *arguments); });
}

}  // namespace moondial
