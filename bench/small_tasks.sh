#!/usr/bin/env bash
# Many small commands: moondial beside ninja on the same work, in turn, on the same disk.
# usage: bench/small_tasks.sh MOONDIAL [KIND [TASKS [ROUNDS]]]
# KIND: list     sh = { "touch", "${output}" }, and `touch $out`
#       string   sh = ": > ${output}" by sh, and `: > $out`
#       layers   as string, in 20 layers with two random edges a task to the layer before
# moondial records every attempt durably and syncs every output before it renames it; ninja does
# neither. Rounds alternate; folders are new in each, and none is removed before the end.
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kind=${1:-list}
tasks=${2:-10000}
rounds=${3:-3}
layers=20

# shellcheck disable=SC2016 # the ${output} is the pipeline's, $out is ninja's
case $kind in
  list) sh='{ "touch", "${output}" }' ninja_command='touch $out' ;;
  string | layers) sh='": > ${output}"' ninja_command=': > $out' ;;
  *) echo "bench/small_tasks.sh: KIND is list, string or layers" >&2; exit 2 ;;
esac

# Both graphs from one list of lines `TASK NEED NEED`.
edges() {
  awk -v n="$tasks" -v layers="$([ "$kind" = layers ] && echo $layers || echo 1)" 'BEGIN {
    srand(7); width = n / layers
    for (i = 1; i <= n; i++) {
      below = int((i - 1) / width) * width
      if (below == 0) print i
      else print i, 1 + below - width + int(rand() * width), 1 + below - width + int(rand() * width)
    } }'
}

make_moondial() {
  mkdir -p "$1/pipelines"
  echo 'return { shell = { "sh", "-e", "-c" } }' >"$1/moondial.lua"
  {
    echo 'local needs = {'
    edges | awk 'NF > 1 { printf "[%d] = { %d, %d },\n", $1, $2, $3 }'
    cat <<LUA
}
local Touch
Touch = task "Touch" {
  params = { n = param.int },
  requires = function(t)
    return each(needs[t.n] or {}, function(n) return Touch{ n = n } end)
  end,
  output = "out/\${n}",
  sh = $sh,
}
task "All" { requires = function() return each(1, $tasks, function(n) return Touch{ n = n } end) end }
LUA
  } >"$1/pipelines/touch.lua"
}

make_ninja() {
  mkdir -p "$1"
  {
    printf 'rule touch\n  command = %s\n' "$ninja_command"
    edges | awk '{ printf "build out/%d: touch", $1
                   for (i = 2; i <= NF; i++) printf " out/%d", $i
                   print "" }'
  } >"$1/build.ninja"
}

made() { find "$1/out" -type f | wc -l; }

ratios=()
printf '%-8s %12s %12s %8s\n' round 'moondial ms' 'ninja ms' ratio
for ((round = 1; round <= rounds; round++)); do
  here=$dir/$round
  make_moondial "$here/moondial"
  make_ninja "$here/ninja"
  ours=$(cd "$here/moondial" && ms "$moondial" run All -j 2)
  theirs=$(cd "$here/ninja" && ms ninja -j 2)
  [ "$(made "$here/moondial")" = "$tasks" ] && [ "$(made "$here/ninja")" = "$tasks" ]
  engine_end "$here/moondial"
  ratios+=("$(divide "$ours" "$theirs")")
  printf '%-8s %12s %12s %8s\n' "$round" "$ours" "$theirs" "${ratios[-1]}"
done
result "$tasks small tasks, $kind, over ninja" "$(median "${ratios[@]}")" '≤ 1.0'
