#include "cli/plan_graph.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace moondial {
namespace {

/// What Mermaid draws unless it is configured otherwise, which a text cannot do.
constexpr size_t kMermaidEdges = 500;
constexpr size_t kMermaidBytes = 50'000;

/// How a state looks. Every look differs from the others in more than its colour, so that a
/// print in black and white can be read.
struct Look {
  std::string_view state;
  std::string_view fill;
  std::string_view stroke;
  std::string_view dot_style;
  std::string_view mermaid_style;
};
constexpr std::array kLooks = {
    Look{"pending", "#ffffff", "#444444", "rounded,filled", ""},
    Look{"complete", "#e0e0e0", "#888888", "rounded,filled,dashed", "stroke-dasharray:4 3"},
    Look{"done", "#d5efd5", "#2e7d32", "rounded,filled,dashed", "stroke-dasharray:4 3"},
    Look{"running", "#d6e8fb", "#1565c0", "rounded,filled,bold", "stroke-width:3px"},
    Look{"failed", "#f9d6d5", "#b71c1c", "filled,bold", "stroke-width:3px,font-weight:bold"},
    Look{"held", "#fdf0cf", "#b26a00", "filled,diagonals", "stroke-width:2px"},
    Look{"other", "#ffffff", "#aaaaaa", "rounded,dotted", "stroke-dasharray:1 3"},
};

/// The look of a task's state: what waits within a run or was held up by others looks alike.
const Look& look_of(std::string_view state) {
  static const std::map<std::string_view, std::string_view> kSame = {
      {"ready", "pending"},        {"waiting", "pending"}, {"lost", "failed"},
      {"upstream_failed", "held"}, {"blocked", "held"},    {"retrying", "held"},
      {"cancelled", "held"},       {"skipped", "done"},
  };
  const auto same = kSame.find(state);
  const std::string_view wanted = same == kSame.end() ? state : same->second;
  const auto* found = std::ranges::find(kLooks, wanted, &Look::state);
  return found == kLooks.end() ? kLooks.back() : *found;
}

struct Node {
  std::string label;
  std::string state;  ///< empty: not visited by the plan
  std::string why;
  bool root = false;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> edges;  ///< from what is needed to what needs it
};

Graph graph_of(const PlanData& plan) {
  Graph out;
  std::unordered_map<std::string_view, size_t> numbers;
  const std::unordered_set<std::string_view> roots(plan.roots.begin(), plan.roots.end());
  for (const PlanTaskData& task : plan.tasks) {
    numbers[task.id] = out.nodes.size();
    out.nodes.push_back({task.id, task.state, task.why, roots.contains(task.id)});
  }
  for (const PlanTaskData& task : plan.tasks) {
    std::set<size_t> needed;
    for (const std::string& id : task.needs) {
      const auto [found, added] = numbers.try_emplace(id, out.nodes.size());
      if (added) out.nodes.push_back({id, "", "", false});
      if (!needed.insert(found->second).second) continue;
      out.edges.emplace_back(found->second, numbers[task.id]);
    }
  }
  return out;
}

std::string name_of(const std::string& id) { return id.substr(0, id.find('(')); }

/// Tasks of one name and state as one node.
Graph folded(const Graph& graph) {
  Graph out;
  std::map<std::pair<std::string, std::string>, size_t> numbers;
  std::vector<size_t> group;
  std::vector<size_t> sizes;
  for (const Node& node : graph.nodes) {
    const auto [found, added] =
        numbers.try_emplace({name_of(node.label), node.state}, out.nodes.size());
    if (added) {
      out.nodes.push_back(node);
      sizes.push_back(0);
    }
    group.push_back(found->second);
    ++sizes[found->second];
    out.nodes[found->second].root |= node.root;
  }
  for (size_t i = 0; i < out.nodes.size(); ++i) {
    if (sizes[i] == 1) continue;
    Node& node = out.nodes[i];
    node.label = name_of(node.label) + ": " + std::to_string(sizes[i]) + " " +
                 (node.state.empty() ? "not visited" : node.state);
  }
  std::set<std::pair<size_t, size_t>> edges;
  for (const auto& [from, to] : graph.edges) {
    if (group[from] != group[to]) edges.emplace(group[from], group[to]);
  }
  out.edges.assign(edges.begin(), edges.end());
  return out;
}

/// A text in double quotes; Graphviz reads escapes and HTML entities in what it shows.
std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string dot_node(const Node& node, size_t number) {
  const Look& look = look_of(node.state);
  std::string tip = node.state.empty() ? "not visited: what needs it is complete" : node.state;
  if (!node.why.empty()) tip += ": " + node.why;
  std::string out = "  n" + std::to_string(number) + " [label=" + dot_text(node.label) +
                    ", tooltip=" + dot_text(tip) + ", style=\"" + std::string(look.dot_style) +
                    "\", fillcolor=\"" + std::string(look.fill) + "\", color=\"" +
                    std::string(look.stroke) + "\"";
  if (node.root) out += ", peripheries=2";
  return out + "];\n";
}

/// What Mermaid would read as its own or as HTML, as its entities.
std::string mermaid_text(std::string_view text) {
  static constexpr std::string_view kSpecial = "\"#&<>`;\\";
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else if (kSpecial.find(c) != std::string_view::npos) {
      out += "#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += c;
    }
  }
  return out;
}

std::string mermaid_graph(const Graph& graph) {
  std::string out = "flowchart LR\n";
  std::set<std::string_view> used;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const Look& look = look_of(node.state);
    used.insert(look.state);
    out += "  n" + std::to_string(i) + (node.root ? "[[\"" : "[\"") + mermaid_text(node.label) +
           (node.root ? "\"]]" : "\"]") + ":::" + std::string(look.state) + "\n";
  }
  for (const auto& [from, to] : graph.edges) {
    out += "  n" + std::to_string(from) + " --> n" + std::to_string(to) + "\n";
  }
  for (const Look& look : kLooks) {
    if (!used.contains(look.state)) continue;
    out += "  classDef " + std::string(look.state) + " fill:" + std::string(look.fill) +
           ",stroke:" + std::string(look.stroke) + ",color:#222222";
    if (!look.mermaid_style.empty()) out += "," + std::string(look.mermaid_style);
    out += "\n";
  }
  return out;
}

}  // namespace

std::string plan_dot(const PlanData& plan) {
  const Graph graph = graph_of(plan);
  std::string out =
      "// Draw it: moondial plan … --format dot | dot -Tsvg > plan.svg\n"
      "digraph plan {\n"
      "  charset=\"UTF-8\";\n"
      "  rankdir=LR;\n"  // what is wide in a plan is then high, and can be scrolled through
      "  nodesep=0.1;\n"
      "  node [shape=box, fontname=\"sans-serif\", fontsize=10, margin=\"0.1,0.04\", height=0.3];\n"
      "  edge [color=\"#888888\", arrowsize=0.6];\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) out += dot_node(graph.nodes[i], i);
  for (const auto& [from, to] : graph.edges) {
    out += "  n" + std::to_string(from) + " -> n" + std::to_string(to) + ";\n";
  }
  return out + "}\n";
}

std::string plan_mermaid(const PlanData& plan) {
  const Graph graph = graph_of(plan);
  if (graph.edges.size() <= kMermaidEdges) {
    std::string whole = mermaid_graph(graph);
    if (whole.size() <= kMermaidBytes) return whole;
  }
  std::string out = mermaid_graph(folded(graph));
  return out.insert(out.find('\n') + 1, "  %% " + std::to_string(graph.nodes.size()) +
                                            " tasks, folded by name and state: Mermaid draws " +
                                            std::to_string(kMermaidEdges) + " edges at most\n");
}

}  // namespace moondial
