#pragma once

#include <microhttpd.h>

#include "late_library.h"

namespace moondial {

/// The calls of libmicrohttpd that are used here, without their prefix.
// It never agrees with itself about such a list.
// clang-format off
#define MOONDIAL_LIBMICROHTTPD_CALLS(X) \
  X(add_connection) X(add_response_header) X(create_response_from_buffer) \
  X(create_response_from_callback) X(destroy_response) X(get_connection_info) \
  X(get_connection_values) X(get_daemon_info) X(get_timeout) X(http_unescape) \
  X(queue_response) X(resume_connection) X(run) X(set_connection_option) X(start_daemon) \
  X(stop_daemon) X(suspend_connection)
// clang-format on

/// libmicrohttpd, as a table of its calls. Types and constants are those of <microhttpd.h>.
class LibMicrohttpd {
#define MOONDIAL_CALL(name) decltype(&::MHD_##name) name;

 public:
  MOONDIAL_LIBMICROHTTPD_CALLS(MOONDIAL_CALL)
#undef MOONDIAL_CALL

 private:
  friend const LibMicrohttpd& libmicrohttpd();
  explicit LibMicrohttpd(const LateLibrary& library);
};

/// Loads it at the first call; then it stays. Any thread.
const LibMicrohttpd& libmicrohttpd();

}  // namespace moondial
