#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "engine/event_loop.h"

namespace moondial {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// Both ends of a stream socket, nonblocking, closed on exec.
[[nodiscard]] Result<std::pair<Descriptor, Descriptor>> make_socket_pair();

/// Longest message. Its bytes follow its length (4 bytes, little endian) on the stream.
inline constexpr size_t kMaxFrame = size_t{64} << 20;

/// Cuts what comes out of a socket into messages. Memory follows the bytes that have come, not
/// the lengths that were announced.
class FrameReader {
 public:
  enum class Received { kSome, kNothing, kClosed };
  /// Takes what is there, up to a bound, without waiting. Anything but bytes or none is kClosed.
  Received receive(int fd);

  /// The next whole message, valid until receive(); nullopt if it has not come yet. kCorrupt if
  /// it is too long: the stream is of no use any more.
  [[nodiscard]] Result<std::optional<std::string_view>> next();

  /// The oldest descriptor that came along and was not taken; none if there is none.
  [[nodiscard]] Descriptor take_fd();

 private:
  void make_room();

  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::deque<Descriptor> fds_;
};

/// Gathers messages and sends many with one call.
class FrameWriter {
 public:
  /// `passed` goes along with the message. kInvalid if it is longer than kMaxFrame.
  Status add(std::string_view message, Descriptor passed = {});

  enum class Sent { kAll, kBlocked, kClosed };
  /// Sends what the socket takes, without waiting. kClosed: the rest was thrown away.
  Sent send(int fd);

  [[nodiscard]] size_t unsent() const { return unsent_; }

 private:
  struct Part {
    std::string bytes;
    size_t sent = 0;
    Descriptor passed;
  };
  std::deque<Part> parts_;
  size_t unsent_ = 0;
};

/// Messages in both directions over a socket, on a loop. Sends what one turn of the loop has
/// gathered with one call. Not to be destroyed inside its own callbacks: shut() it there.
class Channel {
 public:
  struct Events {
    std::function<void(std::string_view message)> on_message;
    /// The other end is gone, or sends what is no message: then not ok. The last call.
    std::function<void(Status why)> on_closed;
    /// All that was to be sent is sent. May be empty.
    std::function<void()> on_drained;
  };

  Channel(EventLoop& loop, Descriptor socket, Events events);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// kInvalid if the message is longer than kMaxFrame. Silent if the other end is gone.
  Status send(std::string_view message, Descriptor passed = {});
  [[nodiscard]] size_t unsent() const { return writer_.unsent(); }
  /// Sends now what the socket takes: for a caller that may not come back to the loop.
  void flush();

  /// Hands over all that has come, at once: for the last words of an end that is gone.
  void drain();

  /// Closes the socket without on_closed; no callback comes any more.
  void shut();

 private:
  void ready(Readiness readiness);
  bool read();
  bool hand_over();
  void send_now();
  void close(Status why);

  EventLoop& loop_;
  Descriptor socket_;
  Events events_;
  FrameReader reader_;
  FrameWriter writer_;
  bool flush_pending_ = false;
  bool blocked_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<FdWatch> watch_;
};

}  // namespace moondial
