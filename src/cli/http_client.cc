#include "cli/http_client.h"

#include <libcurl.h>

#include <array>
#include <optional>
#include <utility>

#include "http/unix_socket.h"

namespace moondial {

// What a stream keeps while it is open.
namespace exchange_parts {

/// One request as the library goes through it.
struct Transfer {
  ApiResponse response;
  SseParser* events = nullptr;  ///< where a stream goes
  bool is_stream = false;
  bool answered = false;  ///< the head came
};

struct Sink {
  CURL* easy;
  Transfer* transfer;
};

}  // namespace exchange_parts

namespace {

using exchange_parts::Sink;
using exchange_parts::Transfer;

void note_head(CURL* easy, Transfer& transfer) {
  if (std::exchange(transfer.answered, true)) return;
  long status = 0;
  const char* type = nullptr;
  libcurl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  libcurl().easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  transfer.response.status = static_cast<int>(status);
  transfer.response.content_type = type == nullptr ? "" : type;
  transfer.is_stream =
      transfer.events != nullptr && transfer.response.content_type == "text/event-stream";
}

size_t on_body(char* data, size_t, size_t size, void* to) {
  const Sink& sink = *static_cast<Sink*>(to);
  note_head(sink.easy, *sink.transfer);
  if (sink.transfer->is_stream) {
    sink.transfer->events->feed({data, size});
  } else {
    sink.transfer->response.body.append(data, size);
  }
  return size;
}

void prepare(CURL* easy, const ApiRequest& request, const std::string& socket_path, Sink& sink) {
  libcurl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  libcurl().easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path.c_str());
  libcurl().easy_setopt(easy, CURLOPT_URL, ("http://engine/api/v1/" + request.path).c_str());
  libcurl().easy_setopt(easy, CURLOPT_PROXY, "");
  libcurl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  libcurl().easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
  if (request.method == "GET") return;
  libcurl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  libcurl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                        static_cast<curl_off_t>(request.body.size()));
  libcurl().easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
}

/// The headers live as long as the transfer.
CurlList headers(CURL* easy, const ApiRequest& request, bool events) {
  curl_slist* list = nullptr;
  if (!request.body.empty()) list = libcurl().slist_append(list, "Content-Type: application/json");
  list = libcurl().slist_append(list,
                                events ? "Accept: text/event-stream" : "Accept: application/json");
  list = libcurl().slist_append(list, "Expect:");
  libcurl().easy_setopt(easy, CURLOPT_HTTPHEADER, list);
  return CurlList(list);
}

Result<ApiResponse> outcome(CURL* easy, CURLcode code, Transfer& transfer) {
  if (code == CURLE_OK) {
    note_head(easy, transfer);
    return std::move(transfer.response);
  }
  const std::string why = libcurl().easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) return Error{Code::kIo, "the engine does not answer", {}};
  if (transfer.answered) return Error{Code::kIo, "the engine went away: " + why, {}};
  return Error{Code::kUnavailable, "no engine answers: " + why, {}};
}

}  // namespace

struct HttpClient::State {
  std::string socket_path;
  std::optional<SocketAddress> address;
  CurlEasy easy;

  /// The socket's path as it fits into an address; its folder may not be there yet.
  Result<std::string> usable_path() {
    if (!address) {
      auto made = SocketAddress::of(socket_path);
      if (!made.ok()) return Error{Code::kUnavailable, made.error().message, {}};
      address = std::move(made).value();
    }
    return address->path();
  }
};

std::string query_value(const std::string& text) {
  char* const escaped = libcurl().easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  std::string out = escaped == nullptr ? "" : escaped;
  libcurl().free(escaped);
  return out;
}

void warm_up_http() {
  // Nothing but plain HTTP is spoken: no TLS to set up.
  static const CURLcode kReady = libcurl().global_init(CURL_GLOBAL_NOTHING);
  static_cast<void>(kReady);
}

HttpClient::HttpClient(std::string socket_path) : state_(std::make_unique<State>()) {
  state_->socket_path = std::move(socket_path);
}

HttpClient::~HttpClient() = default;

Result<ApiResponse> HttpClient::send(const ApiRequest& request, long bound_ms) {
  const auto path = state_->usable_path();
  if (!path.ok()) return path.error();
  warm_up_http();
  if (!state_->easy) state_->easy.reset(libcurl().easy_init());
  CURL* easy = state_->easy.get();
  if (easy == nullptr) return Error{Code::kInternal, "libcurl cannot start", {}};
  libcurl().easy_reset(easy);  // keeps the connection
  Transfer transfer;
  Sink sink{easy, &transfer};
  prepare(easy, request, *path, sink);
  const CurlList list = headers(easy, request, false);
  libcurl().easy_setopt(easy, CURLOPT_TIMEOUT_MS, bound_ms);
  const CURLcode code = libcurl().easy_perform(easy);
  return outcome(easy, code, transfer);
}

namespace {

/// Runs one transfer to its end, or until the reader has enough.
std::optional<CURLcode> run_stream(CURLM* multi, StreamReader& reader, int wake_fd) {
  for (;;) {
    int running = 0;
    if (libcurl().multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = libcurl().multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    if (running == 0) return CURLE_GOT_NOTHING;
    curl_waitfd wake{wake_fd, CURL_WAIT_POLLIN, 0};
    libcurl().multi_poll(multi, wake_fd < 0 ? nullptr : &wake, wake_fd < 0 ? 0 : 1,
                         reader.tick_ms(), nullptr);
    if (!reader.on_wake()) return std::nullopt;
  }
}

}  // namespace

Result<ApiResponse> HttpClient::stream(const ApiRequest& request, StreamReader& reader,
                                       int wake_fd) {
  const auto path = state_->usable_path();
  if (!path.ok()) return path.error();
  warm_up_http();
  const CurlEasy easy(libcurl().easy_init());
  const CurlMulti multi(libcurl().multi_init());
  if (!easy || !multi) return Error{Code::kInternal, "libcurl cannot start", {}};
  SseParser parser([&reader](const SseEvent& event) { reader.on_event(event); });
  Transfer transfer;
  transfer.events = &parser;
  Sink sink{easy.get(), &transfer};
  prepare(easy.get(), request, *path, sink);
  const CurlList list = headers(easy.get(), request, true);
  libcurl().multi_add_handle(multi.get(), easy.get());
  const auto code = run_stream(multi.get(), reader, wake_fd);
  libcurl().multi_remove_handle(multi.get(), easy.get());
  if (!code) return Error{Code::kCancelled, "left", {}};
  return outcome(easy.get(), *code, transfer);
}

void HttpClient::hang_up() { state_->easy.reset(); }

// --- A stream that is read by and by ---

struct HttpStream::State {
  std::string socket_path;
  std::optional<SocketAddress> address;
  ApiRequest request;
  Transfer transfer;
  Sink sink{nullptr, &transfer};
  std::vector<SseEvent> events;
  std::optional<SseParser> parser;
  CurlList list;
  CurlEasy easy;
  CurlMulti multi;
  std::optional<CURLcode> ended;

  void leave() {
    if (multi && easy) libcurl().multi_remove_handle(multi.get(), easy.get());
    easy.reset();
    multi.reset();
  }
  void perform() {
    int running = 0;
    if (libcurl().multi_perform(multi.get(), &running) != CURLM_OK) ended = CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = libcurl().multi_info_read(multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE) ended = message->data.result;
    }
    if (running == 0 && !ended) ended = CURLE_GOT_NOTHING;
  }
};

HttpStream::HttpStream(std::string socket_path) : state_(std::make_unique<State>()) {
  state_->socket_path = std::move(socket_path);
}

HttpStream::~HttpStream() { state_->leave(); }

bool HttpStream::is_open() const { return state_->multi && !state_->ended; }

void HttpStream::close() { state_->leave(); }

Result<ApiResponse> HttpStream::open(const ApiRequest& request) {
  State& state = *state_;
  state.leave();
  if (!state.address) {
    auto made = SocketAddress::of(state.socket_path);
    if (!made.ok()) return Error{Code::kUnavailable, made.error().message, {}};
    state.address = std::move(made).value();
  }
  warm_up_http();
  state.easy.reset(libcurl().easy_init());
  state.multi.reset(libcurl().multi_init());
  if (!state.easy || !state.multi) return Error{Code::kInternal, "libcurl cannot start", {}};
  state.request = request;
  state.events.clear();
  state.ended.reset();
  state.parser.emplace([&state](const SseEvent& event) { state.events.push_back(event); });
  state.transfer = Transfer();
  state.transfer.events = &*state.parser;
  state.sink.easy = state.easy.get();
  prepare(state.easy.get(), state.request, state.address->path(), state.sink);
  state.list = headers(state.easy.get(), state.request, true);
  libcurl().multi_add_handle(state.multi.get(), state.easy.get());
  while (!state.ended && !state.transfer.is_stream) {
    state.perform();
    if (state.ended || state.transfer.is_stream) break;
    libcurl().multi_poll(state.multi.get(), nullptr, 0, 1000, nullptr);
  }
  if (!state.ended) return state.transfer.response;
  auto answer = outcome(state.easy.get(), *state.ended, state.transfer);
  state.leave();
  return answer;
}

std::vector<SseEvent> HttpStream::read(int wake_fd, int most_ms) {
  State& state = *state_;
  if (is_open()) state.perform();
  if (state.events.empty() && is_open() && most_ms != 0) {
    curl_waitfd wake{wake_fd, CURL_WAIT_POLLIN, 0};
    const int bound = most_ms < 0 ? 60'000 : most_ms;
    libcurl().multi_poll(state.multi.get(), wake_fd < 0 ? nullptr : &wake, wake_fd < 0 ? 0 : 1,
                         bound, nullptr);
    state.perform();
  }
  if (state.ended) state.leave();
  return std::exchange(state.events, {});
}

}  // namespace moondial
