#pragma once

#include <curl/curl.h>

#include <memory>

#include "late_library.h"

namespace moondial {

/// The calls of libcurl that are used here, without their prefix.
// It never agrees with itself about such a list.
// clang-format off
#define MOONDIAL_LIBCURL_CALLS(X) \
  X(easy_cleanup) X(easy_escape) X(easy_getinfo) X(easy_init) X(easy_perform) X(easy_reset) \
  X(easy_setopt) X(easy_strerror) X(free) X(global_cleanup) X(global_init) X(mime_addpart) \
  X(mime_data) X(mime_encoder) X(mime_free) X(mime_init) X(mime_type) X(multi_add_handle) \
  X(multi_cleanup) X(multi_info_read) X(multi_init) X(multi_perform) X(multi_poll) \
  X(multi_remove_handle) X(multi_setopt) X(multi_socket_action) X(slist_append) \
  X(slist_free_all)
// clang-format on

/// libcurl, as a table of its calls. Types and constants are those of <curl/curl.h>.
class LibCurl {
#define MOONDIAL_CALL(name) decltype(&::curl_##name) name;

 public:
  MOONDIAL_LIBCURL_CALLS(MOONDIAL_CALL)
#undef MOONDIAL_CALL

 private:
  friend const LibCurl& libcurl();
  explicit LibCurl(const LateLibrary& library);
};

/// Loads it at the first call; then it stays. Any thread.
const LibCurl& libcurl();

template <auto Call>
struct CurlFree {
  template <typename Thing>
  void operator()(Thing* thing) const {
    (libcurl().*Call)(thing);
  }
};

using CurlEasy = std::unique_ptr<CURL, CurlFree<&LibCurl::easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, CurlFree<&LibCurl::multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, CurlFree<&LibCurl::slist_free_all>>;
using CurlMime = std::unique_ptr<curl_mime, CurlFree<&LibCurl::mime_free>>;

}  // namespace moondial
