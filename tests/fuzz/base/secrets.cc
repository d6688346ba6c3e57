// The masking of secrets in a stream. Input: a line with the secrets, separated by tabs (\n and \t
// inside one are escaped), and the text.
#include <algorithm>
#include <random>

#include "base/secret_masker.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

std::string in_pieces(const SecretMasker& masker, std::string_view text, uint64_t seed) {
  std::minstd_rand random(static_cast<uint32_t>(seed));
  MaskedStream stream(masker);
  std::string out;
  while (!text.empty()) {
    const size_t size = std::min<size_t>(1 + random() % (seed % 7 + 1), text.size());
    out += stream.add(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out += stream.finish();
}

}  // namespace

FUZZ_TARGET(secrets) {
  std::string_view text = input;
  std::vector<std::string> secrets;
  for (const std::string_view secret : split(take_line(text), '\t')) {
    if (secrets.size() < 8) secrets.push_back(unescape(secret.substr(0, 64)));
  }
  if (text.size() > 4096) return;
  const SecretMasker masker(secrets);
  const std::string masked = masker.mask(text);
  for (uint64_t i = 0; i < 3; ++i) {
    expect_same(in_pieces(masker, text, seed_of(text) + i), masked,
                "a stream is masked the same however it is divided");
  }
  for (size_t cut : {text.size() / 3, text.size() / 2}) {
    const std::string part = masker.mask_cut(text.substr(0, cut));
    for (const std::string& secret : secrets) {
      if (secret.empty() || secret.find('*') != std::string::npos) continue;
      expect(part.find(secret) == std::string::npos, "no secret is left in a text that was cut");
    }
  }
  for (const std::string& secret : secrets) {
    // The mask itself may make one that holds a star.
    if (secret.empty() || secret.find('*') != std::string::npos) continue;
    expect(masked.find(secret) == std::string::npos, "no secret is left");
  }
  if (masker.empty()) expect_same(masked, text, "without secrets nothing is masked");
}
