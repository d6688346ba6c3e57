#!/usr/bin/env bash
# The direction of includes: base <- core <- engine <- {lua, uv, store, http} <- cli. Adapters do not
# include one another, and base and core see neither loop nor scripts nor database nor threads.
set -euo pipefail

failed=0

# forbid <folder> <extended regular expression of what is between the quotes or brackets>
forbid() {
  [ -d "src/$1" ] || return 0
  if grep -rnE --include='*.h' --include='*.cc' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)[>\"]" "src/$1"; then
    printf '  src/%s must not include these\n' "$1"
    failed=1
  fi
}

forbid base '(core|engine|lua|uv|store|http|cli)/.*'
forbid core '(engine|lua|uv|store|http|cli)/.*'
forbid engine '(lua|uv|store|http|cli)/.*'
for adapter in lua uv store http; do
  others=$(printf '%s\n' lua uv store http | grep -vx "$adapter" | paste -sd'|' -)
  forbid "$adapter" "($others|cli)/.*"
done
for pure in base core; do
  forbid "$pure" 'uv\.h|lua\.h(pp)?|lauxlib\.h|sqlite3\.h|SQLiteCpp/.*|curl/.*|microhttpd\.h'
done
forbid core 'thread|mutex|shared_mutex|condition_variable|future|atomic|fstream|filesystem|ctime|time\.h|unistd\.h|sys/.*'

exit $failed
