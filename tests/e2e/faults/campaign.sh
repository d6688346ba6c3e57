#!/usr/bin/env bash
# campaign.sh [KILLS] [SEED]: kills the engine that many times (200) at moments that follow from the
# seed (any), in a project that goes on, and looks at everything after each. Needs a build of the
# tests; BUILD names its folder (build/release). See campaign.h.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
build=${BUILD:-build/release}
export MOONDIAL_KILLS=${1:-200} MOONDIAL_SEED=${2:-$RANDOM}
export MOONDIAL_BIN=$PWD/$build/moondial MOONDIAL_SOURCE_DIR=$PWD
export MOONDIAL_FAULTS=$PWD/$build/tests/libmoondial_faults.so
[ -x "$build/tests/test_faults" ] || {
  printf 'campaign.sh: no %s/tests/test_faults; ./dev test builds it\n' "$build" >&2
  exit 1
}
printf 'seed %s, %s kills\n' "$MOONDIAL_SEED" "$MOONDIAL_KILLS"
exec "$build/tests/test_faults" "kill -9 at random moments: a campaign"
