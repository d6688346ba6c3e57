#!/usr/bin/env bash
# How cost grows with the number of tasks: each measure at 1,000 tasks, 10,000 and so on. A figure for
# each task that stays as it is means that the whole grows in a straight line.
# usage: bench/growth.sh MOONDIAL OUT [MOST]
# MOST is 100,000 unless told; 1,000,000 takes an hour. Writes OUT/growth.tsv, and OUT/growth.svg with
# gnuplot, where that is installed.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
moondial=$1
out=$2
most=${3:-100000}

# figure <command…>: of its last line `result | WHAT | FIGURE | AIM`.
figure() { "$@" | sed -n 's/^result |[^|]*| \([^ |]*\).*/\1/p' | tail -n 1; }

mkdir -p "$out"
table=$out/growth.tsv
printf 'tasks\tcommands, over ninja\tin layers, over ninja\tnothing to do, over ninja\tplan, bytes a task\tplan, us a task\tin Lua, tasks/s\n' >"$table"
for ((size = 1000; size <= most; size *= 10)); do
  printf '%s tasks …\n' "$size" >&2
  list=$(figure "$here/small_tasks.sh" "$moondial" list "$size" 1)
  layers=$(figure "$here/small_tasks.sh" "$moondial" layers "$size" 1)
  nothing=$(figure "$here/nothing_to_do.sh" "$moondial" "$size" 3)
  plan=$("$here/plan_memory.sh" "$moondial" "$size" | awk -v size="$size" '$1 == size { print $3 "\t" $4 }')
  lua=$(figure "$here/lua_tasks.sh" "$moondial" "$size" 1)
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$size" "$list" "$layers" "$nothing" "$plan" "$lua" >>"$table"
done
column -t -s $'\t' "$table"

if ! command -v gnuplot >/dev/null; then
  printf 'without gnuplot there is no picture\n'
  exit 0
fi
gnuplot <<PLOT
set terminal svg size 1000,800 background "white"
set output "$out/growth.svg"
set datafile separator tab
set logscale x
set xlabel "tasks"
set yrange [0:*]
set key autotitle columnhead bottom
set multiplot layout 2,2
plot for [column = 2:4] "$table" using 1:column with linespoints linewidth 2
plot "$table" using 1:5 with linespoints linewidth 2
plot "$table" using 1:6 with linespoints linewidth 2
plot "$table" using 1:7 with linespoints linewidth 2
PLOT
printf 'drawn: %s\n' "$out/growth.svg"
