#!/bin/sh
# Compiles the sketch in the current folder against the stubs beside this script, and runs it. Exit code 1 when it does not compile.
set -eu
stubs=$(cd "$(dirname "$0")" && pwd)
common="-std=gnu++17 -O0 -Wall -Wextra -Werror -fno-diagnostics-show-caret"
cache=${TMPDIR:-/tmp}/offline-token-mint-arduino-$(id -u)

# what does not change from sketch to sketch
mkdir -p "$cache"
(
  flock 9
  if [ ! -e "$cache/done" ] || [ -n "$(find "$stubs" -newer "$cache/done")" ]; then
    cp "$stubs/all.h" "$cache/all.h"
    # shellcheck disable=SC2086
    g++ $common -x c++-header -I "$stubs" "$cache/all.h" -o "$cache/all.h.gch"
    # shellcheck disable=SC2086
    g++ $common -I "$stubs" -c "$stubs/json.cpp" -o "$cache/json.o"
    touch "$cache/done"
  fi
) 9>"$cache/lock"

# shellcheck disable=SC2086
g++ $common -I "$cache" -I . -I "$stubs" -DREFRESH_TIMEOUT="${REFRESH_TIMEOUT:-20}" -DREFRESH_TRIES="${REFRESH_TRIES:-5}" \
  -o ./board "$stubs/board.cpp" "$cache/json.o" >&2 || exit 1
exec ./board
