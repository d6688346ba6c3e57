#include "lua/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace moondial {
namespace {

constexpr size_t kHeader = 4;
constexpr size_t kReadSize = size_t{64} << 10;  // at least
constexpr size_t kMaxPart = size_t{1} << 20;    // of gathered messages; a longer one stands alone
constexpr size_t kMaxPassed = 4;                // descriptors that one call can receive
constexpr int kReadsPerTurn = 8;                // so that one busy channel does not starve others

size_t frame_size(const char* header) {
  std::array<unsigned char, kHeader> raw{};
  std::memcpy(raw.data(), header, kHeader);
  size_t size = 0;
  for (size_t i = kHeader; i-- > 0;) size = size << 8 | raw[i];
  return size;
}

void keep_fds(msghdr& header, std::deque<Descriptor>& kept) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      kept.emplace_back(fd);
    }
  }
}

}  // namespace

void Descriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<std::pair<Descriptor, Descriptor>> make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return Error{Code::kIo, std::string("cannot make a socket: ") + std::strerror(errno), {}};
  }
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

// --- FrameReader ---

void FrameReader::make_room() {
  const size_t used = end_ - begin_;
  if (used == 0) begin_ = end_ = 0;
  const bool bloated = used == 0 && capacity_ > 16 * kReadSize;
  if (!bloated && capacity_ - end_ >= kReadSize) return;
  if (!bloated && capacity_ >= used + kReadSize && begin_ >= used) {
    std::memcpy(bytes_.get(), bytes_.get() + begin_, used);
  } else {
    capacity_ = std::max(4 * kReadSize, 2 * used);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity_);
    if (used > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, used);
    bytes_ = std::move(bytes);
  }
  begin_ = 0;
  end_ = used;
}

FrameReader::Received FrameReader::receive(int fd) {
  make_room();
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxPassed * sizeof(int))> control{};
  iovec part{bytes_.get() + end_, capacity_ - end_};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = -1;
  do {
    got = ::recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return Received::kNothing;
  if (got <= 0) return Received::kClosed;
  keep_fds(header, fds_);
  end_ += static_cast<size_t>(got);
  return Received::kSome;
}

Result<std::optional<std::string_view>> FrameReader::next() {
  if (end_ - begin_ < kHeader) return std::optional<std::string_view>();
  const size_t size = frame_size(bytes_.get() + begin_);
  if (size > kMaxFrame) {
    return Error{Code::kCorrupt, "a message of " + std::to_string(size) + " bytes", {}};
  }
  if (end_ - begin_ < kHeader + size) return std::optional<std::string_view>();
  const std::string_view message(bytes_.get() + begin_ + kHeader, size);
  begin_ += kHeader + size;
  return std::optional(message);
}

Descriptor FrameReader::take_fd() {
  if (fds_.empty()) return Descriptor();
  Descriptor fd = std::move(fds_.front());
  fds_.pop_front();
  return fd;
}

// --- FrameWriter ---

Status FrameWriter::add(std::string_view message, Descriptor passed) {
  if (message.size() > kMaxFrame) {
    return Status(Code::kInvalid, "a message of " + std::to_string(message.size() >> 20) +
                                      " MiB is longer than " + std::to_string(kMaxFrame >> 20) +
                                      " MiB");
  }
  const bool joins = !passed && !parts_.empty() && !parts_.back().passed &&
                     parts_.back().bytes.size() + message.size() <= kMaxPart;
  if (!joins) parts_.emplace_back();
  Part& part = parts_.back();
  for (size_t i = 0; i < kHeader; ++i) {
    part.bytes.push_back(static_cast<char>(message.size() >> (8 * i) & 0xff));
  }
  part.bytes.append(message);
  part.passed = std::move(passed);
  unsent_ += kHeader + message.size();
  return Status();
}

FrameWriter::Sent FrameWriter::send(int fd) {
  while (!parts_.empty()) {
    Part& part = parts_.front();
    iovec bytes{part.bytes.data() + part.sent, part.bytes.size() - part.sent};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (part.passed) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      cmsghdr* const c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      const int passed = part.passed.get();
      std::memcpy(CMSG_DATA(c), &passed, sizeof(int));
    }
    const ssize_t sent = ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return Sent::kBlocked;
    if (sent < 0) {
      parts_.clear();
      unsent_ = 0;
      return Sent::kClosed;
    }
    part.passed.reset();
    part.sent += static_cast<size_t>(sent);
    unsent_ -= static_cast<size_t>(sent);
    if (part.sent == part.bytes.size()) parts_.pop_front();
  }
  return Sent::kAll;
}

// --- Channel ---

Channel::Channel(EventLoop& loop, Descriptor socket, Events events)
    : loop_(loop), socket_(std::move(socket)), events_(std::move(events)) {
  watch_ = loop_.watch(socket_.get(), {.readable = true, .writable = false},
                       [this](Readiness readiness) { ready(readiness); });
}

Channel::~Channel() { *alive_ = false; }

Status Channel::send(std::string_view message, Descriptor passed) {
  if (!socket_) return Status();
  Status added = writer_.add(message, std::move(passed));
  if (!added.ok() || flush_pending_ || blocked_) return added;
  flush_pending_ = true;
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    flush_pending_ = false;
    send_now();
  });
  return added;
}

void Channel::flush() {
  if (!blocked_ && writer_.unsent() > 0) send_now();
}

void Channel::send_now() {
  if (!socket_) return;
  const bool was_blocked = blocked_;
  // If the other end is gone, reading will tell, after what it still had to say.
  blocked_ = writer_.send(socket_.get()) == FrameWriter::Sent::kBlocked;
  if (blocked_ != was_blocked) watch_->set_interest({.readable = true, .writable = blocked_});
  if (!blocked_ && events_.on_drained) events_.on_drained();
}

void Channel::ready(Readiness readiness) {
  if (readiness.writable && blocked_) send_now();
  if (!readiness.readable) return;
  for (int i = 0; i < kReadsPerTurn && read(); ++i) {
  }
}

void Channel::drain() {
  while (read()) {
  }
}

/// False if there is no more to read, now or ever.
bool Channel::read() {
  if (!socket_) return false;
  switch (reader_.receive(socket_.get())) {
    case FrameReader::Received::kNothing:
      return false;
    case FrameReader::Received::kClosed:
      close(Status());
      return false;
    case FrameReader::Received::kSome:
      return hand_over();
  }
  return false;
}

bool Channel::hand_over() {
  while (socket_) {
    const auto message = reader_.next();
    if (!message.ok()) {
      close(message.status());
      return false;
    }
    if (!*message) return true;
    events_.on_message(**message);
  }
  return false;
}

void Channel::shut() {
  watch_.reset();
  socket_.reset();
}

void Channel::close(Status why) {
  shut();
  events_.on_closed(std::move(why));
}

}  // namespace moondial
