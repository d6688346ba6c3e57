#include "base/secret_masker.h"

#include <random>

#include "tests/catch.h"

namespace moondial::secret_masker_test {
namespace {

std::string mask(const std::vector<std::string>& secrets, std::string_view text) {
  return SecretMasker(secrets).mask(text);
}

/// The text as a stream whose pieces are of the given size.
std::string in_pieces(const SecretMasker& masker, std::string_view text, size_t size) {
  MaskedStream stream(masker);
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    out += stream.add(text.substr(0, size));
  }
  return out + stream.finish();
}

}  // namespace

TEST_CASE("secrets are masked wherever they stand") {
  CHECK(mask({"hunter2"}, "hunter2") == "***");
  CHECK(mask({"hunter2"}, "a hunter2b hunter2") == "a ***b ***");
  CHECK(mask({"hunter2"}, "hunterhunter2") == "hunter***");
  CHECK(mask({"aab"}, "aaab") == "a***");
  CHECK(mask({"hunter2"}, "hunter") == "hunter");
  CHECK(mask({"hunter2", "hunter22"}, "hunter22 hunter2") == "*** ***");
  CHECK(mask({"xab", "aby"}, "xaby") == "***");
  CHECK(mask({"ab"}, "abab") == "******");
  CHECK(mask({std::string("a\0b", 3)}, std::string_view("xa\0by", 5)) == "x***y");
}

TEST_CASE("short secrets are masked, and empty ones hide nothing") {
  CHECK(mask({"7"}, "a 17 b") == "a 1*** b");
  CHECK(mask({""}, "abc") == "abc");
  CHECK(SecretMasker({"", "*", "****"}).empty());
  CHECK(mask({}, "abc") == "abc");
}

TEST_CASE("secrets are known in the forms that moondial and shells print") {
  CHECK(mask({"a\"b\\c"}, R"("a\"b\\c")") == "\"***\"");                 // JSON, identities
  CHECK(mask({"it's me"}, R"(+ echo 'it'\''s me')") == "+ echo '***'");  // set -x
  CHECK(mask({"a\nbcde"}, "a\\nbcde") == "***");
  CHECK(mask({"a\x01zz"}, "a\\u0001zz a\\x01zz") == "*** ***");
}

TEST_CASE("each line of a secret is masked that is not too short") {
  const std::string key = "-----BEGIN-----\r\nMIIE\nab\nQQQQ\n-----END-----\n";
  CHECK(mask({key}, "> MIIE\n> ab\n> QQQQ\n-----BEGIN-----") == "> ***\n> ab\n> ***\n***");
  CHECK(mask({key}, "x" + key + "y") == "x***y");
}

TEST_CASE("what is cut inside a secret is masked too") {
  const SecretMasker masker({"hunter2"});
  CHECK(masker.mask_cut("my hunt") == "my ***");
  CHECK(masker.mask_cut("my hunter2") == "my ***");
  CHECK(masker.mask_cut("my dog") == "my dog");
  CHECK(SecretMasker().mask_cut("hunt") == "hunt");
}

TEST_CASE("secrets of four bytes and more are found") {
  const SecretMasker masker({"abc", "hunter2"});
  CHECK(masker.finds("-phunter2"));
  CHECK_FALSE(masker.finds("abc"));
  CHECK_FALSE(masker.finds("hunter"));
}

TEST_CASE("a stream masks across its pieces, and holds back no more than it must") {
  const SecretMasker masker({"hunter2"});
  MaskedStream stream(masker);
  CHECK(stream.add("pass: hun") == "pass: ");
  CHECK(stream.add("ter") == "");
  CHECK(stream.add("2!\n") == "***!\n");
  CHECK(stream.add("hunt") == "");
  CHECK(stream.add("ing") == "hunting");
  CHECK(stream.add("hunter") == "");
  CHECK(stream.finish() == "hunter");
  CHECK(stream.finish() == "");

  const SecretMasker two({"abc", "abcdef"});
  MaskedStream both(two);
  CHECK(both.add("abc") == "");
  CHECK(both.add("d") == "");
  CHECK(both.add("x") == "***dx");
  CHECK(both.add("abcdef") == "***");
  CHECK(both.add("abc") == "");
  CHECK(both.finish() == "***");
}

TEST_CASE("however a stream is cut, it is masked as the whole") {
  std::minstd_rand random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> secrets;
    for (int i = 0; i < 3; ++i) {
      std::string secret;
      for (size_t n = 1 + random() % 6; n > 0; --n) secret += static_cast<char>('a' + random() % 2);
      secrets.push_back(secret);
    }
    std::string text;
    for (int i = 0; i < 40; ++i) text += static_cast<char>('a' + random() % 3);
    const SecretMasker masker(secrets);
    const std::string whole = masker.mask(text);
    for (const std::string& secret : secrets) {
      CAPTURE(secret, text);
      REQUIRE(whole.find(secret) == std::string::npos);
    }
    for (size_t size = 1; size < 9; ++size) REQUIRE(in_pieces(masker, text, size) == whole);
  }
}

}  // namespace moondial::secret_masker_test
