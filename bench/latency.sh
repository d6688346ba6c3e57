#!/usr/bin/env bash
# One trivial task from process start to exit, in a project whose engine is not running; `version`.
# usage: bench/latency.sh MOONDIAL [ROUNDS]
# shellcheck source=bench/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${1:-21}
mkdir -p "$dir/project/pipelines"
# shellcheck disable=SC2016 # the ${n} is the pipeline's
echo 'task "One" { params = { n = param.int }, output = "out/${n}", sh = ": > ${output}" }' \
  >"$dir/project/pipelines/one.lua"
cd "$dir/project"
"$moondial" run One n=0 >/dev/null  # makes the database
tasks=() versions=()
for ((round = 1; round <= rounds; round++)); do
  engine_end .
  tasks+=("$(ms "$moondial" run One n="$round")")
  versions+=("$(ms "$moondial" version)")
done
engine_end .
result 'one trivial task, ms' "$(median "${tasks[@]}")" '≤ 30'
result 'version, ms' "$(median "${versions[@]}")" '≤ 5'
