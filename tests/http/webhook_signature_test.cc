#include "http/webhook_signature.h"

#include "tests/catch.h"

namespace moondial::webhook_signature_test {

namespace {

std::string bytes(size_t count, unsigned char byte) {
  return std::string(count, static_cast<char>(byte));
}

}  // namespace

TEST_CASE("HMAC-SHA256 gives what RFC 4231 says") {
  CHECK(hmac_sha256_hex(bytes(20, 0x0b), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_sha256_hex(bytes(20, 0xaa), bytes(50, 0xdd)) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(
      hmac_sha256_hex(bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First") ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a webhook's signature fits its secret, its body and its time") {
  const UtcTime at{std::chrono::seconds(1442511000)};
  const std::string body = R"({"ref": "main"})";
  const std::string good = webhook_signature("secret", body, at);
  CHECK(good.starts_with("t=1442511000,v1="));
  const auto why = [&](const std::string& header, const std::string& text, UtcTime now,
                       const char* secret = "secret") {
    const Status status = verify_webhook(secret, header, text, now);
    return status.ok() ? "" : status.error().message;
  };
  CHECK(why(good, body, at) == "");
  CHECK(why(good, body, at + std::chrono::minutes(5)) == "");
  CHECK(why(good, body, at - std::chrono::minutes(5)) == "");
  const std::string late = "X-Moondial-Signature is of a time more than 5 minutes from now";
  CHECK(why(good, body, at + std::chrono::minutes(5) + Duration(1)) == late);
  CHECK(why(good, body, at - std::chrono::minutes(5) - Duration(1)) == late);

  const std::string unfit = "X-Moondial-Signature does not fit the body and the secret";
  CHECK(why(good, body + " ", at) == unfit);
  CHECK(why(good, body, at, "Secret") == unfit);
  CHECK(why(good.substr(0, good.size() - 1), body, at) == unfit);
  CHECK(why("t=1442511001" + good.substr(12), body, at) == unfit);

  // While a secret is being changed, a sender signs with both.
  const std::string other = webhook_signature("other", body, at);
  CHECK(why(other + good.substr(12), body, at) == "");
  CHECK(why(good + ", v0=old", body, at) == "");

  const std::string form = "X-Moondial-Signature is to be t=<unix seconds>,v1=<hex>";
  CHECK(why("", body, at) == "X-Moondial-Signature is missing");
  for (const char* header : {"t=1442511000", "v1=00", "t=,v1=00", "t=-1,v1=00", "t=x,v1=00", ",,,",
                             "t=99999999999999999999,v1=00", "t=1442511000 ,v1=00"}) {
    INFO(header);
    CHECK(why(header, body, at) == form);
  }
  CHECK(why("t=1,t=1442511000,v1=00", body, at) == "X-Moondial-Signature has two times");
}

}  // namespace moondial::webhook_signature_test
