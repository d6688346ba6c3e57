#include "engine/emit_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace moondial {
namespace {

constexpr size_t kLongestValue = 1024;
constexpr size_t kLongestFile = 64 << 10;

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '.') return false;
  for (const char c : name) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '.';
    if (!ok) return false;
  }
  return true;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_value(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number)) {
    return format_number(number);
  }
  return json_string(text);
}

/// Whether it can stand in the quotes of JSON: a short secret may have been part of an escape.
bool is_json_text(std::string_view text) {
  for (size_t at = text.find_first_of("\\\""); at != std::string_view::npos;
       at = text.find_first_of("\\\"", at)) {
    const std::string_view escape = text.substr(at, 6);
    if (escape.size() < 2 || escape[0] != '\\') return false;
    if (std::string_view("\"\\/bfnrt").find(escape[1]) != std::string_view::npos) {
      at += 2;
    } else if (escape[1] == 'u' && escape.size() == 6 &&
               escape.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos) {
      at += 6;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

EmittedValues parse_emitted(std::string_view text) {
  EmittedValues out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    if (equals == std::string_view::npos || !is_name(name) ||
        line.size() - equals - 1 > kLongestValue) {
      out.problems.push_back("not understood in $MOONDIAL_EMIT, where each line is name=value: " +
                             std::string(line.substr(0, 200)));
      continue;
    }
    out.values[std::string(name)] = json_value(line.substr(equals + 1));
  }
  return out;
}

std::string emit_path(const std::string& state_dir, AttemptId attempt) {
  return state_dir + "/tmp/emit-" + std::to_string(attempt.value);
}

EmittedValues read_emit_file(const std::string& path, const SecretMasker& masker) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return {};
  std::string text(kLongestFile, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n <= 0) break;
    size += static_cast<size_t>(n);
  }
  ::close(fd);
  text.resize(size);
  return parse_emitted(size == kLongestFile ? masker.mask_cut(text) : masker.mask(text));
}

void forget_emit_file(const std::string& state_dir, AttemptId attempt) {
  ::unlink(emit_path(state_dir, attempt).c_str());
}

std::string emitted_text(const std::string& json) {
  const auto value = parse_json(json);
  return value.is_string() ? value.get<std::string>() : json;
}

std::string mask_json(const SecretMasker& masker, const std::string& json) {
  const bool is_string = json.size() >= 2 && json.front() == '"' && json.back() == '"';
  const std::string inside = is_string ? json.substr(1, json.size() - 2) : json;
  std::string masked = masker.mask(inside);
  if (masked == inside) return json;
  if (!is_string || !is_json_text(masked)) return "\"***\"";
  return '"' + masked + '"';
}

}  // namespace moondial
