#include "http/webhook_signature.h"

#include <nettle/hmac.h>

#include <array>
#include <charconv>
#include <optional>

#include "http/secrets.h"

namespace moondial {
namespace {

/// Signatures that are looked at.
constexpr int kMostSignatures = 8;

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::string signed_text(std::string_view seconds, std::string_view body) {
  std::string out(seconds);
  out += '.';
  out += body;
  return out;
}

/// Within what a clock may say.
std::optional<int64_t> seconds_from(std::string_view text) {
  constexpr int64_t kMost = int64_t{1} << 40;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 0 || value > kMost) return std::nullopt;
  return value;
}

Status refused(std::string why) {
  return {Code::kInvalid, std::string(kSignatureHeader) + std::move(why)};
}

}  // namespace

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  hmac_sha256_ctx context;
  ::hmac_sha256_set_key(&context, key.size(), bytes_of(key));
  ::hmac_sha256_update(&context, text.size(), bytes_of(text));
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest{};
  ::hmac_sha256_digest(&context, digest.size(), digest.data());
  std::string out;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string webhook_signature(std::string_view secret, std::string_view body, UtcTime at) {
  const std::string seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  return "t=" + seconds + ",v1=" + hmac_sha256_hex(secret, signed_text(seconds, body));
}

Status verify_webhook(std::string_view secret, std::string_view header, std::string_view body,
                      UtcTime now) {
  if (header.empty()) return refused(" is missing");
  std::string_view time;
  std::array<std::string_view, kMostSignatures> signatures;
  size_t count = 0;
  for (std::string_view rest = header; !rest.empty();) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.starts_with("t=")) {
      if (!time.empty()) return refused(" has two times");
      time = part.substr(2);
    } else if (part.starts_with("v1=") && count < signatures.size()) {
      signatures[count++] = part.substr(3);
    }
  }
  const auto seconds = seconds_from(time);
  if (!seconds || count == 0) return refused(" is to be t=<unix seconds>,v1=<hex>");
  const Duration apart = now - UtcTime(std::chrono::seconds(*seconds));
  if (apart > kSignatureWindow || -apart > kSignatureWindow) {
    return refused(" is of a time more than 5 minutes from now");
  }
  const std::string right = hmac_sha256_hex(secret, signed_text(time, body));
  bool fits = false;
  for (size_t i = 0; i < count; ++i) {
    if (same_secret(signatures[i], right)) fits = true;
  }
  return fits ? Status() : refused(" does not fit the body and the secret");
}

}  // namespace moondial
