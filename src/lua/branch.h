#pragma once

#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lua/script_state.h"
#include "lua/state.h"

namespace moondial::script {

struct BranchGroup;

/// An error for people: `details` are the failing line, the values of its variables and the user's
/// frames; empty or begins with a line break.
struct Failure {
  std::string message;
  std::string details;
};

/// One coroutine of a job, with what it waits for. A job begins with one; `all` adds more.
struct Branch {
  enum class Wait : uint8_t {
    kNone,      ///< it can go on
    kCommand,   ///< its end; also when it was cancelled
    kAwait,     ///< awaited tasks
    kTime,      ///< sleep
    kHttp,      ///< a server's answer
    kClient,    ///< the answer of who typed it
    kBranches,  ///< those that it started with `all`
  };

  /// Makes an empty coroutine; `hook` is called at every `interval` instructions in it.
  Branch(lua_State* of, lua_Hook hook, int interval);
  ~Branch();
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  /// Closes the coroutine and the user's own ones that it was suspended in: their <close>
  /// variables run.
  void close();

  lua_State* const main;
  lua_State* const thread;
  int arguments = 0;  ///< on the thread's stack, for its first resume
  Wait wait = Wait::kNone;
  uint64_t request = 0;  ///< that it waits for
  std::optional<Result<ScriptAnswer>> answer;
  std::vector<lua_State*> suspended_in;  ///< innermost first; valid while suspended
  bool can_suspend = true;               ///< through all coroutines that it has resumed
  bool cancelled = false;                ///< not to be resumed again
  bool ended = false;
  BranchGroup* group = nullptr;           ///< that it belongs to; none: the job's first branch
  size_t place = 0;                       ///< in its group, from 1
  std::unique_ptr<BranchGroup> children;  ///< while it waits for them, and until it took them

 private:
  int reference_;
};

/// The branches of one `all`.
struct BranchGroup {
  BranchGroup(lua_State* of, Branch& starter) : main(of), parent(starter) {}
  ~BranchGroup();
  BranchGroup(const BranchGroup&) = delete;
  BranchGroup& operator=(const BranchGroup&) = delete;

  lua_State* const main;
  Branch& parent;
  std::vector<std::unique_ptr<Branch>> branches;
  size_t open = 0;          ///< branches that have not ended
  int results = LUA_NOREF;  ///< a table: place → first result
  bool failed = false;      ///< one raised `error`; the others were cancelled
  int error = LUA_NOREF;    ///< its value
  Failure failure;          ///< the same for people
};

}  // namespace moondial::script
