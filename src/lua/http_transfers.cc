// How this works. libcurl's multi interface is told what happens on sockets and when its timer is
// due, and tells in turn which sockets it wants watched and when it wants to be called. After each
// call the transfers that have ended are taken and told, later, so that no callback runs inside of
// libcurl.
#include "lua/http_transfers.h"

#include <libcurl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <system_error>

namespace moondial {
namespace {

constexpr size_t kMostKept = size_t{64} << 20;
constexpr size_t kMostKeptOfError = size_t{1} << 20;
constexpr long kConnectSeconds = 30;
constexpr long kMostRedirects = 10;
constexpr long kFirstError = 400;

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string in_lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string said(const WebHeaders& proxies, std::string_view name) {
  const auto found = std::ranges::find(proxies, name, &WebHeaders::value_type::first);
  return found == proxies.end() ? std::string() : found->second;
}

std::string proxy_of(const WebRequest& request) {
  const bool is_https = in_lower_case(request.url.substr(0, 6)) == "https:";
  const std::string proxy = said(request.proxies, is_https ? "https_proxy" : "http_proxy");
  return proxy.empty() ? said(request.proxies, "all_proxy") : proxy;
}

}  // namespace

struct HttpTransfers::Impl {
  explicit Impl(EventLoop& of) : loop(of) {}

  void open();
  void act(curl_socket_t socket, int events);
  void take_ended();

  static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* unused);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  EventLoop& loop;
  CurlMulti multi;
  std::map<curl_socket_t, std::unique_ptr<FdWatch>> sockets;
  std::unique_ptr<Watch> timer;
};

struct HttpTransfers::Transfer::State {
  State(Impl& of, WebRequest asked, Done when_done)
      : impl(of), request(std::move(asked)), done(std::move(when_done)) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Status prepare();
  [[nodiscard]] size_t take_body(const char* data, size_t size);
  void take_header(std::string_view line);
  void end(CURLcode code);
  void tell(Result<WebResponse> result);
  [[nodiscard]] Result<WebResponse> outcome(CURLcode code);
  [[nodiscard]] Status close_file();
  void drop_file();

  static size_t on_body(char* data, size_t one, size_t count, void* self);
  static size_t on_header(char* data, size_t one, size_t count, void* self);

  Impl& impl;
  WebRequest request;
  Done done;
  CurlEasy easy;
  CurlList headers;
  WebResponse response;
  FILE* file = nullptr;
  bool made_file = false;
  std::string problem;  // why it was given up from inside a callback
  char error[CURL_ERROR_SIZE] = {};
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

// --- The loop ---

void HttpTransfers::Impl::open() {
  if (multi) return;
  libcurl().global_init(CURL_GLOBAL_DEFAULT);
  multi.reset(libcurl().multi_init());
  libcurl().multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &on_socket);
  libcurl().multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
  libcurl().multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &on_timer);
  libcurl().multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
}

int HttpTransfers::Impl::on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void*) {
  auto& impl = *static_cast<Impl*>(self);
  if (wanted == CURL_POLL_REMOVE) {
    impl.sockets.erase(socket);
    return 0;
  }
  const Readiness interest{(wanted & CURL_POLL_IN) != 0, (wanted & CURL_POLL_OUT) != 0};
  auto& watch = impl.sockets[socket];
  if (watch) {
    watch->set_interest(interest);
    return 0;
  }
  watch = impl.loop.watch(socket, interest, [&impl, socket](Readiness ready) {
    impl.act(socket,
             (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0));
  });
  return 0;
}

int HttpTransfers::Impl::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& impl = *static_cast<Impl*>(self);
  impl.timer.reset();
  if (timeout_ms < 0) return 0;
  impl.timer = impl.loop.timer(impl.loop.mono() + std::chrono::milliseconds(timeout_ms),
                               [&impl] { impl.act(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

void HttpTransfers::Impl::act(curl_socket_t socket, int events) {
  int running = 0;
  libcurl().multi_socket_action(multi.get(), socket, events, &running);
  take_ended();
}

void HttpTransfers::Impl::take_ended() {
  int left = 0;
  while (const CURLMsg* message = libcurl().multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* state = nullptr;
    libcurl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &state);
    static_cast<Transfer::State*>(state)->end(code);
  }
}

// --- One transfer ---

size_t HttpTransfers::Transfer::State::on_body(char* data, size_t one, size_t count, void* self) {
  return static_cast<State*>(self)->take_body(data, one * count);
}

size_t HttpTransfers::Transfer::State::on_header(char* data, size_t one, size_t count, void* self) {
  static_cast<State*>(self)->take_header({data, one * count});
  return one * count;
}

Status HttpTransfers::Transfer::State::prepare() {
  easy.reset(libcurl().easy_init());
  if (!easy) return {Code::kInternal, "no HTTP request can be made"};
  CURL* const handle = easy.get();
  libcurl().easy_setopt(handle, CURLOPT_PRIVATE, this);
  libcurl().easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
  libcurl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  libcurl().easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  libcurl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  libcurl().easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  libcurl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  libcurl().easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  libcurl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  libcurl().easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, request.out_path.empty() ? "" : nullptr);
  libcurl().easy_setopt(handle, CURLOPT_USERAGENT, "moondial");
  libcurl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
  libcurl().easy_setopt(handle, CURLOPT_WRITEDATA, this);
  libcurl().easy_setopt(handle, CURLOPT_HEADERFUNCTION, &on_header);
  libcurl().easy_setopt(handle, CURLOPT_HEADERDATA, this);
  // Of the run, not of whoever started the engine: "" is none.
  libcurl().easy_setopt(handle, CURLOPT_PROXY, proxy_of(request).c_str());
  libcurl().easy_setopt(handle, CURLOPT_NOPROXY, said(request.proxies, "no_proxy").c_str());
  if (request.timeout) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*request.timeout).count();
    libcurl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, std::max<long>(static_cast<long>(ms), 1));
  }
  if (request.method != "GET") {
    libcurl().easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                          static_cast<curl_off_t>(request.body.size()));
    libcurl().easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    if (request.method != "POST") {
      libcurl().easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }
  curl_slist* list = libcurl().slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request.headers) {
    // Without a value libcurl wants a semicolon, or it takes the header away.
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    list = libcurl().slist_append(list, line.c_str());
  }
  headers.reset(list);
  libcurl().easy_setopt(handle, CURLOPT_HTTPHEADER, list);
  return {};
}

size_t HttpTransfers::Transfer::State::take_body(const char* data, size_t size) {
  long status = 0;
  libcurl().easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const bool to_file = !request.out_path.empty() && status < kFirstError;
  if (!to_file) {
    const size_t room = request.out_path.empty() ? kMostKept : kMostKeptOfError;
    if (response.body.size() + size > room) {
      problem = "the answer is larger than " + std::to_string(room >> 20) +
                " MiB; out = target streams it to a file";
      return 0;
    }
    response.body.append(data, size);
    return size;
  }
  if (file == nullptr) {
    file = std::fopen(request.out_path.c_str(), "wbe");
    made_file = file != nullptr;
  }
  if (file == nullptr || std::fwrite(data, 1, size, file) != size) {
    problem = request.out_path + ": " + std::generic_category().message(errno);
    return 0;
  }
  return size;
}

void HttpTransfers::Transfer::State::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) return response.headers.clear();  // of an answer before: redirect
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = in_lower_case(trimmed(line.substr(0, colon)));
  const std::string value = trimmed(line.substr(colon + 1));
  for (auto& [known, values] : response.headers) {
    if (known == name) {
      values.append(", ").append(value);
      return;
    }
  }
  response.headers.emplace_back(name, value);
}

Status HttpTransfers::Transfer::State::close_file() {
  // An empty body makes an empty file.
  if (!request.out_path.empty() && response.status < kFirstError && file == nullptr) {
    file = std::fopen(request.out_path.c_str(), "wbe");
    if (file == nullptr) {
      return {Code::kInternal, request.out_path + ": " + std::generic_category().message(errno)};
    }
  }
  if (file == nullptr) return {};
  if (std::fclose(std::exchange(file, nullptr)) == 0) return {};
  return {Code::kInternal, request.out_path + ": " + std::generic_category().message(errno)};
}

void HttpTransfers::Transfer::State::drop_file() {
  if (file != nullptr) (void)std::fclose(std::exchange(file, nullptr));
  if (std::exchange(made_file, false)) ::unlink(request.out_path.c_str());
}

Result<WebResponse> HttpTransfers::Transfer::State::outcome(CURLcode code) {
  long status = 0;
  libcurl().easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  if (code != CURLE_OK) {
    drop_file();
    const char* const why = error[0] != '\0' ? error : libcurl().easy_strerror(code);
    return Error{Code::kUnavailable, problem.empty() ? why : problem, {}};
  }
  if (Status closed = close_file(); !closed.ok()) {
    drop_file();
    return closed.error();
  }
  made_file = false;  // it stays
  return std::move(response);
}

void HttpTransfers::Transfer::State::end(CURLcode code) {
  libcurl().multi_remove_handle(impl.multi.get(), easy.get());
  Result<WebResponse> result = outcome(code);
  easy.reset();
  tell(std::move(result));
}

void HttpTransfers::Transfer::State::tell(Result<WebResponse> result) {
  impl.loop.defer([still = std::weak_ptr(alive), call = std::exchange(done, nullptr),
                   result = std::move(result)]() mutable {
    if (!still.expired()) call(std::move(result));
  });
}

HttpTransfers::Transfer::State::~State() {
  if (easy) libcurl().multi_remove_handle(impl.multi.get(), easy.get());
  drop_file();
}

HttpTransfers::Transfer::Transfer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpTransfers::Transfer::~Transfer() = default;

// --- The face ---

HttpTransfers::HttpTransfers(EventLoop& loop) : impl_(std::make_unique<Impl>(loop)) {}
HttpTransfers::~HttpTransfers() = default;

std::unique_ptr<HttpTransfers::Transfer> HttpTransfers::start(WebRequest request, Done done) {
  impl_->open();
  auto state = std::make_unique<Transfer::State>(*impl_, std::move(request), std::move(done));
  const Status prepared = state->prepare();
  if (prepared.ok()) {
    libcurl().multi_add_handle(impl_->multi.get(), state->easy.get());
  } else {
    state->tell(prepared.error());
  }
  return std::make_unique<Transfer>(std::move(state));
}

}  // namespace moondial
