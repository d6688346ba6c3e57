#!/usr/bin/env bash
# All benchmarks, and a table of their results. usage: bench/all.sh MOONDIAL BENCH_WORKFLOWS
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
moondial=$1
workflows=$2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() {
  printf '\n--- %s\n' "${*##*/}"
  "$@" 2>&1 | tee -a "$log"
}

printf 'machine: %s cores, %s, %s GB, %s, kernel %s\n' "$(nproc)" \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
  "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)" \
  "$(stat -f -c %T "${TMPDIR:-/tmp}")" "$(uname -r)"
printf 'ninja %s; load before: %s\n' "$(ninja --version)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"

for kind in list string layers; do step "$here/small_tasks.sh" "$moondial" "$kind"; done
step "$here/nothing_to_do.sh" "$moondial"
step "$here/plan_memory.sh" "$moondial"
step "$here/lua_tasks.sh" "$moondial"
step "$here/latency.sh" "$moondial"
step "$here/children.sh" "$moondial"
step "$here/console.sh" "$moondial"
step "$here/schedules.sh" "$moondial"
step "$here/reload.sh" "$moondial"
step "$workflows" "$here/workflows"

printf '\n| work | measured | aim |\n| --- | --- | --- |\n'
sed -n 's/^result //p' "$log" | sed 's/$/ |/'
