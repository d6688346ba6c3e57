#pragma once

namespace moondial {

/// A shared library that is loaded when it is first asked for, and stays for the life of the
/// process. For libraries that bring two dozen others along and are needed by few commands: the
/// dynamic linker would load them before main(), each time. The binary is linked without it.
class LateLibrary {
 public:
  /// `name` as for dlopen(3): a soname, or a path. Any thread. What cannot be loaded ends the
  /// process with a message and exit status 127, as the dynamic linker does.
  explicit LateLibrary(const char* name);
  LateLibrary(const LateLibrary&) = delete;
  LateLibrary& operator=(const LateLibrary&) = delete;

  /// The address of a function; one that is not there ends the process in the same way.
  template <typename Function>
  [[nodiscard]] Function find(const char* symbol) const {
    return reinterpret_cast<Function>(address(symbol));
  }

 private:
  [[nodiscard]] void* address(const char* symbol) const;

  void* handle_;
};

}  // namespace moondial
