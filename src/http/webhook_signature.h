#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

/// The header in which a webhook's sender signs: `t=<unix seconds>,v1=<hex>`, where the hex digits
/// are HMAC-SHA256 of "<unix seconds>.<body>" with the webhook's secret, as it is written, as key.
constexpr std::string_view kSignatureHeader = "X-Moondial-Signature";

/// How far the sender's clock may be from ours: what was overheard is of no use later. Within it
/// a call can be repeated, so that who starts something by it looks for what came before.
constexpr Duration kSignatureWindow = std::chrono::minutes(5);

[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view text);

/// The header's value for a body that is sent at `at`.
[[nodiscard]] std::string webhook_signature(std::string_view secret, std::string_view body,
                                            UtcTime at);

/// Whether `header` signs `body`. Of several `v1` one must fit, so that a secret can be changed.
/// The error (kInvalid) is for the sender, and tells nothing of the secret.
[[nodiscard]] Status verify_webhook(std::string_view secret, std::string_view header,
                                    std::string_view body, UtcTime now);

}  // namespace moondial
