#include "cli/finding.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/text_layout.h"

namespace moondial {
namespace {
using Grade = Finding::Grade;

constexpr size_t kGradeWidth = 9;
constexpr size_t kCheckWidth = 13;

std::string_view word_of(Grade grade) {
  switch (grade) {
    case Grade::kOk:
      return "ok";
    case Grade::kSkipped:
      return "skipped";
    case Grade::kWarning:
      return "warning";
    case Grade::kProblem:
      break;
  }
  return "problem";
}

Tone tone_of_grade(Grade grade) {
  switch (grade) {
    case Grade::kOk:
      return Tone::kGood;
    case Grade::kSkipped:
      return Tone::kFaint;
    case Grade::kWarning:
      return Tone::kWarn;
    case Grade::kProblem:
      break;
  }
  return Tone::kBad;
}

size_t count(const std::vector<Finding>& findings, Grade grade) {
  return static_cast<size_t>(std::ranges::count(findings, grade, &Finding::grade));
}

std::string number_of(size_t n, const std::string& thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, const Terminal& terminal) {
  std::string out;
  for (const Finding& finding : findings) {
    out += terminal.paint(tone_of_grade(finding.grade),
                          pad_right(word_of(finding.grade), kGradeWidth)) +
           pad_right(finding.check, kCheckWidth) + printable(finding.message) + "\n";
    if (finding.hint.empty()) continue;
    out += std::string(kGradeWidth + kCheckWidth, ' ') + terminal.paint(Tone::kActive, "hint: ") +
           printable(finding.hint) + "\n";
  }
  const size_t problems = count(findings, Grade::kProblem);
  const size_t warnings = count(findings, Grade::kWarning);
  if (problems + warnings == 0) return out + "all is well\n";
  return out + number_of(problems, "problem") + ", " + number_of(warnings, "warning") + "\n";
}

std::string findings_json(const std::vector<Finding>& findings) {
  OrderedJson checks = OrderedJson::array();
  for (const Finding& finding : findings) {
    checks.push_back({{"check", finding.check},
                      {"grade", word_of(finding.grade)},
                      {"message", printable(finding.message)},
                      {"hint", finding.hint.empty() ? OrderedJson(nullptr)
                                                    : OrderedJson(printable(finding.hint))}});
  }
  const OrderedJson out{{"problems", count(findings, Grade::kProblem)},
                        {"warnings", count(findings, Grade::kWarning)},
                        {"checks", std::move(checks)}};
  return json_text(out) + "\n";
}

bool has_problem(const std::vector<Finding>& findings) {
  return count(findings, Grade::kProblem) > 0;
}

}  // namespace moondial
