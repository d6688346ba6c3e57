#include "engine/web_proxies.h"

#include "tests/catch.h"

namespace moondial::web_proxies_test {
namespace {

Params proxies(std::vector<std::string> entries) {
  return web_proxies(std::make_shared<const std::vector<std::string>>(std::move(entries)));
}

TEST_CASE("what an environment says of proxies") {
  CHECK(proxies({}).empty());
  CHECK(web_proxies(nullptr).empty());
  CHECK(proxies({"PATH=/bin", "http_proxy_x=1", "HTTP_PROXY=no", "http_proxy=a"}) ==
        Params{{"http_proxy", "a"}});
  CHECK(proxies({"HTTPS_PROXY=upper", "https_proxy=lower", "ALL_PROXY=all=x", "NO_PROXY=*"}) ==
        Params{{"https_proxy", "lower"}, {"all_proxy", "all=x"}, {"no_proxy", "*"}});
}

}  // namespace
}  // namespace moondial::web_proxies_test
