#!/usr/bin/env bash
# How soon the edit of one of many pipeline files is in force in a daemon: from the rename that saves
# it to the line `reloaded` of its log, which it writes when the new texts are in force.
# usage: bench/reload.sh MOONDIAL [FILES] [ROUNDS]
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

files=${1:-1000}
rounds=${2:-11}
project=$dir/project
mkdir -p "$project/pipelines"

# text <number> <what it says>
text() {
  cat <<LUA
task "p$1.Fetch" { params = { date = param.date }, output = "data/p$1/raw/\${date}.csv",
  sh = "echo $2 > \${output}" }
task "p$1.Report" { params = { date = param.date },
  requires = function(t) return tasks.p$1.Fetch(t) end, output = "data/p$1/\${date}.md",
  run = function(t) t.output:write(t.input:read()) end }
schedule "p$1" { cron = "30 1 * * *", tz = "UTC",
  start = function(at) return tasks.p$1.Report{ date = at.date } end }
LUA
}
for ((n = 1; n <= files; n++)); do text "$n" first >"$project/pipelines/p$n.lua"; done

serve "$project"
# Milliseconds until another reload is told.
edit() {
  local start end
  text "$1" "round $2" >"$project/new"
  start=$(date +%s%N)
  mv "$project/new" "$project/pipelines/p$1.lua"
  until [ "$(grep -c ' reloaded: ' "$dir/log")" -ge "$2" ]; do sleep 0.002; done
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "%.1f\n", ns / 1e6 }'
}
times=()
for ((round = 1; round <= rounds; round++)); do times+=("$(edit "$((round * 7 % files + 1))" "$round")"); done
end_daemon
result "one of $files pipeline files edited: in force after, ms" "$(median "${times[@]}")" '≤ 100'
