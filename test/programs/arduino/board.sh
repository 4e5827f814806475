#!/bin/sh
# Compiles the sketch in the current folder against the stubs beside this script, and runs it. Exit code 1 when it does not compile.
# Where its config is in NVS, it is compiled once. BOARD_CLOCK is a time for faketime.
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

# as the Arduino tools do: the prototypes of all functions before the first one
compile() {
  awk '
    /^[A-Za-z].*\) \{/ { prototype = $0; sub(/ \{.*/, ";", prototype); prototypes = prototypes prototype "\n"; if (!first) first = NR }
    { line[NR] = $0 }
    END {
      for (i = 1; i <= NR; i++) {
        if (i == first) printf "%s#line %d \"refresh.ino\"\n", prototypes, i
        print line[i]
      }
    }
  ' refresh.ino >refresh.ino.cpp
  # shellcheck disable=SC2086
  g++ $common -I "$cache" -I . -I "$stubs" -DREFRESH_IN_TASK="${REFRESH_IN_TASK:-0}" \
    -o ./board "$stubs/board.cpp" "$cache/json.o" -lssl -lcrypto -lpthread >&2
}

if [ -e nvs.csv ]; then
  mkdir -p nvs-oauth2
  awk '/,data,string,/ {
    file = "nvs-oauth2/" substr($0, 1, index($0, ",") - 1)
    sub(/^[^"]*"/, ""); sub(/"$/, ""); gsub(/""/, "\"")
    printf "%s", $0 >file
  }' nvs.csv
  sum=$(echo "${REFRESH_IN_TASK:-0}" | cat - refresh.ino arduino_secrets.h "$stubs"/*.* | sha256sum)
  board=$cache/board-${sum%% *}
  (
    flock 9
    [ -e "$board" ] || { compile && mv board "$board"; }
  ) 9>"$cache/lock" || exit 1
else
  board=./board
  compile || exit 1
fi
if [ -n "${BOARD_CLOCK:-}" ]; then exec faketime "$BOARD_CLOCK" "$board"; fi
exec "$board"
