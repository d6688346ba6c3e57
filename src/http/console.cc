#include "http/console.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "embed/console.h"

namespace moondial {
namespace {

/// Nothing from elsewhere, no script or style in the page itself, no form that leads anywhere.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'";
constexpr std::string_view kPage = "index.html";
constexpr std::string_view kAbsent =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>moondial</title>\n"
    "<h1>moondial</h1>\n<p>This program was built without the console, which takes Node and npm: "
    "<code>./dev build</code> says more. Everything else is there: <code>moondial help</code>, and "
    "<a href=\"/api/v1/openapi.json\">the API</a>.</p>\n</html>\n";

const EmbeddedFile* find(std::string_view name) {
  const auto files = embedded::console();
  const auto found = std::ranges::lower_bound(files, name, {}, &EmbeddedFile::name);
  return found != files.end() && found->name == name ? &*found : nullptr;
}

std::string_view type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".woff2", "font/woff2"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

/// What was compressed with gzip; it is ours, and whole.
std::string inflated(std::string_view gzip) {
  z_stream stream{};
  ::inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    std::array<char, 64 << 10> part{};
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.append(part.data(), part.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  return out;
}

}  // namespace

bool is_for_console(const HttpRequest& head) {
  if (method_of(head) != "GET" || !head.path.starts_with('/')) return false;
  if (head.path == "/" || find(std::string_view(head.path).substr(1)) != nullptr) return true;
  return !head.path.starts_with("/api/") && head.accept.find("text/html") != std::string::npos;
}

HttpReply console_reply(const HttpRequest& head) {
  const EmbeddedFile* file = find(std::string_view(head.path).substr(1));
  if (file == nullptr) file = find(kPage);
  HttpReply reply;
  reply.headers.emplace_back("Content-Security-Policy", kPolicy);
  reply.content_type = type_of(file == nullptr ? kPage : file->name);
  if (file == nullptr) {
    reply.body = kAbsent;
    return reply;
  }
  // The names of these hold a hash of what is in them.
  const bool lasts = file->name.starts_with("assets/");
  reply.headers.emplace_back("Cache-Control",
                             lasts ? "public, max-age=31536000, immutable" : "no-cache");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  if (head.header("accept-encoding").find("gzip") == std::string::npos) {
    reply.body = inflated(file->text);
  } else {
    reply.headers.emplace_back("Content-Encoding", "gzip");
    reply.body = file->text;
  }
  return reply;
}

}  // namespace moondial
