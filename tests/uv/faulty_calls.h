#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "uv/file_calls.h"

namespace moondial {

/// The engine's death between two calls of the system.
struct Crash {};

/// The real calls, but for what a test wants of them. Every call is one step, and those that a
/// crash can leave half done are two.
class FaultyCalls : public FileCalls {
 public:
  int crash_before = -1;         ///< the step at which to throw a Crash
  int fail_at = -1;              ///< the step to refuse
  int error = EIO;               ///< with which
  int refuse_exchange = 0;       ///< with which errno, if not 0
  int steps = 0;                 ///< so far
  std::vector<std::string> log;  ///< the names of the calls, where they are about a path with it

  int rename(const std::string& from, const std::string& to) override {
    return begins("rename " + to) ? FileCalls::rename(from, to) : error;
  }
  int exchange(const std::string& one, const std::string& other) override {
    if (!begins("exchange " + other)) return error;
    return refuse_exchange != 0 ? refuse_exchange : FileCalls::exchange(one, other);
  }
  int link(const std::string& from, const std::string& to) override {
    return begins("link " + to) ? FileCalls::link(from, to) : error;
  }
  int make_directory(const std::string& path) override {
    return begins("make " + path) ? FileCalls::make_directory(path) : error;
  }
  int remove_directory(const std::string& path) override {
    return begins("remove " + path) ? FileCalls::remove_directory(path) : error;
  }
  int set_mode(const std::string& path, mode_t mode) override {
    return begins("mode " + path) ? FileCalls::set_mode(path, mode) : error;
  }
  int write_file(const std::string& path, const std::string& text) override {
    if (!begins("write")) return error;
    static_cast<void>(FileCalls::write_file(path, text.substr(0, text.size() - 2)));
    return begins("write the rest") ? FileCalls::write_file(path, text) : error;
  }
  Status make_durable(std::span<const std::string> paths, std::span<const std::string>) override {
    for (const std::string& path : paths) {  // the disk itself is left in peace
      if (!std::filesystem::exists(path)) return {Code::kIo, "sync of nothing: " + path};
    }
    return begins("sync") ? Status() : Status(Code::kIo, "the disk is gone");
  }
  Status remove_tree(const std::string& path) override {
    if (!std::filesystem::exists(std::filesystem::symlink_status(path))) return {};
    if (!begins("remove " + path)) return {Code::kIo, "the disk is gone"};
    if (steps == crash_before) remove_every_second_file(path);
    return begins("remove the rest") ? FileCalls::remove_tree(path)
                                     : Status(Code::kIo, "the disk is gone");
  }

 private:
  bool begins(const std::string& call) {
    if (steps == crash_before) throw Crash{};
    log.push_back(call);
    return steps++ != fail_at;
  }

  static void remove_every_second_file(const std::string& path) {
    bool is_second = false;
    std::error_code ignored;  // what may not be removed stays
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (!entry.is_directory() && (is_second = !is_second)) {
        std::filesystem::remove(entry.path(), ignored);
      }
    }
  }
};

}  // namespace moondial
