#pragma once

#include <cstdint>

// What an engine and the holder of a command say to each other, over a stream of messages, and what
// stands in the file that tells of a held command. A holder lives as long as its command: it may be
// of another version of moondial than the engine that takes the command over. So what is said here
// stays as it is; whoever must change it counts kVersion up, and knows what to do with older ones.

namespace moondial::hold {

constexpr uint64_t kVersion = 1;

/// Descriptors that a holder is started with.
constexpr int kSocket = 3;     ///< to the engine that starts it
constexpr int kFile = 4;       ///< <state>/held/<attempt>, locked: its life sign
constexpr int kOrder = 5;      ///< what to start
constexpr int kDirectory = 6;  ///< <state>/held, where it listens at <attempt>.sock
constexpr int kProgram = 7;    ///< what it was executed from
constexpr int kDescriptors = 8;

/// Before each message; `length` bytes follow it.
struct Header {
  uint32_t kind = 0;
  uint32_t length = 0;
  uint64_t value = 0;
  uint64_t more = 0;
};
constexpr uint32_t kLongest = 1 << 20;  ///< of what follows a header

// To the holder.
constexpr uint32_t kStop = 1;    ///< TERM now, KILL after `value` milliseconds
constexpr uint32_t kLogged = 2;  ///< so many bytes are kept in `more` lines: they may be forgotten
constexpr uint32_t kTaken = 3;   ///< all that it has is known: it may go
// From it.
constexpr uint32_t kHello = 16;    ///< `value`: kVersion, `more`: id of the command's process; then
                                   ///< a Position, and its secrets, NUL after each
constexpr uint32_t kRefused = 17;  ///< the command cannot be started: `value` is the errno
constexpr uint32_t kOutput = 18;   ///< of the command, from byte `value` on
constexpr uint32_t kEnded = 19;  ///< nothing of the command is left: its exit line, then a line for
                                 ///< each process that was left behind and ended

/// Up to where its output is kept, as kLogged said last.
struct Position {
  uint64_t bytes = 0;
  uint64_t lines = 0;
};

// The file. Its first line is the engine's, `moondial-held <version> <boot id>`; the second is the
// holder's, `pid <process of the command>`. When nothing of the command is left, it adds the exit
// line, `exit <code> <signal> <cpu µs> <peak bytes> <wall µs>`, and when it has handed all output
// on and goes, `done`. None of it is synced: what a command wrote before a power cut is not either,
// so in another boot its exit says nothing.
constexpr const char* kFirstWord = "moondial-held";
constexpr const char* kPidWord = "pid";
constexpr const char* kExitWord = "exit";
constexpr const char* kDoneLine = "done";

}  // namespace moondial::hold
