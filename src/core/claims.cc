#include "core/claims.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

namespace moondial {
namespace {

struct Claim {
  uint32_t task = 0;
  std::string_view path;
};

/// By path without the slash at a folder's end; only looked up.
using Claims = std::unordered_map<std::string_view, Claim>;

bool is_folder(std::string_view path) { return path.ends_with('/'); }

std::string_view without_slash(std::string_view path) {
  return is_folder(path) ? path.substr(0, path.size() - 1) : path;
}

class ClaimCheck {
 public:
  ClaimCheck(const Plan& plan, std::vector<Diagnostic>& out) : plan_(plan), out_(out) {}

  void run() {
    for_each([this](const Claim& claim) { add(claim); });
    if (folders_.empty()) return;
    for_each([this](const Claim& claim) { look_around(claim); });
  }

 private:
  template <typename Do>
  void for_each(Do visit) const {
    for (uint32_t i = 0; i < plan_.tasks.size(); ++i) {
      for (const std::string& path : plan_.tasks[i].claims) visit(Claim{i, path});
    }
  }

  [[nodiscard]] const std::string& id(const Claim& claim) const {
    return plan_.tasks[claim.task].id;
  }

  void report(const Claim& claim, std::string message, std::string hint) {
    const PlanTask& task = plan_.tasks[claim.task];
    out_.push_back(Diagnostic{task.file, task.line, std::move(message), std::move(hint)});
  }

  void add(const Claim& claim) {
    const std::string_view bare = without_slash(claim.path);
    if (is_folder(claim.path)) {
      folders_.emplace(bare, claim);
      shortest_ = std::min(shortest_, bare.size());
    }
    const auto [first, is_new] = first_.emplace(bare, claim);
    if (!is_new && first->second.task != claim.task) same_path(first->second, claim);
  }

  void same_path(const Claim& first, const Claim& second) {
    const std::string path(second.path);
    if (first.path == second.path) {
      report(second, id(first) + " and " + id(second) + " both publish " + path,
             "a path belongs to one task: put what tells them apart into its output");
      return;
    }
    const auto kind = [](const Claim& claim) {
      return (is_folder(claim.path) ? "the folder " : "the file ") + std::string(claim.path);
    };
    report(second,
           id(first) + " publishes " + kind(first) + ", and " + id(second) + " publishes " +
               kind(second) + ": that is one path",
           "a path belongs to one task: give one of the two another name");
  }

  /// Whether the path lies in a folder of another task.
  void look_around(const Claim& claim) {
    std::string_view around = without_slash(claim.path);
    for (;;) {
      const size_t slash = around.rfind('/');
      if (slash == std::string_view::npos || slash < shortest_) return;
      around = around.substr(0, slash);
      const auto folder = folders_.find(around);
      if (folder == folders_.end() || folder->second.task == claim.task) continue;
      report(claim,
             id(claim) + " publishes " + std::string(claim.path) + ", which lies in the folder " +
                 std::string(folder->second.path) + " that " + id(folder->second) + " publishes",
             "a folder belongs to one task with all that is in it: move one of the two elsewhere");
      return;
    }
  }

  const Plan& plan_;
  std::vector<Diagnostic>& out_;
  Claims first_;
  Claims folders_;
  size_t shortest_ = std::string_view::npos;  // of folders_
};

}  // namespace

void check_claims(const Plan& plan, std::vector<Diagnostic>& out) { ClaimCheck(plan, out).run(); }

}  // namespace moondial
