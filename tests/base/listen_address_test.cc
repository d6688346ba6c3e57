#include "base/listen_address.h"

#include "tests/catch.h"

namespace moondial::listen_address_test {

TEST_CASE("an address to listen at is read and written") {
  const auto text = [](std::string_view from) {
    const auto address = parse_listen_address(from);
    return address.ok() ? address->text() : address.error().message;
  };
  CHECK(text("127.0.0.1:7171") == "127.0.0.1:7171");
  CHECK(text("0.0.0.0:0") == "0.0.0.0:0");
  CHECK(text("[::1]:7171") == "[::1]:7171");
  CHECK(text("[0:0:0:0:0:0:0:1]:65535") == "[::1]:65535");
  CHECK(text("localhost:80") == "127.0.0.1:80");
  CHECK(parse_listen_address("[::1]:80")->v6);
  for (const char* wrong : {"", "7171", ":7171", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:-1", "127.0.0.1:80x", "::1:80", "[127.0.0.1]:80", "[]:80",
                            "example.com:80", "1.2.3:80", "[::1%lo]:80"}) {
    INFO(wrong);
    CHECK_THAT(text(wrong), Catch::Matchers::ContainsSubstring(
                                " is no address to listen at, such as \"127.0.0.1:7171\""));
  }
}

}  // namespace moondial::listen_address_test
