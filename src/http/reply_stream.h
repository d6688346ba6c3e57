#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace moondial {

/// An answer that comes bit by bit, and has an end or none. Loop thread only.
class ReplyStream {
 public:
  ReplyStream() = default;
  virtual ~ReplyStream() = default;
  ReplyStream(const ReplyStream&) = delete;
  ReplyStream& operator=(const ReplyStream&) = delete;

  /// Called when there is something to read again after read() returned 0.
  void on_readable(std::function<void()> callback) { on_readable_ = std::move(callback); }

  /// Takes up to `max` bytes; 0 if there are none now.
  virtual size_t read(char* to, size_t max) = 0;
  /// All was read, the end included.
  [[nodiscard]] virtual bool at_end() const = 0;
  /// How much of it is in memory for each reader, at most.
  [[nodiscard]] virtual size_t block_size() const { return size_t{32} << 10; }

 protected:
  void tell_readable() const {
    if (on_readable_) on_readable_();
  }

 private:
  std::function<void()> on_readable_;
};

/// Text that is read piece by piece.
class PendingText {
 public:
  [[nodiscard]] bool empty() const { return text_.empty(); }
  void add(std::string_view text) { text_ += text; }
  size_t read(char* to, size_t max);

 private:
  std::string text_;
  size_t taken_ = 0;
};

/// One server-sent event. `data` holds no line end; with an `id` a reader goes on from there.
[[nodiscard]] std::string sse_event(std::string_view name, std::string_view data,
                                    std::string_view id = {});
/// What keeps a connection from being taken for a dead one.
constexpr std::string_view kKeepAlive = ":\n\n";

}  // namespace moondial
