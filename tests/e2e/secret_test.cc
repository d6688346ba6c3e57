// A secret parameter from the command line to the command that needs it, and nowhere else.
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/harness.h"

namespace moondial::e2e::secret_test {
namespace {

namespace fs = std::filesystem;

const std::string kSecret = "hunter2-s3cr3t";

const char* const kPipeline = R"lua(
task "Say" {
  doc    = "says its secret in two halves, emits it and leaves its command line",
  params = { token = param.string{ secret = true, doc = "of the API" }, n = param.int },
  output = { key = "key.txt", argv = "argv.txt" },
  env    = { TOKEN = "${token}" },
  sh     = [[
    t=${token}
    printf %s "$${t:0:7}"
    printf '%s\n' "$${t:7}"
    echo "again $TOKEN" >&2
    echo "key=$t" >> "$MOONDIAL_EMIT"
    set -x
    : "$t"
    set +x
    tr '\0' '\n' < /proc/$$/cmdline > ${output.argv}
    printf %s "$t" > ${output.key}
  ]],
}

task "Fail" {
  params   = { token = param.string{ secret = true }, n = param.int },
  requires = tasks.Say,
  run = function(t)
    print("it is", t.token)
    print(sh("printf %s ${token}", { capture = true }).stdout)
    sh "printf %s ${token}"
    emit{ key = t.token, rows = 3 }
    progress(0.5, t.token)
    error("no luck with " .. t.token)
  end,
}

task "Wrong" {
  params   = { token = param.string{ secret = true } },
  requires = function(t) error("no plan with " .. t.token) end,
}
)lua";

/// The files beneath a directory that hold the secret or half of it.
std::string holders(const fs::path& directory) {
  std::string found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    if (text.str().find("hunter") != std::string::npos ||
        text.str().find("s3cr3t") != std::string::npos) {
      found += entry.path().string() + "\n";
    }
  }
  return found;
}

void check_silent(const Finished& out) {
  INFO(out.all());
  CHECK(out.all().find("hunter") == std::string::npos);
  CHECK(out.all().find("s3cr3t") == std::string::npos);
}

}  // namespace

TEST_CASE("a secret reaches its command, and is nowhere to be found afterwards") {
  Project project;
  project.write("pipelines/p.lua", kPipeline);
  const Finished done = project.moondial({"run", "Say", "n=1", "token=" + kSecret});
  INFO(done.all());
  REQUIRE(done.code == 0);
  check_silent(done);
  CHECK(project.read("key.txt") == kSecret);
  const std::string argv = project.read("argv.txt");
  CHECK(argv.find("MOONDIAL_SECRET_token") != std::string::npos);
  CHECK(argv.find("hunter") == std::string::npos);

  const Finished logs = project.moondial({"logs", "1"});
  check_silent(logs);
  CHECK(logs.out.find("again ***") != std::string::npos);
  const Finished show = project.moondial({"show", "1", "--json"});
  check_silent(show);
  const auto task = show.json()["tasks"][0];
  CHECK(task["id"] == "Say(n=1)");
  CHECK(task["attempts"][0]["emitted"]["key"] == "***");
  project.wait_for_engine_end();
  CHECK(holders(project / ".moondial") == "");
}

TEST_CASE("a failure that names its secret is told and kept without it") {
  Project project;
  project.write("pipelines/p.lua", kPipeline);
  const Finished out = project.moondial({"run", "Fail", "n=1", "token=" + kSecret, "-j", "2"});
  INFO(out.all());
  CHECK(out.code == 1);
  check_silent(out);
  CHECK(out.out.find("no luck with ***") != std::string::npos);
  CHECK(out.out.find("moondial run Fail n=1 'token=***' -j 2") != std::string::npos);
  const Finished json = project.moondial({"run", "Fail", "n=1", "token=" + kSecret, "--json"});
  CHECK(json.code == 1);
  check_silent(json);
  check_silent(project.moondial({"logs", "1"}));
  check_silent(project.moondial({"logs", "2"}));
  check_silent(project.moondial({"show", "2", "--json"}));
  CHECK(holders(project / ".moondial") == "");  // also while an engine may still be there
  project.wait_for_engine_end();
  CHECK(holders(project / ".moondial") == "");
  CHECK(project.integrity() == "ok\n");
}

TEST_CASE("an error of a plan is told without the secret that was given") {
  Project project;
  project.write("pipelines/p.lua", kPipeline);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"run", "Wrong", "token=" + kSecret},
        std::vector<std::string>{"plan", "Wrong", "token=" + kSecret},
        std::vector<std::string>{"plan", "Wrong", "token=" + kSecret, "--json"},
        std::vector<std::string>{"run", "Say", "n=x", "token=" + kSecret},
        std::vector<std::string>{"run", "Say", "m=1", "token=" + kSecret}}) {
    const Finished out = project.moondial(command);
    CHECK(out.code == 2);
    check_silent(out);
  }
  const Finished plan = project.moondial({"plan", "Say", "n=1", "token=" + kSecret, "--json"});
  CHECK(plan.code == 0);
  check_silent(plan);
  check_silent(project.moondial({"run", "Say", "n=1", "token=" + kSecret, "--dry-run"}));
  // What the client printed for the secret is no secret.
  CHECK(project.moondial({"run", "Say", "n=1", "token=***"}).code == 2);
  project.wait_for_engine_end();
  CHECK(holders(project / ".moondial") == "");
}

TEST_CASE("the list of tasks says which parameters are secret") {
  Project project;
  project.write("pipelines/p.lua", kPipeline);
  const Finished text = project.moondial({"tasks"});
  CHECK(text.out.find("Say n=<int> token=<string, secret>\n") != std::string::npos);
  const auto tasks = project.moondial({"tasks", "--json"}).json();
  for (const auto& task : tasks) {
    for (const auto& param : task["params"]) {
      CHECK(param.value("secret", false) == (param["name"] == "token"));
    }
  }
}

TEST_CASE("two runs of one task have each its own secret") {
  Project project;
  project.write("pipelines/p.lua", R"lua(
task "Put" { params = { token = param.string{ secret = true }, n = param.int }, output = "${n}.txt",
  run = function(t) t.output:write(t.token) end })lua");
  REQUIRE(project.moondial({"run", "Put", "n=1", "token=first-one"}).code == 0);
  REQUIRE(project.moondial({"run", "Put", "n=1", "token=second-one", "--force"}).code == 0);
  CHECK(project.read("1.txt") == "second-one");
}

}  // namespace moondial::e2e::secret_test
