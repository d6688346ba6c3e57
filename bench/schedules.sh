#!/usr/bin/env bash
# What schedules cost a daemon: its CPU while it waits for many, and how soon what comes due in one
# second has started. usage: bench/schedules.sh MOONDIAL [SCHEDULES] [FIRINGS] [SECONDS]
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

schedules=${1:-10000}
firings=${2:-1000}
seconds=${3:-10}

# Ticks of 10 ms of CPU, user and system, of the daemon and what it has started.
ticks() {
  local pid sum=0
  for pid in "$daemon" $(pgrep -P "$daemon"); do
    sum=$((sum + $(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat")))
  done
  echo "$sum"
}

# Times over the whole day, none of them soon: what is measured is waiting alone.
mkdir -p "$dir/idle/pipelines" "$dir/busy/pipelines"
soon=$(date -u -d '-1 hour' +%H)
cat >"$dir/idle/pipelines/p.lua" <<LUA
task "T" { params = { n = param.int }, output = mark(), run = function() end }
for n = 1, $schedules do
  schedule("s" .. n) {
    cron = ("%d %d * * *"):format(n % 60, ($soon - n // 60 % 20) % 24), tz = "UTC",
    start = function() return tasks.T{ n = n } end,
  }
end
LUA
serve "$dir/idle"
before=$(ticks)
sleep "$seconds"
after=$(ticks)
end_daemon
result "a daemon that waits for $schedules schedules, % of a core" \
  "$(divide $((after - before)) "$seconds")" '< 1'

# Each in a file of its own, with a run of its own of a task in Lua, all due at one moment of today.
soon=$(date -u -d '+12 seconds' '+%-S %-M %-H')
echo 'task "T" { params = { n = param.int }, output = mark(), run = function() end }' \
  >"$dir/busy/pipelines/t.lua"
for ((n = 1; n <= firings; n++)); do
  cat >"$dir/busy/pipelines/s$n.lua" <<LUA
schedule "s$n" { cron = "$soon * * *", tz = "UTC", start = function() return tasks.T{ n = $n } end }
LUA
done
printf 'return { jobs = %d }\n' "$firings" >"$dir/busy/moondial.lua"
serve "$dir/busy"
ask() { sqlite3 -cmd '.timeout 5000' "$dir/busy/.moondial/moondial.db" "$1"; }
until [ "$(ask 'SELECT count(*) FROM runs WHERE ended IS NOT NULL')" -ge "$firings" ]; do
  kill -0 "$daemon" || { cat "$dir/log" >&2; exit 1; }
  sleep 0.5
done
end_daemon
late() { ask "SELECT ((SELECT max(started) FROM $1) - (SELECT max(instant) FROM firings)) / 1000"; }
result "$firings firings due at once: the last run has started after, ms" "$(late runs)" '< 1000'
result "the same: the last attempt has started after, ms" "$(late attempts)" ''
