#!/bin/sh
# Start script for a black-box rig that measures any gate system: `rig.sh prep` makes configuration and list, `rig.sh run`
# becomes the daemon. The rig hands over RIG_HTTP, RIG_MODBUS (tcp | gw | rtu), RIG_MB_PORT, RIG_TTY, RIG_BAUD, RIG_POLL_MS,
# RIG_WL (SQLite: whitelist(plate)), RIG_MQTT (a broker's port: events go to gate/#) and RIG_EV, whose folder we use. Cameras push JSON to /c/bench-camera-{lane}-secret.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
node=$root/node_modules/node/bin/node
dir=$(dirname "$RIG_EV")/gatehouse
case "${1:-}" in
  prep) exec "$node" "$root/scripts/bench/rig.ts" "$dir" ;;
  run) exec "$root/scripts/gatehouse" run --config "$dir/config" --state "$dir/state" --log warn ;;
  *) echo "usage: rig.sh prep | run" >&2; exit 2 ;;
esac
