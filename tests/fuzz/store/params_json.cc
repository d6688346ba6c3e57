// The parameters of a task as they are stored. Input: the JSON.
#include "store/params_json.h"

#include "base/text.h"
#include "store/connection.h"
#include "tests/fuzz/fuzz.h"

FUZZ_TARGET(params_json) {
  using namespace moondial;  // NOLINT
  const auto read = [](const std::string& json) {
    return store::at_seam("db", [&]() -> Result<Params> { return store::params_from_json(json); });
  };
  const auto params = read(std::string(input));
  if (params.ok()) {
    const std::string json = store::to_json(*params);
    const auto again = read(json);
    fuzz::expect(again.ok(), "parameters that are stored are read");
    fuzz::expect_same(store::to_json(*again), json, "and stored the same");
  } else {
    fuzz::expect(params.error().code == Code::kCorrupt, "a refusal is kCorrupt");
  }
  const Params one = {{"v", std::string(input)}};
  const auto back = read(store::to_json(one));
  fuzz::expect(back.ok() && *back == one, "any value is stored and read as it was");
}
