#!/usr/bin/env bash
# What the console asks for, of a record of 100,000 runs: how long each answer takes, and how much
# of the daemon's CPU. usage: bench/console.sh MOONDIAL [RUNS [ROUNDS]]
# Where others use the machine, the second figure is the one to go by.
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(dirname "${BASH_SOURCE[0]}")
runs=${1:-100000}
rounds=${2:-11}
project=$dir/project
socket=$project/.moondial/engine.sock
mkdir -p "$project/pipelines"
for pipeline in $(seq -w 0 19); do
  cat >"$project/pipelines/p$pipeline.lua" <<LUA
for step = 0, 9 do
  task("p$pipeline.Step" .. step) { doc = "step " .. step, params = { date = param.date },
    requires = step > 0 and function(t) return tasks["p$pipeline.Step" .. step - 1](t) end or nil,
    output = mark(), run = function() end }
end
schedule "p$pipeline" { cron = "30 1 * * *", sla = "06:00",
  start = function(at) return tasks["p$pipeline.Step9"]{ date = at.date } end }
LUA
done
echo 'return { timezone = "UTC" }' >"$project/moondial.lua"
(cd "$project" && "$moondial" run p00.Step0 date=2001-01-01 >"$dir/log")
engine_end "$project"
last=$(($(date +%s) / 3600 * 3600))000000
sqlite3 "$project/.moondial/moondial.db" 'PRAGMA foreign_keys = ON; DELETE FROM runs; DELETE FROM successes; DELETE FROM marks; DELETE FROM durations'
printf '.parameter set :runs %s\n.parameter set :now %s\n.read %s\n' "$runs" "$last" "$here/history.sql" |
  sqlite3 "$project/.moondial/moondial.db" >"$dir/log"
printf '%s runs, %s tasks, %s attempts, %s failures, %s MB\n' \
  "$(sqlite3 "$project/.moondial/moondial.db" 'SELECT count(*) FROM runs')" \
  "$(sqlite3 "$project/.moondial/moondial.db" 'SELECT count(*) FROM tasks')" \
  "$(sqlite3 "$project/.moondial/moondial.db" 'SELECT count(*) FROM attempts')" \
  "$(sqlite3 "$project/.moondial/moondial.db" 'SELECT count(*) FROM attempts WHERE state = 8')" \
  "$(($(stat -c %s "$project/.moondial/moondial.db") >> 20))"

(cd "$project" && exec "$moondial" serve --listen 127.0.0.1:0 >"$dir/daemon" 2>&1) &
trap 'kill "$daemon" 2>"$dir/log"; wait; rm -rf "$dir"' EXIT
daemon=$!
until curl -fs --unix-socket "$socket" http://moondial/api/v1/engine >"$dir/log" 2>&1; do
  kill -0 "$daemon"
  sleep 0.1
done
daemon_pid=$(engine_pid "$project")
ticks=$(getconf CLK_TCK)

cpu_ms() { awk -v hz="$ticks" '{ print ($14 + $15) * 1000 / hz }' "/proc/$daemon_pid/stat"; }

# ask <what> <path> [PAUSE]: the median of some answers in ms, the CPU of each, and the size of the
# answer; with a pause in seconds before each.
slowest=0 most_cpu=0
ask() {
  local times=() before answer time size
  for ((round = 0; round < rounds + 1; round++)); do
    sleep "${3:-0}"
    [ "$round" != 1 ] || before=$(cpu_ms)
    answer=$(curl -fsS -o "$dir/answer" -w '%{time_total} %{size_download}' \
      --unix-socket "$socket" "http://moondial/api/v1/$2")
    read -r time size <<<"$answer"
    [ "$round" = 0 ] || times+=("$(divide "$time" 0.001 1)")
  done
  local ms cpu
  ms=$(median "${times[@]}")
  cpu=$(awk -v a="$before" -v b="$(cpu_ms)" -v n="$rounds" 'BEGIN { printf "%.1f", (b - a) / n }')
  # shellcheck disable=SC2016 # these are no commands
  printf '| %s | `%s` | %s | %s | %s |\n' "$1" "$2" "$ms" "$cpu" "$((size >> 10))"
  slowest=$(printf '%s\n' "$slowest" "$ms" | sort -g | tail -n 1)
  most_cpu=$(printf '%s\n' "$most_cpu" "$cpu" | sort -g | tail -n 1)
}

printf '| what | GET | ms | CPU, ms | KiB |\n| --- | --- | --- | --- | --- |\n'
middle=$((runs / 2))
day=$(sqlite3 "$project/.moondial/moondial.db" "SELECT substr(identity, 16, 10) FROM run_roots WHERE run = $middle - $middle % 20 + 7")
since=$(date -u -d "@$((last / 1000000 - 86400))" +%Y-%m-%dT%H:00:00Z)
ask 'runs' 'runs?limit=100'
ask 'runs, from the middle' "runs?limit=100&before=$middle"
ask 'runs, the last page' 'runs?limit=100&before=101'
ask 'runs of a day' "runs?since=$since&limit=500"
ask 'runs long ago' "runs?until=$(date -u -d "@$((last / 1000000 - runs * 59))" +%Y-%m-%dT%H:00:00Z)&limit=100"
ask 'runs that failed' 'runs?state=failed&limit=100'
ask 'runs that go on' 'runs?state=running&limit=100'
ask 'runs that are blocked: none' 'runs?state=blocked&limit=100'
ask 'backfills' 'runs?kind=backfill&limit=100'
ask 'runs of triggers: none' 'runs?kind=trigger&limit=100'
ask 'runs with a task' 'runs?task=p07.Step3&limit=100'
ask 'runs with a task that failed' 'runs?task=p07.Step3&state=failed&limit=100'
ask 'the run with an identity' "runs?task=p07.Step3(date=$day)&limit=100"
ask 'runs with a task that is none' 'runs?task=p99.Step3&limit=100'
ask 'runs for the search' 'runs?limit=500'
ask 'a run' "runs/$middle"
ask 'an attempt' "attempts/$((middle * 20 - 18))"
ask 'tasks' 'tasks'
ask 'attempts of a task' 'tasks/p07.Step3/attempts?limit=200'
ask 'attempts of a task, a page of its charts' 'tasks/p07.Step3/attempts?limit=500'
ask 'dates of a task' 'tasks/p07.Step3/dates?param=date'
ask 'errors' 'errors' 1.2 # found at most once a second: who asks sooner waits
ask 'missed deadlines' 'missed'
ask 'schedules' 'schedules?next=3'
ask 'schedules, for a calendar' 'schedules?next=100'
ask 'firings of a schedule' 'schedules/p07/firings?limit=200'
ask 'forecast' 'forecast?until=12h'
ask 'triggers' 'triggers'
ask 'pools' 'pools'
ask 'queue' 'queue'
ask 'scripts' 'scripts'
ask 'versions of a script' 'scripts/versions?file=pipelines/p03.lua'
result "the slowest list of the console, $runs runs: CPU (time), ms" "$most_cpu ($slowest)" '≤ 100'
