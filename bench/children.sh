#!/usr/bin/env bash
# Many long-running commands at once: what each costs in the engine, and whether others feel them.
# usage: bench/children.sh MOONDIAL [CHILDREN [ROUNDS]]
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

children=${1:-1000}
rounds=${2:-11}
mkdir -p "$dir/project/pipelines"
cat >"$dir/project/pipelines/sleep.lua" <<LUA
local Sleep = task "Sleep" { params = { n = param.int }, sh = { "sleep", "1000" } }
task "All" { requires = function() return each(1, $children, function(n) return Sleep{ n = n } end) end }
task "Hold" { sh = { "sleep", "1000" } }
task "One" { params = { n = param.int }, output = "out/\${n}", sh = ": > \${output}" }
LUA
cd "$dir/project"

# The median milliseconds of a trivial task beside what runs.
other() {
  local times=() round
  for ((round = 1; round <= rounds; round++)); do
    times+=("$(ms "$moondial" run One n="$1$round" -j $((children + 100)))")
  done
  median "${times[@]}"
}
resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

"$moondial" run Hold --detach >/dev/null
engine=$(engine_pid .)
trap 'kill "$engine" 2>/dev/null || true; flock .moondial/engine.lock true; rm -rf "$dir"' EXIT
alone=$(other 1)
before=$(resident_kb "$engine")
"$moondial" run All -j $((children + 100)) --detach >/dev/null
until [ "$(pgrep -c -P "$engine" sleep)" = $((children + 1)) ]; do sleep 0.1; done
after=$(resident_kb "$engine")
beside=$(other 2)
printf 'a trivial task takes %s ms alone, %s ms beside %s commands\n' "$alone" "$beside" "$children"
result "$children commands at once, KB each" "$(divide $((after - before)) "$children" 1)" '≤ 30'
result "a trivial task beside $children commands, over alone" "$(divide "$beside" "$alone")" '~ 1'
