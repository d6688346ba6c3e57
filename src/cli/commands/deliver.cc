// Sends one notice, by e-mail or to a webhook; for the engine, which writes it to the input.
#include <libcurl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/version.h"

namespace moondial {
namespace {

constexpr long kLongestTryMs = 30'000;
/// Between tries, for a server that is away for a moment.
constexpr std::array kPauses = {std::chrono::seconds(5), std::chrono::seconds(60)};

void add(CurlList& lines, const std::string& line) {
  if (curl_slist* longer = libcurl().slist_append(lines.get(), line.c_str())) {
    (void)lines.release();
    lines.reset(longer);
  }
}

size_t swallow(char*, size_t size, size_t count, void*) { return size * count; }

/// A header's text in what a mail's header may hold (RFC 2047).
std::string header_text(const std::string& text) {
  std::string out;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char byte : text.substr(0, 200)) {
    const auto c = static_cast<unsigned char>(byte);
    const bool plain = std::isalnum(c) != 0 || c == ',' || c == '.' || c == ':' || c == '-';
    if (plain) {
      out += static_cast<char>(c);
    } else if (c == ' ') {
      out += '_';
    } else {
      out += '=';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  // In words of 60 characters, never in the middle of one that is encoded.
  std::string folded;
  while (!out.empty()) {
    size_t length = std::min<size_t>(out.size(), 60);
    while (length < out.size() && length > 50 &&
           (out[length - 1] == '=' || (length > 1 && out[length - 2] == '='))) {
      --length;
    }
    folded += (folded.empty() ? "" : "\r\n ") + ("=?UTF-8?Q?" + out.substr(0, length) + "?=");
    out.erase(0, length);
  }
  return folded;
}

std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc);
  return {text, size};
}

/// What went wrong; empty if it was sent. `again`: it may go well later.
std::string perform(CURL* curl, bool* again) {
  std::array<char, CURL_ERROR_SIZE> error{};
  libcurl().easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  libcurl().easy_setopt(curl, CURLOPT_WRITEFUNCTION, &swallow);
  libcurl().easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  libcurl().easy_setopt(curl, CURLOPT_TIMEOUT_MS, kLongestTryMs);
  const CURLcode code = libcurl().easy_perform(curl);
  long status = 0;
  libcurl().easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  libcurl().easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  *again = code != CURLE_OK || status >= 500 || status == 429;
  if (code != CURLE_OK) return error[0] != 0 ? error.data() : libcurl().easy_strerror(code);
  return "";
}

std::string send_webhook(const Json& order, bool* again) {
  const CurlEasy curl(libcurl().easy_init());
  CurlList headers;
  add(headers, "Content-Type: application/json");
  const std::string body = json_text(json_member(order, "message"));
  libcurl().easy_setopt(curl.get(), CURLOPT_URL, json_string(order, "url").c_str());
  libcurl().easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  libcurl().easy_setopt(curl.get(), CURLOPT_USERAGENT,
                        (std::string("moondial/") + kVersion).c_str());
  libcurl().easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  libcurl().easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  libcurl().easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  std::string why = perform(curl.get(), again);
  long status = 0;
  libcurl().easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (why.empty() && (status < 200 || status > 299)) why = "it answered " + std::to_string(status);
  return why;
}

std::string send_email(const Json& order, bool* again) {
  const Json& message = json_member(order, "message");
  const std::string from = json_string(order, "from");
  const CurlEasy curl(libcurl().easy_init());
  CurlList to;
  std::string names;
  for (const Json& address : order.value("to", Json::array())) {
    add(to, "<" + address.get<std::string>() + ">");
    names += (names.empty() ? "" : ", ") + address.get<std::string>();
  }
  CurlList headers;
  add(headers, "Date: " + date_text());
  add(headers, "From: moondial <" + from + ">");
  add(headers, "To: " + names);
  add(headers, "Subject: " + header_text(json_string(message, "title")));
  add(headers, "Auto-Submitted: auto-generated");
  const CurlMime mime(libcurl().mime_init(curl.get()));
  curl_mimepart* part = libcurl().mime_addpart(mime.get());
  std::string text;
  for (const char c : json_string(message, "text")) text += c == '\n' ? "\r\n" : std::string(1, c);
  libcurl().mime_data(part, text.data(), text.size());
  libcurl().mime_type(part, "text/plain; charset=utf-8");
  libcurl().mime_encoder(part, "quoted-printable");
  libcurl().easy_setopt(curl.get(), CURLOPT_URL, json_string(order, "url").c_str());
  libcurl().easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  libcurl().easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
  if (const std::string user = json_string(order, "user"); !user.empty()) {
    // A password goes over an encrypted line, or not at all.
    libcurl().easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    const std::string variable = json_string(order, "password_env");
    const char* const password = std::getenv(variable.c_str());
    if (password == nullptr) return "the environment has no " + variable;
    libcurl().easy_setopt(curl.get(), CURLOPT_USERNAME, user.c_str());
    libcurl().easy_setopt(curl.get(), CURLOPT_PASSWORD, password);
  }
  libcurl().easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
  libcurl().easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, to.get());
  libcurl().easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  libcurl().easy_setopt(curl.get(), CURLOPT_MIMEPOST, mime.get());
  return perform(curl.get(), again);
}

int deliver() {
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  const Json order = parse_json(input);
  const bool is_email = json_string(order, "kind") == "email";
  std::string why;
  for (size_t tries = 0;; ++tries) {
    bool again = false;
    why = is_email ? send_email(order, &again) : send_webhook(order, &again);
    if (why.empty() || !again || tries == kPauses.size()) break;
    std::this_thread::sleep_for(kPauses[tries]);
  }
  if (!why.empty()) std::cerr << printable(why) << "\n";
  return why.empty() ? 0 : 1;
}

}  // namespace

void add_deliver_command(const CommandSet& set) {
  CommandOptions command = set.add_hidden("__deliver");
  command.action([] { return deliver(); });
}

}  // namespace moondial
