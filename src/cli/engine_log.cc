#include "cli/engine_log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace moondial {
namespace {

constexpr size_t kMostBytes = size_t{10} << 20;
constexpr size_t kOlderFiles = 4;

}  // namespace

void set_up_log(const std::string& file) {
  std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  std::string problem;
  if (!file.empty()) {
    try {
      sinks.push_back(
          std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, kMostBytes, kOlderFiles));
    } catch (const spdlog::spdlog_ex& error) {
      problem = error.what();  // standard error is left
    }
  }
  // No colour and no buffering.
  auto log = std::make_shared<spdlog::logger>("engine", sinks.begin(), sinks.end());
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
  if (!problem.empty()) spdlog::warn("{}", problem);
}

}  // namespace moondial
