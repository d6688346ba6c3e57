#include "cli/pool_size.h"

#include <charconv>
#include <cmath>

namespace moondial {
namespace {

constexpr std::string_view kMemory = "memory";
constexpr std::string_view kUnits = "KMGT";  // each 1024 times the one before

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number < 0) return std::nullopt;
  return number;
}

/// `512M`, `1.5G`, `2GiB`.
std::optional<int64_t> bytes(std::string_view text) {
  if (text.ends_with('B')) text.remove_suffix(1);
  if (text.ends_with('i')) text.remove_suffix(1);
  const size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  if (unit == std::string_view::npos) return std::nullopt;
  text.remove_suffix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || at != end || !(number >= 0)) return std::nullopt;
  const double scaled = std::floor(std::ldexp(number, 10 * (static_cast<int>(unit) + 1)));
  if (!(scaled < std::ldexp(1.0, 63))) return std::nullopt;
  return static_cast<int64_t>(scaled);
}

}  // namespace

std::optional<PoolSize> read_pool_size(std::string_view text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  const std::string_view name = text.substr(0, equals);
  auto units = whole_number(text.substr(equals + 1));
  if (!units && name == kMemory) units = bytes(text.substr(equals + 1));
  if (!units) return std::nullopt;
  return PoolSize{std::string(name), *units};
}

std::string pool_size_text(std::string_view pool, int64_t units) {
  size_t unit = 0;
  while (pool == kMemory && units > 0 && units % 1024 == 0 && unit < kUnits.size()) {
    units /= 1024;
    ++unit;
  }
  return std::to_string(units) + (unit == 0 ? "" : std::string(1, kUnits[unit - 1]));
}

}  // namespace moondial
