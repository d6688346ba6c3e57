#!/usr/bin/env bash
# Brings the upstream tarball of Lua 5.4.7 into a cache directory and prints its path.
#
# Why not the system's Lua: Debian 12's 5.4.4 breaks `a .. b` with a
# __concat metamethod when the stack moves during the call (tests/lua_probe keeps the proof).
# Why no copy in the tree: a hash is easier to review than 30,000 lines of other people's code.
#
# Sources, tried in this order, each checked against the SHA-256 below:
#   1. $MOONDIAL_LUA_TARBALL, a file put there by hand
#   2. the cache
#   3. the mirrors of lua.org, by curl or wget
#   4. on Debian and its kin: the `orig` tarball of the lua5.4 source package of the next release,
#      which is upstream's own file, fetched through apt with its signatures checked. The lists
#      are private to this script, made from the system's own; the system's lists stay as they are.
set -euo pipefail

readonly kVersion=5.4.7
readonly kSha256=9fbf5e28ef86c69858f6d3d34eccc32e911c1a28b4120ff3e84aaa70cfbf1e30
readonly kSuite=${MOONDIAL_LUA_SUITE:-trixie} # the Debian release whose lua5.4 is $kVersion
readonly kUrls=("https://www.lua.org/ftp/lua-$kVersion.tar.gz"
  "https://www.tecgraf.puc-rio.br/lua/ftp/lua-$kVersion.tar.gz")

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/moondial
target=$cache/lua-$kVersion.tar.gz

say() { printf 'lua: %s\n' "$*" >&2; }

is_right() {
  [ -f "$1" ] && [ "$( (sha256sum "$1" 2>/dev/null || shasum -a 256 "$1") | cut -d' ' -f1)" = "$kSha256" ]
}

# Publishes a checked file under its final name in one step: other builds may run beside this one.
keep() {
  local part
  part=$(mktemp "$cache/.lua.XXXXXX")
  cp "$1" "$part"
  chmod 644 "$part"
  mv -f "$part" "$target"
}

from_upstream() {
  local url
  for url in "${kUrls[@]}"; do
    say "asking $url"
    if command -v curl >/dev/null; then
      curl -fsSL --connect-timeout 10 --max-time 120 -o "$work/upstream" "$url" 2>/dev/null || continue
    elif command -v wget >/dev/null; then
      wget -q -T 10 -t 1 -O "$work/upstream" "$url" || continue
    else
      return 1
    fi
    if is_right "$work/upstream"; then
      keep "$work/upstream"
      return 0
    fi
    say "what came from $url is not the file that is expected (SHA-256 differs)"
  done
  return 1
}

# Copies the system's source entries that carry the Debian archive itself, with their suite
# renamed and their type changed to sources. Signed-By, options and addresses stay.
make_source_lists() {
  local out=$1 codename=$2 file
  mkdir -p "$out"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -nE "s/^deb(-src)?((\s+\[[^]]*\])?\s+\S+\s+)$codename(\s.*\bmain\b.*)/deb-src\2$kSuite\4/p" "$file"
  done | sort -u >"$out/moondial.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    deb822_entries "$file" "$codename"
  done >"$out/moondial.sources"
}

deb822_entries() {
  awk -v from="$2" -v to="$kSuite" '
    function flush() { if (suite && main && !off) printf "%s\n", entry; entry = ""; suite = main = off = 0 }
    /^[ \t]*$/ { flush(); next }
    /^#/ { next }
    {
      field = tolower($1)
      if (field == "suites:") suite = (" " $0 " ") ~ (" " from " ")
      if (field == "components:") main = / main( |$)/
      if (field == "enabled:" && tolower($2) == "no") off = 1
      if (field == "types:") $0 = "Types: deb-src"
      if (field == "suites:") $0 = "Suites: " to
      entry = entry $0 "\n"
    }
    END { flush() }' "$1"
}

os_release() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\).*/\1/p" /etc/os-release; }

from_debian() {
  command -v apt-get >/dev/null || return 1
  local id codename apt=$work/apt
  id=$(os_release ID) codename=$(os_release VERSION_CODENAME)
  [ "$id" = debian ] && [ -n "$codename" ] || return 1
  say "asking Debian's archive ($kSuite, source package lua5.4)"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/get"
  make_source_lists "$apt/sources.d" "$codename"
  local options=(-qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/sources.d"
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "Dir::Etc::Preferences=/dev/null"
    -o "Dir::Etc::PreferencesParts=/dev/null" -o "APT::Sandbox::User=$(id -un)"
    -o "Acquire::Languages=none" -o "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false")
  apt-get "${options[@]}" update >&2 || true # another list's trouble is not ours
  # --tar-only: the packaging is of no use here. apt checks the file against the signed index.
  (cd "$apt/get" && apt-get "${options[@]}" source --download-only --tar-only lua5.4 >&2) || return 1
  local file
  for file in "$apt"/get/*.orig.tar.*; do
    if is_right "$file"; then
      keep "$file"
      return 0
    fi
  done
  say "Debian's $kSuite carries another version of Lua, or a repacked one"
  return 1
}

main() {
  if [ -n "${MOONDIAL_LUA_TARBALL:-}" ]; then
    is_right "$MOONDIAL_LUA_TARBALL" || {
      say "MOONDIAL_LUA_TARBALL=$MOONDIAL_LUA_TARBALL is not lua-$kVersion.tar.gz (SHA-256 $kSha256)"
      exit 1
    }
    printf '%s\n' "$MOONDIAL_LUA_TARBALL"
    return
  fi
  if ! is_right "$target"; then
    mkdir -p "$cache"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    from_upstream || from_debian || {
      say "lua-$kVersion.tar.gz could not be had."
      say "Bring the file here by hand (${kUrls[0]}), then:"
      say "  MOONDIAL_LUA_TARBALL=/path/to/lua-$kVersion.tar.gz ./dev build"
      say "or put it at $target. Its SHA-256 must be $kSha256."
      exit 1
    }
    say "lua-$kVersion.tar.gz is here: $target"
  fi
  printf '%s\n' "$target"
}

main "$@"
