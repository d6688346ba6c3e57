#!/usr/bin/env bash
# Many tasks in Lua alone, with output = mark(): each is recorded durably, nothing is spawned.
# usage: bench/lua_tasks.sh MOONDIAL [TASKS [ROUNDS]]
# The time is that of the whole command: start of the engine, plan, run, summary.
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tasks=${1:-100000}
rounds=${2:-3}
rates=()
for ((round = 1; round <= rounds; round++)); do
  project=$dir/$round
  mkdir -p "$project/pipelines"
  cat >"$project/pipelines/mark.lua" <<LUA
local Mark = task "Mark" { params = { n = param.int }, output = mark(), run = function() end }
task "All" { requires = function() return each(1, $tasks, function(n) return Mark{ n = n } end) end }
LUA
  time=$(cd "$project" && ms "$moondial" run All)
  engine_end "$project"
  done=$(cd "$project" && "$moondial" runs --json | grep -o '"done": *[0-9]*' | grep -o '[0-9]*$')
  [ "$done" = $((tasks + 1)) ]
  rates+=("$(divide "${tasks}000" "$time" 0)")
  printf 'round %s: %s tasks/s\n' "$round" "${rates[-1]}"
done
result "$tasks Lua tasks with mark(), tasks/s" "$(median "${rates[@]}")" '≥ 50000'
