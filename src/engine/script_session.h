#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/status.h"

namespace moondial {

/// Code that a person types, or a line that is to be completed.
struct SessionInput {
  std::string text;
  int line = 1;            ///< that the text begins at, for errors
  bool completes = false;  ///< `text` is a line up to the cursor
  bool json = false;       ///< each value is one line of JSON
  bool colour = false;
  int columns = 80;  ///< of what is shown
};

/// What code asks of whoever typed it: a request to the API, which they make as any other. An empty
/// path asks nothing but whether what was printed has been taken.
struct SessionQuestion {
  uint64_t request = 0;  ///< the code's own number of it, for the answer
  std::string method;
  std::string path;  ///< beneath /api/v1/
  std::string body;  ///< JSON; may be empty
  /// The body is to say the environment of who asks, as that of a run does.
  bool environment = false;
};
struct SessionAnswer {
  int status = 0;
  std::string body;
};

/// What came of an input.
struct SessionResult {
  enum class Kind : uint8_t {
    kValues,       ///< `texts`: one for each
    kIncomplete,   ///< more is to come
    kError,        ///< `error`
    kInterrupted,  ///< by interrupt()
    kCompletion,   ///< `texts` may stand in place of the last `replaced` bytes
  };
  Kind kind = Kind::kValues;
  std::vector<std::string> texts;
  std::string error;
  uint64_t replaced = 0;
  bool keeps_variables = false;  ///< something was assigned that a new lane would not know
};

/// Who reads a session. Valid until on_ended() or close().
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void on_print(std::string_view text) = 0;
  virtual void on_question(SessionQuestion question) = 0;
  virtual void on_result(SessionResult result) = 0;  ///< the input is done
  /// Its lane is gone, and with it all that was assigned. The last call.
  virtual void on_ended(const std::string& why) = 0;
};

/// Sessions of scripts: each on a lane of its own, in bounded memory, so that nothing that is typed
/// harms anything else. Loop thread only; every callback comes later, never from inside a call.
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  /// Opens a session of a pinned or current generation, which is to be pinned as long.
  virtual uint64_t open(GenerationId generation, SessionListener* listener) = 0;
  /// One at a time.
  virtual void input(uint64_t session, SessionInput input) = 0;
  virtual void answer(uint64_t session, uint64_t request, Result<SessionAnswer> answer) = 0;
  /// Ends the input with kInterrupted. A lane that does not answer within a bound is ended.
  virtual void interrupt(uint64_t session) = 0;
  /// No callback comes any more. Nothing if it is gone.
  virtual void close(uint64_t session) = 0;
};

}  // namespace moondial
