#!/usr/bin/env bash
# Runs clang-tidy on one file of build/lint that includes several sources (a unity build's), so that
# headers are read once for all of them. Silent if it passes. For `./dev lint`.
set -euo pipefail

file=$1
sources=()
while IFS=\" read -r _ source _; do sources+=("$source"); done < <(grep '^#include' "$file")
passed=build/lint/passed/$(cat "${sources[@]}" | cksum | tr ' ' _)_$MOONDIAL_TIDY_COMMON
[ ! -f "$passed" ] || exit 0
if out=$(clang-tidy -p build/lint --quiet --checks=-bugprone-suspicious-include \
  --extra-arg=-Wno-unknown-warning-option "$file" 2>/dev/null); then
  : >"$passed"
else
  printf '%s\n' "$out"
  exit 1
fi
