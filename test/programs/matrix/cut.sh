#!/bin/sh
# Stands for a command that changes the disk. Ends all of its process group, as a power cut does, when POWER_CUT says so.
count=0
[ ! -e "$POWER_CUTS" ] || read -r count <"$POWER_CUTS"
echo $((count + 1)) >"$POWER_CUTS"
[ "$count" -lt "$POWER_CUT" ] || kill -9 0
exec "$POWER_REAL/${0##*/}" "$@"
