// Plans as graphs: what is written is checked against the grammars of those who read it.
#include "cli/plan_graph.h"
#include "base/json.h"

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace moondial::plan_graph_test {
using Catch::Matchers::ContainsSubstring;

namespace {

/// Identities as nasty as they may be: quotes, brackets, entities, escapes, other scripts.
const std::vector<std::string> kNasty = {R"(A(q="say \"hi\" [x] {y} | <b> #1; a&amp;b"))",
                                         R"(B(w="C:\\dir\\N `t` %% --> end"))",
                                         R"(日本.レポート(都市="北京 ☾"))", "end"};

PlanData nasty() {
  PlanData plan;
  for (const std::string& id : kNasty)
    plan.tasks.push_back({id, "pending", "a \"why\"\nof two", {}});
  plan.tasks[0].state = "complete";
  plan.tasks[0].needs = {"Unseen"};
  plan.tasks[2].needs = {kNasty[0], kNasty[1], kNasty[1]};
  plan.tasks[3].needs = {kNasty[2]};
  plan.tasks[3].state = "failed";
  plan.roots = {"end"};
  return plan;
}

PlanData wide(size_t n) {
  PlanData plan;
  PlanTaskData all{"All", "pending", "", {}};
  for (size_t i = 0; i < n; ++i) {
    const std::string id = "Fetch(n=" + std::to_string(i) + ")";
    plan.tasks.push_back({id, i % 3 == 0 ? "complete" : "pending", "", {}});
    all.needs.push_back(id);
  }
  plan.tasks.push_back(all);
  plan.roots = {"All"};
  return plan;
}

// --- A reader of the part of the DOT language that matters: attribute lists, nodes, edges. ---

class DotReader {
 public:
  explicit DotReader(const std::string& text) : text_(text) { read(); }
  std::vector<std::string> labels;  ///< as they are drawn
  std::set<std::pair<std::string, std::string>> edges;
  std::set<std::string> nodes;
  bool ok = false;

 private:
  void skip() {
    for (;;) {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      if (text_.compare(at_, 2, "//") != 0) return;
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }
  bool take(std::string_view token) {
    skip();
    if (text_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }
  /// An identifier, a number or a quoted text, undone.
  bool word(std::string& out) {
    skip();
    out.clear();
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') {
          ++at_;
          out += text_[at_] == 'n' ? '\n' : text_[at_];
          if (text_[at_] != 'n' && text_[at_] != '"' && text_[at_] != '\\') return false;
        } else {
          out += text_[at_];
        }
      }
      return at_++ < text_.size();
    }
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '.')) {
      out += text_[at_++];
    }
    return !out.empty();
  }
  bool attributes() {
    if (!take("[")) return true;
    std::string name;
    std::string value;
    while (!take("]")) {
      if (!word(name) || !take("=") || !word(value)) return false;
      if (name == "label") labels.push_back(value);
      (void)take(",");
    }
    return true;
  }
  bool statement() {
    std::string first;
    std::string other;
    if (!word(first)) return false;
    if (take("->")) {
      if (!word(other) || !nodes.contains(first) || !nodes.contains(other)) return false;
      return edges.emplace(first, other).second && attributes() && take(";");
    }
    if (take("=")) return word(other) && take(";");
    if (first != "node" && first != "edge") nodes.insert(first);
    return attributes() && take(";");
  }
  void read() {
    std::string name;
    if (!take("digraph") || !word(name) || !take("{")) return;
    while (!take("}")) {
      if (!statement()) return;
    }
    skip();
    ok = at_ == text_.size();
  }

  const std::string& text_;
  size_t at_ = 0;
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// The labels of a flowchart; fails at a line that is none of its grammar.
std::vector<std::string> mermaid_labels(const std::string& text) {
  static const std::regex kNode(R"re(  n\d+(\[|\[\[)"([^"`<>&;]|#\d+;)*"(\]|\]\]):::[a-z]+)re");
  static const std::regex kEdge(R"(  n\d+ --> n\d+)");
  static const std::regex kClass(R"(  classDef [a-z]+ [a-z-]+:[#\w ]+(,[a-z-]+:[#\w ]+)*)");
  std::vector<std::string> labels;
  std::istringstream lines(text);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line == "flowchart LR");
  while (std::getline(lines, line)) {
    INFO(line);
    if (std::regex_match(line, kNode)) {
      const size_t begin = line.find('"') + 1;
      std::string label = line.substr(begin, line.rfind('"') - begin);
      for (const char c : std::string("\"&<>`;\\")) {
        label = replaced(label, "#" + std::to_string(static_cast<int>(c)) + ";", std::string(1, c));
      }
      labels.push_back(replaced(label, "#35;", "#"));
    } else {
      CHECK((std::regex_match(line, kEdge) || std::regex_match(line, kClass) ||
             line.starts_with("  %% ")));
    }
  }
  return labels;
}

size_t count_of(const std::string& text, std::string_view what) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

TEST_CASE("a plan in Graphviz's language keeps its grammar whatever identities hold") {
  const std::string text = plan_dot(nasty());
  const DotReader dot(text);
  INFO(text);
  REQUIRE(dot.ok);
  std::vector<std::string> labels = dot.labels;
  for (std::string& label : labels) label = replaced(label, "&amp;", "&");
  std::vector<std::string> expected = kNasty;
  expected.emplace_back("Unseen");
  CHECK(labels == expected);
  CHECK(dot.edges == std::set<std::pair<std::string, std::string>>{
                         {"n4", "n0"}, {"n0", "n2"}, {"n1", "n2"}, {"n2", "n3"}});
}

TEST_CASE("states differ by more than colour, and what was asked for stands out") {
  const std::string text = plan_dot(nasty());
  CHECK_THAT(text, ContainsSubstring("style=\"rounded,filled,dashed\""));  // complete
  CHECK_THAT(text, ContainsSubstring("style=\"filled,bold\""));            // failed
  CHECK_THAT(text, ContainsSubstring("not visited"));
  CHECK_THAT(text, ContainsSubstring("tooltip=\"failed: a \\\"why\\\"\\nof two\""));
  CHECK(count_of(text, "peripheries=2") == 1);
  for (const char* state : {"ready", "waiting", "blocked", "lost", "no word of ours"}) {
    PlanData plan;
    plan.tasks.push_back({"A", state, "", {}});
    CHECK(DotReader(plan_dot(plan)).ok);
    CHECK(mermaid_labels(plan_mermaid(plan)) == std::vector<std::string>{"A"});
  }
}

TEST_CASE("a plan as a flowchart keeps Mermaid's grammar whatever identities hold") {
  const std::string text = plan_mermaid(nasty());
  INFO(text);
  std::vector<std::string> expected = kNasty;
  expected.emplace_back("Unseen");
  CHECK(mermaid_labels(text) == expected);
  CHECK_THAT(text, ContainsSubstring("  n3[[\"end\"]]:::failed\n"));
  CHECK_THAT(text, ContainsSubstring("  n2 --> n3\n"));
}

TEST_CASE("a wide plan is whole for Graphviz and folded for Mermaid") {
  const PlanData plan = wide(600);
  const DotReader dot(plan_dot(plan));
  REQUIRE(dot.ok);
  CHECK(dot.labels.size() == 601);
  CHECK(dot.edges.size() == 600);

  const std::string text = plan_mermaid(plan);
  CHECK(mermaid_labels(text) ==
        std::vector<std::string>{"Fetch: 200 complete", "Fetch: 400 pending", "All"});
  CHECK(count_of(text, " --> ") == 2);
  CHECK_THAT(text, ContainsSubstring("601 tasks, folded"));

  CHECK(mermaid_labels(plan_mermaid(wide(500))).size() == 501);
}

TEST_CASE("a folded chain of one name is one node without an edge to itself") {
  PlanData plan;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::string> needs;
    if (i > 0) needs.push_back("Day(n=" + std::to_string(i - 1) + ")");
    plan.tasks.push_back({"Day(n=" + std::to_string(i) + ")", "pending", "", needs});
  }
  const std::string text = plan_mermaid(plan);
  CHECK(mermaid_labels(text) == std::vector<std::string>{"Day: 1000 pending"});
  CHECK(count_of(text, " --> ") == 0);
}

TEST_CASE("an empty plan is an empty graph") {
  CHECK(DotReader(plan_dot({})).ok);
  CHECK(mermaid_labels(plan_mermaid({})).empty());
}

}  // namespace moondial::plan_graph_test
