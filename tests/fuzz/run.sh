#!/usr/bin/env bash
# run.sh <seconds> <target>: one target of tests/fuzz under libFuzzer. `./dev fuzz` calls it.
# What it finds stays in build/fuzz: new inputs in finds/<target>, crashes in crashes/<target>-….
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=$1 target=$2
source=$(find tests/fuzz -mindepth 2 -name "$target.cc")
build=build/fuzz
log=$build/logs/$target
mkdir -p "$build/finds/$target" "$build/crashes" "$build/logs"

# A record is synced at each step: in memory, that costs nothing.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi

# Bounds: the memory of one input and of all, and the time of one, which also a busy machine keeps.
options=(-max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -malloc_limit_mb=512 -max_len=4096
  -artifact_prefix="$build/crashes/$target-" -print_final_stats=1 -reload=0 -verbosity=1)
if [ -f "${source%.cc}.dict" ]; then options+=(-dict="${source%.cc}.dict"); fi
kept=("tests/fuzz/corpus/$target")
if [ -d "tests/fuzz/regressions/$target" ]; then kept+=("tests/fuzz/regressions/$target"); fi

if "$build/targets/$target" "${options[@]}" "$build/finds/$target" "${kept[@]}" >"$log" 2>&1; then
  printf 'fuzz: %-14s %s inputs in %s s, nothing found\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds"
else
  tail -n 60 "$log"
  printf 'fuzz: %s FAILED. Its log is %s; the input is the last %s/crashes/%s-…\n' "$target" "$log" \
    "$build" "$target"
  exit 1
fi
