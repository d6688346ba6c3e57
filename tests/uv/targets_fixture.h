#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/uv/temp_dir.h"
#include "uv/file_targets.h"

namespace moondial {

/// As a user who may not do everything, if we are root.
class AsNobody {
 public:
  AsNobody() {
    if (::geteuid() == 0) REQUIRE(::seteuid(65534) == 0);
  }
  ~AsNobody() {
    if (::getuid() == 0) static_cast<void>(::seteuid(0));
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

struct TargetsFixture {
  TempDir dir;
  FileTargets targets;

  std::vector<StagedOutput> stage(std::vector<std::string> finals, uint64_t attempt = 5) {
    auto staged = targets.stage(AttemptId(attempt), finals);
    if (!staged.ok()) FAIL(staged.error().message);
    return std::move(staged).value();
  }
  Error refused(std::vector<std::string> finals) {
    auto staged = targets.stage(AttemptId(5), finals);
    if (staged.ok()) FAIL("staged");
    return staged.error();
  }
  void publish(const std::vector<StagedOutput>& outputs) {
    const Status synced = targets.sync(outputs);
    if (!synced.ok()) FAIL(synced.error().message);
    const Status published = targets.publish(outputs);
    if (!published.ok()) FAIL(published.error().message);
  }
  /// Names in `path` beneath dir, sorted.
  std::vector<std::string> names(const std::string& path) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir / path)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace moondial
