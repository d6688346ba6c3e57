// The programs that the tests start: a loader over FakeState (`__loader FD`), one over the real
// thing (`lua FD`), one that talks nonsense (`garbage FD`), one that ends at once (`exit FD`), and
// an engine (`engine ROOT`) that runs an endless attempt on each of two lanes, says so on stdout,
// and waits to be killed.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lua/channel.h"
#include "lua/host.h"
#include "lua/loader.h"
#include "tests/lua/collect.h"
#include "tests/lua_host/fake_state.h"
#include "uv/uv_loop.h"

namespace moondial {
namespace {

int garbage_main(int fd) {
  FrameWriter writer;
  static_cast<void>(writer.add("\x7fgarbage"));
  writer.send(fd);
  while (true) ::pause();
}

class Quiet final : public ScriptListener {
 public:
  explicit Quiet(int& talking) : talking_(talking) {}
  void on_command(ScriptCommand) override {
    if (--talking_ == 0) std::puts("ready");
    std::fflush(stdout);
  }
  void on_await(ScriptAwait) override {}
  void on_cancel(uint64_t) override {}
  void on_paused(uint64_t) override {}
  void on_log(std::string_view, std::string_view) override {}
  void on_emit(const std::string&, const std::string&) override {}
  void on_progress(double, const std::string&) override {}
  void on_ended(ScriptOutcome) override {}

 private:
  int& talking_;
};

int engine_main(const std::string& root) {
  UvLoop loop;
  LuaHostOptions options;
  options.root = root;
  LuaHost host(loop, options);
  int talking = 2;
  Quiet listener(talking);
  host.load([&](Result<const Generation*> loaded) {
    for (const uint64_t number : {1, 2}) {
      ScriptAttempt attempt;
      attempt.attempt = AttemptId(number);
      attempt.name = "command";  // is never answered
      host.start((*loaded)->id, attempt, &listener);
    }
    ScriptAttempt endless;
    endless.attempt = AttemptId(3);
    endless.name = "loop";
    host.start((*loaded)->id, endless, &listener);
  });
  loop.run();
  return EXIT_FAILURE;
}

int helper_main(int argc, char** argv) {
  if (argc != 3) return EXIT_FAILURE;
  const std::string_view role = argv[1];
  if (role == "engine") return engine_main(argv[2]);
  const int fd = std::atoi(argv[2]);
  if (role == "garbage") return garbage_main(fd);
  LoaderParts parts{make_fake_state, [] { return std::make_unique<UvLoop>(); }};
  if (role == "lua") {
    parts.make_state = [](ScriptOptions options) {
      options.prepare = collect_as_told;
      return make_script_state(std::move(options));
    };
  }
  if (role != "lua" && role != "__loader") return 7;
  return loader_main(fd, parts);
}

}  // namespace
}  // namespace moondial

int main(int argc, char** argv) { return moondial::helper_main(argc, argv); }
