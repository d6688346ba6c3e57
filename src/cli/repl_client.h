#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/http_client.h"
#include "cli/session.h"

namespace moondial {

/// What is typed, and how its values are to be shown.
struct ReplInput {
  std::string text;
  int line = 1;
  bool completes = false;
  bool json = false;
  bool colour = false;
  int columns = 0;  ///< 0: it is not for a terminal
};

/// What came of it.
struct ReplResult {
  std::string kind;  ///< "values", "incomplete", "error", "interrupted", "completion"
  std::vector<std::string> texts;
  std::string error;
  size_t replaced = 0;
};

/// A session with the engine, from the side of who types. The code asks what it needs of the engine
/// by way of us: we send the requests, as any command does. When the engine has gone, the session
/// goes on with another one, and says that what was assigned is gone.
class ReplClient {
 public:
  struct Output {
    std::function<void(const std::string& text)> print;
    std::function<void(const std::string& text)> notice;  ///< about the session
  };
  /// `session` outlives it.
  ReplClient(Session& session, Output output);

  /// What ends an input: when `fd` is readable, `interrupted` is asked.
  void interrupt_by(int fd, std::function<bool()> interrupted);

  /// An error says that no engine could be talked to.
  [[nodiscard]] Result<ReplResult> input(const ReplInput& input);
  /// Takes what the session says by itself.
  void listen();

 private:
  Status open();
  [[nodiscard]] Result<ApiResponse> post(const std::string& what, const std::string& body);
  [[nodiscard]] Result<ReplResult> follow();
  std::optional<ReplResult> take(const SseEvent& event);
  void answer(const std::string& question);

  Session& session_;
  const Output output_;
  HttpStream stream_;
  int interrupt_fd_ = -1;
  std::function<bool()> interrupted_;
  uint64_t number_ = 0;  // of the session
  bool used_ = false;    // something was evaluated in it
};

}  // namespace moondial
