#pragma once

#include "engine/process_runner.h"
#include "engine/store.h"

namespace moondial {

/// What an environment says of proxies: http_proxy, https_proxy, all_proxy, no_proxy. As programs
/// do, the names are read in lower case first, then in upper case, but HTTP_PROXY is not: of a
/// server's script it may be a header of whoever asked.
[[nodiscard]] Params web_proxies(const Environment& environment);

}  // namespace moondial
