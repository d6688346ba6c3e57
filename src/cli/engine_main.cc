#include "cli/engine_main.h"

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>
#include <utility>

#ifdef MOONDIAL_CHECK_DESCRIPTORS
#include "cli/descriptor_check.h"
#endif
#include "base/zone.h"
#include "cli/engine_launcher.h"
#include "cli/engine_log.h"
#include "cli/lock_wait.h"
#include "cli/project_lock.h"
#include "cli/service_manager.h"
#include "cli/tcp_door.h"
#include "cli/version.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "http/http_server.h"
#include "lua/host.h"
#include "lua/loader.h"
#include "lua/script_state.h"
#include "store/sqlite_store.h"
#include "store/task_reader.h"
#include "uv/file_system_space.h"
#include "uv/file_targets.h"
#include "uv/glob_watch.h"
#include "uv/tree_watch.h"
#include "uv/uv_loop.h"
#include "uv/uv_process_runner.h"

namespace moondial {
namespace {

using std::chrono::seconds;

/// How long an engine waits for its first client.
constexpr Duration kFirstClientBound = seconds(10);
/// How long clients may take to read the last answers.
constexpr Duration kDrainBound = seconds(5);
/// Exit status when the record cannot be trusted any more.
constexpr int kFatalExit = 70;
/// Exit status when it cannot be as it was told to be.
constexpr int kUsageExit = 2;

/// Tells the client that started this engine how that went.
class ReadyPipe {
 public:
  explicit ReadyPipe(int fd) : fd_(fd) {}
  ~ReadyPipe() { say(""); }
  void say(const std::string& text) {
    if (fd_ < 0) return;
    for (size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(fd_, text.data() + done, text.size() - done);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

EngineOptions engine_options(const EngineMainOptions& options, const std::string& state_dir,
                             const Clock& clock) {
  EngineOptions out;
  out.info.version = kVersion;
  out.info.root = options.root;
  out.info.kind = options.stays ? "serve" : "run";
  out.info.pid = ::getpid();
  out.info.started = clock.utc();
  out.info.timezone = "local";
  out.state_dir = state_dir;
  out.host_name = host_name();
  out.default_jobs =
      options.jobs.value_or(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  out.memory_bytes = ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
  out.seed = std::random_device()();
  out.environment = clean_environment();
  out.deliver = {"/proc/self/exe", "__deliver"};
  out.tell = [](const std::string& text) { spdlog::info("{}", text); };
  out.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  return out;
}

LuaHostOptions host_options(const std::string& root) {
  LuaHostOptions out;
  out.root = root;
  out.lanes = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  return out;
}

/// The parts of a project's engine, put together; its socket is served from the start on.
class ProjectEngine {
 public:
  ProjectEngine(UvLoop& loop, std::unique_ptr<SqliteStore> store, UvProcessRunner& runner,
                std::unique_ptr<LuaHost> scripts, FileTargets& targets, EngineOptions options)
      : loop_(loop),
        store_(std::move(store)),
        scripts_(std::move(scripts)),
        arrivals_(loop, options.info.root),
        engine_({loop, *store_, runner, *scripts_, targets, &space_, &arrivals_},
                with_config(std::move(options))) {
    store_->on_fatal([](const Status& why) {
      spdlog::critical("the record cannot be written: {}; the engine stops", why.error().message);
      ::_exit(kFatalExit);
    });
  }

  /// Fires schedules from now on, and is there until it is told to end. `listen` is where, if the
  /// command line says it. Where it cannot listen there, it ends, and `begun` is not called.
  void stay(const std::optional<std::string>& listen, std::function<void()> begun) {
    first_client_.reset();
    door_.emplace(
        *server_, engine_.info().root, listen,
        [](const std::string& text) { spdlog::info("{}", text); },
        [](const std::string& text) { spdlog::warn("{}", text); });
    if (listen) take_http(HttpConfig());
    watchdog_.emplace(loop_);
    auto watch = TreeWatch::start(loop_, engine_.info().root, [this] {
      scripts_->start_ahead();  // beside the wait for quiet files, and their reading
      engine_.files_changed();
    });
    if (watch.ok()) {
      watch_ = std::move(watch).value();
    } else {
      spdlog::warn("{}; `moondial reload` loads what has changed", watch.error().message);
    }
    engine_.stay([this, begun = std::move(begun)] {
      if (exit_status_ == 0) begun();
    });
  }

  /// Of the configuration that is in force.
  void take_http(const HttpConfig& http) {
    if (!door_ || exit_status_ != 0) return;
    const Status opened = door_->take(http);
    if (opened.ok()) return;
    spdlog::error("{}", opened.error().message);
    exit_status_ = kUsageExit;
    loop_.post([this] { hand_over(); });
  }
  /// Not 0: it has ended because it could not be as it was told to be.
  [[nodiscard]] int exit_status() const { return exit_status_; }

  void resume(const std::vector<RunId>& runs, std::function<void()> done) {
    engine_.resume(runs, std::move(done));
  }

  Status serve(const std::string& socket_path) {
    auto server = HttpServer::listen(loop_, engine_, socket_path);
    if (!server.ok()) return server.error();
    server_ = std::move(server).value();
    engine_.on_idle([this] { end(); });
    engine_.on_way_free([this] { hand_over(); });
    first_client_ =
        loop_.timer(loop_.mono() + kFirstClientBound, [this] { engine_.end_if_idle(); });
    signals_.push_back(loop_.on_signal(SIGINT, [this] { asked_to_end(); }));
    signals_.push_back(loop_.on_signal(SIGTERM, [this] {
      if (watchdog_ && !asked_) return hand_over();  // it stays
      asked_to_end();
    }));
    signals_.push_back(loop_.on_signal(SIGHUP, [] {}));
    return Status();
  }

  void close() {
    door_.reset();
    server_.reset();
    scripts_->close();
    store_->close();
  }

  /// It has left what runs to the next engine.
  [[nodiscard]] bool handed_over() const { return handed_over_; }
  Status end_unadopted() { return engine_.end_unadopted(); }

 private:
  EngineOptions with_config(EngineOptions options) {
    options.on_config = [this](const ProjectConfig& config) { take_http(config.http); };
    return options;
  }

  /// What a service manager restarts goes on where it is.
  void hand_over() {
    asked_ = true;
    spdlog::info("ends: what runs is left to the next engine");
    tell_service_manager("STOPPING=1");
    engine_.hand_over([this] {
      handed_over_ = true;
      signals_.clear();
      watchdog_.reset();
      watch_.reset();
      arrivals_.watch({}, {});
      loop_.stop();
    });
  }

  void asked_to_end() {
    const bool again = std::exchange(asked_, true);
    spdlog::info("asked to end{}", again ? " again: killing what runs" : "");
    tell_service_manager("STOPPING=1");
    engine_.shut_down(again);
  }

  void end() {
    first_client_.reset();
    watchdog_.reset();
    watch_.reset();
    server_->drain(kDrainBound, [this] {
      signals_.clear();
      loop_.stop();
    });
  }

  UvLoop& loop_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LuaHost> scripts_;
  const FileSystemSpace space_;
  GlobWatch arrivals_;
  Engine engine_;
  std::unique_ptr<HttpServer> server_;
  std::optional<TcpDoor> door_;
  int exit_status_ = 0;
  std::unique_ptr<Watch> first_client_;
  std::vector<std::unique_ptr<Watch>> signals_;
  std::optional<ServiceWatchdog> watchdog_;
  std::unique_ptr<TreeWatch> watch_;
  bool asked_ = false;
  bool handed_over_ = false;
};

int fail(ReadyPipe& ready, const Error& error) {
  spdlog::error("{}", error.message);
  ready.say(error.message + "\n");
  return 1;
}

/// With the lock held.
int run_engine(const EngineMainOptions& options, const std::string& state_dir, ProjectLock& lock,
               ReadyPipe& ready) {
  UvLoop loop;
  auto scripts = std::make_unique<LuaHost>(loop, host_options(options.root));
  scripts->start_ahead();
  auto store = SqliteStore::open(loop, state_dir + "/moondial.db");
  if (!store.ok()) return fail(ready, store.error());
  UvProcessRunner runner(loop, state_dir);
  FileTargets targets;
  auto recovered =
      recover(**store, targets, runner, loop, {state_dir, host_name(), lock.was_left(), true});
  if (!recovered.ok()) return fail(ready, recovered.error());
  if (recovered->closed_runs > 0 || recovered->lost_attempts > 0 ||
      recovered->ended_processes > 0) {
    spdlog::warn(
        "an engine ended unexpectedly: ended {} processes, completed {} attempts, {} are "
        "lost, closed {} runs",
        recovered->ended_processes, recovered->finished_attempts, recovered->lost_attempts,
        recovered->closed_runs);
  }
  EngineOptions made = engine_options(options, state_dir, loop);
  made.hold = options.stays;
  made.held = std::move(recovered->held);
  ProjectEngine engine(loop, std::move(store).value(), runner, std::move(scripts), targets,
                       std::move(made));
  // Nothing is asked of it before it goes on with what there was.
  Status serving;
  engine.resume(recovered->kept_runs, [&] {
    if (const Status ended = engine.end_unadopted(); !ended.ok()) {
      spdlog::error("{}", ended.error().message);
    }
    serving = engine.serve(state_dir + "/engine.sock");
    if (!serving.ok()) return loop.stop();
    ready.say("ready\n");
    // The zones' database, which the first text of a time needs, while the client makes its
    // request.
    (void)Zone::find("local");
    if (!options.stays) return;
    engine.stay(options.listen, [&options] {
      spdlog::info("moondial {} serves {}", kVersion, options.root);
      tell_service_manager("READY=1");
    });
  });
  loop.run();
  if (engine.handed_over()) runner.leave_held();
  engine.close();
  if (engine.handed_over())
    return engine.exit_status();  // as if it had been killed: the next one looks for all
  if (!serving.ok()) return fail(ready, serving.error());
  lock.ended_in_order();
  return 0;
}

}  // namespace

int engine_main(const EngineMainOptions& options) {
  ::prctl(PR_SET_NAME, "moondial-engine");  // what top and pgrep show
  ReadyPipe ready(options.ready_fd);
  const std::string state_dir = options.root + "/.moondial";
  set_up_log(options.stays ? state_dir + "/engine.log" : "");
  auto lock = options.stays ? wait_for_lock(state_dir) : ProjectLock::take(state_dir);
  if (!lock.ok()) {
    if (options.stays || lock.error().code != Code::kConflict) return fail(ready, lock.error());
    ready.say("held\n");
    return 0;
  }
#ifdef MOONDIAL_CHECK_DESCRIPTORS
  const DescriptorCheck descriptors;
  const int status = run_engine(options, state_dir, *lock, ready);
  descriptors.at_end();
  return status;
#else
  return run_engine(options, state_dir, *lock, ready);
#endif
}

int loader_entry(int fd) {
  LoaderParts parts;
  parts.make_state = [](ScriptOptions options) {
    options.open_records = [root = options.root] {
      return open_task_records(root + "/.moondial/moondial.db");
    };
    return make_script_state(std::move(options));
  };
  parts.make_loop = [] { return std::make_unique<UvLoop>(); };
  return loader_main(fd, parts);
}

}  // namespace moondial
