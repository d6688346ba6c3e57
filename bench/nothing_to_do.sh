#!/usr/bin/env bash
# A run in which everything is complete: moondial beside ninja on the same graph, in turn.
# usage: bench/nothing_to_do.sh MOONDIAL [TASKS [ROUNDS]]
# moondial starts its engine each time, loads the pipeline and plans from Lua; ninja has built
# everything once, so that its log is as large as in use.
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tasks=${1:-100000}
rounds=${2:-5}

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

ratios=()
printf '%-8s %12s %12s %8s\n' round 'moondial ms' 'ninja ms' ratio
for ((round = 1; round <= rounds; round++)); do
  ours=$(cd "$dir/moondial" && ms "$moondial" run All)
  engine_end "$dir/moondial"
  theirs=$(cd "$dir/ninja" && ms ninja -j 2)
  ratios+=("$(divide "$ours" "$theirs")")
  printf '%-8s %12s %12s %8s\n' "$round" "$ours" "$theirs" "${ratios[-1]}"
done
result "nothing to do, $tasks complete tasks, over ninja" "$(median "${ratios[@]}")" '≤ 1.0'
