#pragma once

#include <string>

namespace moondial {

/// A project's tasks: `count` commands, t.0 …, each with an output, all wanted by a run of t.all.
/// Each leaves processes behind, and appends lines to `<dir>/trace/<task>`: "start", "end", and
/// "overlap" if any process of another attempt of it was still there.
struct NightTasks {
  std::string dir;
  int count = 1;
  int lines = 20;           ///< that each says, `1` … one after the other
  std::string pause = "0";  ///< between them, as sleep(1) reads it
};

/// Is the engine of that project until t.all is done: with the real record, files, processes and
/// loop, and without Lua. Takes over what an earlier one left. Its exit status: 0 if all is done, 1
/// if some task has failed, 2 if it cannot work.
[[noreturn]] void be_engine(const NightTasks& night);

}  // namespace moondial
