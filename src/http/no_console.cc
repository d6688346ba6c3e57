// Instead of what web/ makes, where there is no Node to make it.
#include "embed/console.h"

namespace moondial::embedded {

std::span<const EmbeddedFile> console() { return {}; }

}  // namespace moondial::embedded
