#!/usr/bin/env bash
# The memory and time of a plan of many tasks, none of them complete: how both grow.
# usage: bench/plan_memory.sh MOONDIAL [TASKS…]
# The peak of all processes (engine, loader, lanes) above what they take for ten tasks, per task.
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(1000 10000 100000 1000000)

# plan <tasks>: `milliseconds kilobytes` of a run that has been planned and waits for its first task.
plan() {
  local project=$dir/$1 time engine pid total=0
  mkdir -p "$project/pipelines"
  cat >"$project/pipelines/many.lua" <<LUA
local Gate = task "Gate" { sh = "sleep 1000" }
local Part
Part = task "Part" {
  params = { n = param.int },
  requires = function(t) return t.n > 1 and { Part{ n = t.n // 2 }, Part{ n = t.n - 1 } } or Gate{} end,
  output = "out/\${n}",
  sh = ": > \${output}",
}
task "All" { requires = function() return each(1, $1, function(n) return Part{ n = n } end) end }
LUA
  time=$(cd "$project" && ms "$moondial" run All --detach)
  engine=$(engine_pid "$project")
  for pid in "$engine" $(pgrep -P "$engine" -f __loader) \
    $(pgrep -P "$(pgrep -P "$engine" -f __loader | paste -sd, -)" || true); do
    total=$((total + $(memory_kb "$pid")))
  done
  (cd "$project" && "$moondial" cancel 1 >/dev/null && "$moondial" logs 1 -f >/dev/null 2>&1) || true
  kill "$engine"
  flock "$project/.moondial/engine.lock" true
  printf '%s %s\n' "$time" "$total"
}

printf '%-10s %12s %14s %12s\n' tasks ms 'bytes a task' 'us a task'
read -r _ least < <(plan 10)
for size in "${sizes[@]}"; do
  read -r time total < <(plan "$size")
  bytes=$(divide $(((total - least) * 1024)) "$size" 0)
  printf '%-10s %12s %14s %12s\n' "$size" "$time" "$bytes" "$(divide "${time/./}00" "$size" 1)"
done
result "plan of $size tasks, bytes a task at the peak" "$bytes" '≤ 600'
