// Exit code 0: this Lua is fit for moondial. See probe.h.
#include <cstdio>

#include "probe.h"

int main() {
  using namespace moondial::lua_probe;
  for (const std::string& complaint :
       {concat_survives_a_moving_stack(), errors_unwind_destructors()}) {
    if (!complaint.empty()) {
      std::fprintf(stderr, "%s\n", complaint.c_str());
      return 1;
    }
  }
  return 0;
}
