// Here the compiler puts what a class has once, its virtual functions among it.
#include "tests/engine/fakes.h"

namespace moondial::fakes {

FakeLoop::~FakeLoop() = default;
FakeStore::~FakeStore() = default;
FakeRunner::~FakeRunner() = default;
FakeTargets::~FakeTargets() = default;
FakeSpace::~FakeSpace() = default;
FakeSessions::~FakeSessions() = default;
FakeHost::~FakeHost() = default;

}  // namespace moondial::fakes
