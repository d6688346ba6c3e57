# shellcheck shell=bash
# What the benchmarks share; sourced by them. Each is called with the path of the binary, works in
# $dir, which is removed at its end, and ends with lines `result | WHAT | FIGURE | AIM`.
set -euo pipefail

# shellcheck disable=SC2034 # used by who sources this
moondial=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# ms <command…>: its wall milliseconds; its output goes to $dir/log, and is shown if it fails.
ms() {
  local start end
  start=$(date +%s%N)
  "$@" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "%.1f", ns / 1e6 }'
}

# Of its arguments.
median() { printf '%s\n' "$@" | sort -g | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }

divide() { awk -v a="$1" -v b="$2" -v d="${3:-2}" 'BEGIN { printf "%.*f", d, a / b }'; }

# engine_end <project>: the engine of a run ends a moment after it.
engine_end() { flock "$1/.moondial/engine.lock" true; }

# memory_kb <pid>: the most that a process has had resident.
memory_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

engine_pid() { cat "$1/.moondial/engine.lock"; }

result() { printf 'result | %s | %s | %s\n' "$1" "$2" "$3"; }

# serve <project>: a daemon that serves it by now: $daemon, with its words in $dir/log.
serve() {
  "$moondial" -C "$1" serve 2>"$dir/log" &
  daemon=$!
  until grep -q ' serves ' "$dir/log"; do
    kill -0 "$daemon" || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
  done
}
end_daemon() {
  kill -TERM "$daemon"
  wait "$daemon"
}
