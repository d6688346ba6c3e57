# shellcheck shell=bash
# Sourced by run and nightly: step <verb of ./dev> [arguments] runs it and says how long it took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
  local start=$SECONDS
  printf '\n=== ./dev %s\n' "$*"
  if ./dev "$@"; then
    printf '=== ./dev %s: passed in %d s\n' "$*" $((SECONDS - start))
  else
    printf '=== ./dev %s: FAILED after %d s\n' "$*" $((SECONDS - start))
    exit 1
  fi
}
