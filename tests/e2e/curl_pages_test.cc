// What docs/ shows of curl, openssl and tokens does what the pages say, against a real daemon.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/tcp_client.h"

namespace moondial::e2e::curl_pages_test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

fs::path pages() {
  const char* const source = std::getenv("MOONDIAL_SOURCE_DIR");
  REQUIRE(source != nullptr);
  return fs::path(source) / "docs";
}

/// The indented lines of a page that begin a command of these; a backslash goes on below.
std::vector<std::string> commands_of(const std::string& page) {
  std::ifstream file(pages() / page);
  REQUIRE(file.good());
  std::vector<std::string> out;
  bool goes_on = false;
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find_first_not_of(' ');
    const std::string text = first >= 4 && first != line.npos ? line.substr(first) : "";
    const bool begins =
        std::ranges::any_of(std::vector<std::string>{"curl ", "moondial token ", "t=", "v1="},
                            [&](const std::string& word) { return text.starts_with(word); });
    if (goes_on) {
      out.back() += " " + text;
    } else if (begins) {
      out.push_back(text);
    }
    goes_on = (begins || goes_on) && text.ends_with("\\");
    if (goes_on) out.back().pop_back();
  }
  return out;
}

/// A reader of the pages, who types what they show into one shell after another.
class Reader {
 public:
  Reader() : project_(kProject), daemon_(project_) {}

  /// The first command of the page that holds `text`.
  [[nodiscard]] std::string find(const std::string& page, const std::string& text) {
    for (const std::string& command : commands_of(page)) {
      if (command.find(text) == command.npos) continue;
      ++typed;
      return here(command);
    }
    FAIL("docs/" << page << " shows no command with " << text);
    return {};
  }
  /// With what was set before: `TOKEN`, `SECRET`, `body`.
  Finished type(const std::string& command) {
    const std::string binary = std::getenv("MOONDIAL_BIN");
    auto environment = variables;
    environment["PATH"] = binary.substr(0, binary.rfind('/')) + ":" + std::getenv("PATH");
    Finished end = run_program({"bash", "-c", command}, project_.root(), environment);
    INFO("$ " << command << "\n" << end.all());
    CHECK(end.code == 0);
    return end;
  }
  [[nodiscard]] static std::string first_line(const Finished& end) {
    return end.out.substr(0, end.out.find('\n'));
  }

  std::map<std::string, std::string> variables;
  int typed = 0;
  static constexpr const char* kProject = R"lua(
    task "sem.Report" { params = { date = param.date }, output = "out/${date}", sh = "touch ${output}" }
    task "Deploy" { params = { what = param.string }, output = "out/${what}", sh = "touch ${output}" }
    on.webhook "deploy" { start = function(body) return tasks.Deploy{ what = body.what } end }
  )lua";
  SpecProject project_;
  ApiDaemon daemon_;

 private:
  /// The daemon's own port instead of the pages'.
  [[nodiscard]] std::string here(std::string command) const {
    const std::string shown = "127.0.0.1:7171";
    for (size_t at = 0; (at = command.find(shown, at)) != command.npos;) {
      command.replace(at, shown.size(), daemon_.address());
    }
    return command;
  }
};

bool has_tools() {
  if (has_program("curl") && has_program("openssl")) return true;
  WARN("not tested: there is no curl, or no openssl");
  return false;
}

}  // namespace

TEST_CASE("what the page about the API shows of curl and tokens does what it says") {
  if (!has_tools()) return;
  Reader reader;
  CHECK(reader.type(reader.find("api.md", "--unix-socket")).json().is_array());
  reader.variables["TOKEN"] =
      reader.first_line(reader.type(reader.find("api.md", "token add me --role operator")));
  CHECK(reader.type(reader.find("api.md", "7171/api/v1/runs?limit=5") + " -f").json().is_array());

  const Json made = reader.type(reader.find("api.md", "-X POST") + " -f").json();
  CHECK(made == Json{{"run", 1}});
  wait_until("the run", [&] { return reader.project_.exists("out/2015-09-18"); });
  // The same with what the page says below: the events of a run.
  const std::string events =
      reader.type(reader.find("api.md", "-X POST") + " -f -N -H 'Accept: text/event-stream'").out;
  CHECK_THAT(events, ContainsSubstring("event: run\n") && ContainsSubstring("event: ended\n"));

  const Finished all = reader.type("timeout 60 " + reader.find("api.md", "/api/v1/events") +
                                   " -f | grep -m 1 'event: begin'");
  CHECK(all.out == "event: begin\n");

  (void)reader.type(reader.find("api.md", "token add ci"));
  CHECK_THAT(reader.type(reader.find("api.md", "token list")).out, ContainsSubstring("ci"));
  (void)reader.type(reader.find("api.md", "token remove ci"));
  CHECK(reader.type(reader.find("api.md", "token list")).out.find("ci ") == std::string::npos);
}

TEST_CASE("a webhook is signed and called as the pages show") {
  if (!has_tools()) return;
  Reader reader;
  reader.variables["SECRET"] =
      reader.first_line(reader.type(reader.find("triggers.md", "token webhook deploy")));
  reader.variables["body"] = R"({"what": "new"})";
  const std::string sign =
      reader.find("api.md", "t=$(date") + "\n" + reader.find("api.md", "v1=$(") + "\n";
  const std::string call =
      reader.find("triggers.md", "-X POST") + " -s -o answer -w '%{http_code}'";
  CHECK(reader.type(sign + call).out == "202");
  wait_until("what it starts", [&] { return reader.project_.exists("out/new"); });
  CHECK(reader.type("t=$(date +%s) v1=00\n" + call).out == "401");
}

TEST_CASE("no page shows a command of curl that is not tried") {
  size_t shown = 0;
  for (const auto& page : fs::directory_iterator(pages())) {
    if (page.path().extension() != ".md") continue;
    const auto commands = commands_of(page.path().filename());
    shown += static_cast<size_t>(std::ranges::count_if(
        commands, [](const std::string& one) { return one.starts_with("curl "); }));
  }
  CHECK(shown == 5);  // four of api.md and one of triggers.md, in the tests above
}

}  // namespace moondial::e2e::curl_pages_test
