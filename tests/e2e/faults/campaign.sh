#!/usr/bin/env bash
# The long tests of faults. They need a build of the tests; BUILD names its folder (build/release).
#   campaign.sh [KILLS] [SEED]  kills the engine that many times (200) at moments that follow from
#                               the seed (any), and looks at everything after each; campaign.h
#   campaign.sh steps [FIRST]   before each step in turn, from the FIRST on
#   campaign.sh long            what waits for long
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
build=${BUILD:-build/release}
export MOONDIAL_BIN=$PWD/$build/moondial MOONDIAL_SOURCE_DIR=$PWD
export MOONDIAL_FAULTS=$PWD/$build/tests/libmoondial_faults.so
[ -x "$build/tests/test_faults" ] || {
  printf 'campaign.sh: no %s/tests/test_faults; ./dev test builds it\n' "$build" >&2
  exit 1
}
case ${1:-} in
  steps)
    export MOONDIAL_FIRST_STEP=${2:-1}
    exec "$build/tests/test_faults" '[steps]'
    ;;
  long) exec "$build/tests/test_faults" '[long]' ;;
esac
export MOONDIAL_KILLS=${1:-200} MOONDIAL_SEED=${2:-$RANDOM}
printf 'seed %s, %s kills\n' "$MOONDIAL_SEED" "$MOONDIAL_KILLS"
exec "$build/tests/test_faults" '[campaign]'
