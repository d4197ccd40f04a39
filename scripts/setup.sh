#!/bin/sh
# Finds a Python that can carry facefold and hands over to setup_env.py.
# Usage: scripts/setup.sh [EXTRA ...]
set -eu
cd "$(dirname "$0")/.."
fits='import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'
found=""
for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.10 python3}; do
    if version=$("$python" -c 'import platform; print(platform.python_version())' 2>/dev/null); then
        if "$python" -c "$fits"; then
            exec "$python" scripts/setup_env.py "$@"
        fi
        found="$found $python=$version"
    fi
done
echo "setup: no usable Python. Found:${found:- none}. Needed: CPython 3.10 to 3.13." \
    "Fix: install one (for example python3.11) or name it: make setup PYTHON=/path/to/python3.11" >&2
exit 1
