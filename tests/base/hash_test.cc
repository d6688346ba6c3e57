#include "base/hash.h"

#include "tests/catch.h"

namespace moondial::hash_test {

TEST_CASE("SHA-256 matches the examples of FIPS 180-4") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the 64-bit hash tells texts apart, NUL bytes too") {
  CHECK(hash64("a") == hash64("a"));
  CHECK(hash64("a") != hash64("b"));
  CHECK(hash64(std::string("a\0b", 3)) != hash64(std::string("a\0c", 3)));
  CHECK(hash64("") == 0x2d06800538d394c2ULL);  // XXH3's own test value
}

}  // namespace moondial::hash_test
