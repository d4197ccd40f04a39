#!/bin/sh
# A Flink cluster of this machine for Beam: flink_cluster.sh up|down|status [--help].
here=$(cd "$(dirname "$0")/.." && pwd)
exec "${PYTHON:-$here/.venv/bin/python}" "$here/scripts/flink_cluster.py" "$@"
