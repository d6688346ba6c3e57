#!/usr/bin/env bash
# A run in which everything is complete: moondial beside ninja on the same graph, in turn.
# usage: bench/nothing_to_do.sh MOONDIAL [TASKS [ROUNDS]]
# Prints the wall milliseconds of each round, the median of the ratios moondial / ninja, and the
# largest memory of the processes in KB. moondial starts its engine each time, loads the pipeline
# and plans from Lua; ninja has built everything once, so that its log is as large as in use.
set -euo pipefail

moondial=$1
tasks=${2:-100000}
rounds=${3:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/moondial/pipelines" "$dir/moondial/out" "$dir/ninja"
cat >"$dir/moondial/pipelines/touch.lua" <<LUA
local Touch = task "Touch" { params = { n = param.int }, output = "out/\${n}", sh = ": > \${output}" }
task "All" { requires = function() return each(1, $tasks, function(n) return Touch{ n = n } end) end }
LUA
(cd "$dir/moondial/out" && seq 1 "$tasks" | xargs touch)
{
  # shellcheck disable=SC2016 # the $out is ninja's
  printf 'rule touch\n  command = : > $out\n'
  seq -f 'build out/%.0f: touch' 1 "$tasks"
} >"$dir/ninja/build.ninja"
printf 'ninja builds its %s files once …\n' "$tasks"
(cd "$dir/ninja" && ninja -j 2 >"$dir/log")

seconds() {
  local start end
  start=$(date +%s%N)
  "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  end=$(date +%s%N)
  echo $(((end - start) / 1000000))
}

# The engine of a run ends a moment after it.
engine_end() { flock .moondial/engine.lock true; }

# Notes the peak of each process of moondial's while it runs.
watch_memory() {
  local pid peak
  while [ -e "$dir/watch" ]; do
    for pid in $(cat "$dir/moondial/.moondial/engine.lock" 2>/dev/null) $(pgrep -x 'moondial-l.*'); do
      peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
      printf '%s %s\n' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$peak"
    done
    sleep 0.02
  done >"$dir/memory"
}

ratios=()
printf '%-8s %12s %12s %8s\n' round 'moondial ms' 'ninja ms' ratio
for ((round = 1; round <= rounds; round++)); do
  ours=$(cd "$dir/moondial" && seconds "$moondial" run All && engine_end)
  theirs=$(cd "$dir/ninja" && seconds ninja -j 2)
  ratio=$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')
  ratios+=("$ratio")
  printf '%-8s %12s %12s %8s\n' "$round" "$ours" "$theirs" "$ratio"
done
printf 'median ratio for %s complete tasks: %s\n' "$tasks" \
  "$(printf '%s\n' "${ratios[@]}" | sort -n | sed -n "$(((rounds + 1) / 2))p")"

touch "$dir/watch"
watch_memory &
(cd "$dir/moondial" && "$moondial" run All >"$dir/log" && engine_end)
rm "$dir/watch"
wait
printf 'largest memory, KB:\n'
awk '{ if ($2 > m[$1]) m[$1] = $2 } END { for (p in m) print "  " p, m[p] }' "$dir/memory"
