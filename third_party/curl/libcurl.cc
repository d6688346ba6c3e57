#include "libcurl.h"

namespace moondial {

LibCurl::LibCurl(const LateLibrary& library)
#define MOONDIAL_FIND(name) name = library.find<decltype(name)>("curl_" #name);
{
  MOONDIAL_LIBCURL_CALLS(MOONDIAL_FIND)
}
#undef MOONDIAL_FIND

const LibCurl& libcurl() {
  static const LibCurl kCalls{LateLibrary(MOONDIAL_CURL)};
  return kCalls;
}

}  // namespace moondial
