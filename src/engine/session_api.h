#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "base/status.h"
#include "engine/script_session.h"

namespace moondial {

/// What a session says to who opened it.
struct SessionEvent {
  struct Print {
    std::string text;
  };
  /// Something about the session itself, for people.
  struct Notice {
    std::string text;
  };
  /// The engine ends it: nothing more comes.
  struct Ended {
    std::string why;
  };
  std::variant<Print, Notice, SessionQuestion, SessionResult, Ended> what;
};

/// Sessions, as a client asks for them. As EngineApi.
class SessionApi {
 public:
  virtual ~SessionApi() = default;

  /// `on_event` is called until close() or Ended. kConflict: there are too many.
  virtual Result<uint64_t> open(std::function<void(const SessionEvent&)> on_event) = 0;
  /// A SessionResult follows. kConflict while the last one is under way; kNotFound (here and below)
  /// if there is no such session.
  virtual Status input(uint64_t session, SessionInput input) = 0;
  virtual Status answer(uint64_t session, uint64_t request, SessionAnswer answer) = 0;
  /// Nothing if there is no input under way.
  virtual Status interrupt(uint64_t session) = 0;
  virtual Status close(uint64_t session) = 0;
};

}  // namespace moondial
