#!/bin/sh
# Stands for a command that changes the disk. Ends all of its process group, as a power cut does, when POWER_CUT says so.
count=$(cat "$POWER_CUTS" 2>/dev/null || echo 0)
echo $((count + 1)) >"$POWER_CUTS"
[ "$count" -lt "$POWER_CUT" ] || kill -9 0
exec "$POWER_REAL/${0##*/}" "$@"
