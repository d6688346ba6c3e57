#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace moondial {

/// Builds one message of the binary protocol between engine, loader and lanes. Integers are
/// LEB128 varints, strings are a varint length and their bytes, doubles are 8 bytes.
class WireWriter {
 public:
  void u64(uint64_t v) {
    while (v >= 0x80) {
      bytes_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    bytes_.push_back(static_cast<char>(v));
  }
  void i64(int64_t v) { u64((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63)); }
  void boolean(bool v) { u64(v ? 1 : 0); }
  void f64(double v) {
    const auto bits = std::bit_cast<uint64_t>(v);
    char raw[8];
    std::memcpy(raw, &bits, 8);
    bytes_.append(raw, 8);
  }
  void str(std::string_view v) {
    u64(v.size());
    bytes_.append(v);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what WireWriter wrote. A short or malformed message makes every later read return a
/// zero value and `ok()` false: check once at the end. The views point into the message.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t u64() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    return fail();
  }
  int64_t i64() {
    const uint64_t z = u64();
    return static_cast<int64_t>(z >> 1) ^ -static_cast<int64_t>(z & 1);
  }
  bool boolean() { return u64() != 0; }
  double f64() {
    if (rest_.size() < 8) return static_cast<double>(fail());
    uint64_t bits = 0;
    std::memcpy(&bits, rest_.data(), 8);
    rest_.remove_prefix(8);
    return std::bit_cast<double>(bits);
  }
  std::string_view str() {
    const uint64_t size = u64();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view v = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return v;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  uint64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace moondial
