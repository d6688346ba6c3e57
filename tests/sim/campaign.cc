// Seed after seed, in one or more processes. A seed that breaks a promise is played again with its
// trace. An assertion of the product, a crash or a hang ends the process: a signal handler tells
// the seed and has it explained by a new process.
#include "tests/sim/campaign.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tests/sim/world.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace moondial::sim {
namespace {

/// A seed takes a millisecond; under sanitizers on a busy machine much more, but never this.
constexpr unsigned kHangSeconds = 60;

struct Played {
  std::string invariant;  ///< that was broken; empty if all is well
  std::string what;
  uint64_t hash = 0;
  uint64_t steps = 0;
};

// What a signal handler needs.
const char* program_path = nullptr;
const Options* current_options = nullptr;
uint64_t current_seed = 0;
const Trace* current_trace = nullptr;  // of the seed that is explained

bool is_expected(const std::string& invariant) {
  const std::string all = "," + current_options->expect + ",";
  return all.find("," + invariant + ",") != std::string::npos;
}

void print_replay(uint64_t seed) {
  std::printf("replay: ./dev sim --seed %llu\n", static_cast<unsigned long long>(seed));
}

/// An assertion, a crash or a hang.
void crashed() {
  const auto seed = static_cast<unsigned long long>(current_seed);
  if (!current_options->expect.empty()) {
    const bool is_right = is_expected("assertion");
    std::printf("seed %llu breaks: assertion%s\n", seed, is_right ? ", as expected" : "");
    std::fflush(stdout);
    ::_exit(is_right ? 0 : 1);
  }
  if (current_trace != nullptr) {
    std::fwrite(current_trace->text().data(), 1, current_trace->text().size(), stdout);
    std::printf("seed %llu breaks: assertion (or a crash, or a hang)\n", seed);
    print_replay(current_seed);
    std::fflush(stdout);
    ::_exit(1);
  }
  const std::string number = std::to_string(current_seed);
  ::execl(program_path, program_path, "--seed", number.c_str(), nullptr);
  ::_exit(1);
}

void on_signal(int /*signum*/) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  crashed();
}

void watch_for_crashes() {
  for (const int signum : {SIGABRT, SIGALRM}) std::signal(signum, on_signal);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(crashed);
  } else {
    for (const int signum : {SIGSEGV, SIGBUS, SIGFPE}) std::signal(signum, on_signal);
  }
}

Played play_seed(uint64_t seed, bool explains) {
  current_seed = seed;
  ::alarm(kHangSeconds);
  World world(seed, explains);
  if (explains) current_trace = &world.trace();
  Played out;
  try {
    world.play();
    out.invariant = world.checks().invariant();
    out.what = world.checks().what();
  } catch (const std::exception& error) {
    out.invariant = "assertion";
    out.what = std::string("an exception: ") + error.what();
  }
  out.hash = world.trace().hash();
  out.steps = world.steps();
  if (explains) {
    std::fwrite(world.trace().text().data(), 1, world.trace().text().size(), stdout);
    current_trace = nullptr;
  }
  return out;
}

int explain(uint64_t seed) {
  const Played played = play_seed(seed, true);
  if (played.invariant.empty()) {
    std::printf("seed %llu: all is well after %llu steps\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(played.steps));
    return 0;
  }
  std::printf("seed %llu breaks: %s: %s\n", static_cast<unsigned long long>(seed),
              played.invariant.c_str(), played.what.c_str());
  print_replay(seed);
  return 1;
}

/// The seeds of one of several processes.
int play_seeds(const Options& options, uint64_t first) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  uint64_t played = 0, steps = 0;
  for (uint64_t i = first; i < options.runs; i += options.jobs) {
    if (options.seconds > 0 && seconds() > static_cast<double>(options.seconds)) break;
    const uint64_t seed = options.from + i;
    Played one = play_seed(seed, false);
    if (one.invariant.empty() && options.twice && play_seed(seed, false).hash != one.hash) {
      one.invariant = "same-decisions";
      one.what = "the same seed has led to something else";
    }
    ++played;
    steps += one.steps;
    if (options.verbose && played % 1000 == 0) {
      std::printf("%llu seeds, %.1f s\n", static_cast<unsigned long long>(played), seconds());
    }
    if (one.invariant.empty()) continue;
    if (!options.expect.empty()) {
      if (!is_expected(one.invariant)) continue;
      std::printf("seed %llu breaks: %s: %s, as expected\n", static_cast<unsigned long long>(seed),
                  one.invariant.c_str(), one.what.c_str());
      return 0;
    }
    if (one.invariant != "same-decisions") return explain(seed);
    std::printf("seed %llu breaks: same-decisions: %s\n", static_cast<unsigned long long>(seed),
                one.what.c_str());
    print_replay(seed);
    return 1;
  }
  std::printf("%llu seeds played, %llu steps, %.1f s: %s\n",
              static_cast<unsigned long long>(played), static_cast<unsigned long long>(steps),
              seconds(),
              options.expect.empty() ? "no promise was broken" : "nothing of what was expected");
  return options.expect.empty() ? 0 : 1;
}

}  // namespace

int play(const Options& options, const char* program) {
  program_path = program;
  current_options = &options;
  watch_for_crashes();
  if (options.seed) return explain(*options.seed);
  if (options.jobs == 1) return play_seeds(options, 0);
  std::vector<pid_t> children;
  for (uint64_t job = 0; job < options.jobs; ++job) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
      const int result = play_seeds(options, job);
      std::fflush(stdout);
      ::_exit(result);
    }
    if (child > 0) children.push_back(child);
  }
  bool all_well = children.size() == options.jobs;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    all_well = all_well && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return all_well ? 0 : 1;
}

}  // namespace moondial::sim
