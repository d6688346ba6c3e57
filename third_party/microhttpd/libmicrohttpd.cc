#include "libmicrohttpd.h"

namespace moondial {

LibMicrohttpd::LibMicrohttpd(const LateLibrary& library)
#define MOONDIAL_FIND(name) name = library.find<decltype(name)>("MHD_" #name);
{
  MOONDIAL_LIBMICROHTTPD_CALLS(MOONDIAL_FIND)
}
#undef MOONDIAL_FIND

const LibMicrohttpd& libmicrohttpd() {
  static const LibMicrohttpd kCalls{LateLibrary(MOONDIAL_MICROHTTPD)};
  return kCalls;
}

}  // namespace moondial
