// Here the compiler puts what a class has once, its virtual functions among it.
#include "tests/http/fake_api.h"

namespace moondial {

FakeSessionApi::~FakeSessionApi() = default;
FakeApi::~FakeApi() = default;

}  // namespace moondial
