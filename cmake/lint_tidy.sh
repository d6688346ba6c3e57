#!/usr/bin/env bash
# Runs clang-tidy on one source file; silent if it passes. For `./dev lint`.
set -euo pipefail

file=$1
passed=build/lint/passed/$(cksum "$file" | tr ' /' '__')_$MOONDIAL_TIDY_COMMON
[ ! -f "$passed" ] || exit 0
if out=$(clang-tidy -p build/lint --quiet --extra-arg=-Wno-unknown-warning-option "$file" 2>/dev/null); then
  : >"$passed"
else
  printf '%s\n' "$out"
  exit 1
fi
