#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace moondial {

/// Why something that may fail did fail. Persisted nowhere; shown nowhere.
enum class Code {
  kInvalid,      ///< the caller's input is wrong: usage, a declaration, a parameter
  kNotFound,     ///< the named thing does not exist
  kConflict,     ///< it exists already, or somebody else holds it
  kIo,           ///< the operating system refused
  kUnavailable,  ///< not now: no engine, shutting down, disk full
  kCancelled,
  kCorrupt,   ///< stored data does not make sense
  kInternal,  ///< a broken promise between our own parts
};

/// One problem in a user's file, as `check`, `run` and the API report it.
struct Diagnostic {
  std::string file;  ///< relative to the project root; empty if there is none
  int line = 0;      ///< from 1; 0 if unknown
  std::string message;
  std::string hint;  ///< the way out; may be empty

  /// `file:line: message (hint)`, leaving out what is missing.
  [[nodiscard]] std::string text() const;
  bool operator==(const Diagnostic&) const = default;
};

/// An expected failure: a code, a message for a person and, where they exist, places in the
/// user's files.
struct Error {
  Code code = Code::kInternal;
  std::string message;
  std::vector<Diagnostic> diagnostics;  ///< may be empty
};

/// Success or an Error. Cheap when ok.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}
  Status(Code code, std::string message) : error_(Error{code, std::move(message), {}}) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  /// Only if !ok().
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

/// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result(Code code, std::string message)
      : state_(std::in_place_index<1>, Error{code, std::move(message), {}}) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  /// Only if ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  /// Only if !ok().
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }
  [[nodiscard]] Status status() const { return ok() ? Status() : Status(error()); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace moondial
