#!/usr/bin/env bash
# Many small commands: moondial beside ninja on the same work, in turn, on the same disk.
# usage: bench/small_tasks.sh MOONDIAL [TASKS [ROUNDS]]
# Prints the wall seconds of each round and the median of the ratios moondial / ninja. moondial
# records every attempt durably and syncs every output before it renames it; ninja does neither.
set -euo pipefail

moondial=$1
tasks=${2:-2000}
rounds=${3:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/moondial/pipelines" "$dir/ninja"
cat >"$dir/moondial/moondial.lua" <<'LUA'
return { shell = { "sh", "-e", "-c" } }
LUA
cat >"$dir/moondial/pipelines/touch.lua" <<LUA
local Touch = task "Touch" { params = { n = param.int }, output = "out/\${n}", sh = ": > \${output}" }
task "All" { requires = function() return each(1, $tasks, function(n) return Touch{ n = n } end) end }
LUA
{
  # shellcheck disable=SC2016 # the $out is ninja's
  printf 'rule touch\n  command = : > $out\n'
  for ((n = 1; n <= tasks; n++)); do printf 'build out/%d: touch\n' "$n"; done
} >"$dir/ninja/build.ninja"

seconds() {
  local start end
  start=$(date +%s%N)
  "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  end=$(date +%s%N)
  echo $(((end - start) / 1000000))
}

made() { find "$1/out" -type f | wc -l; }

ratios=()
printf '%-8s %12s %12s %8s\n' round 'moondial ms' 'ninja ms' ratio
for ((round = 1; round <= rounds; round++)); do
  rm -rf "$dir/moondial/out" "$dir/moondial/.moondial" "$dir/ninja/out" "$dir/ninja/.ninja_log"
  ours=$(cd "$dir/moondial" && seconds "$moondial" run All -j 2)
  theirs=$(cd "$dir/ninja" && seconds ninja -j 2)
  [ "$(made "$dir/moondial")" = "$tasks" ] && [ "$(made "$dir/ninja")" = "$tasks" ]
  ratio=$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')
  ratios+=("$ratio")
  printf '%-8s %12s %12s %8s\n' "$round" "$ours" "$theirs" "$ratio"
done
printf 'median ratio for %s tasks: %s\n' "$tasks" \
  "$(printf '%s\n' "${ratios[@]}" | sort -n | sed -n "$(((rounds + 1) / 2))p")"
