"""The processes of a Flink cluster of this machine: started, written down, and ended by id and start time."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

STATE = "cluster.json"


class Cluster:
    """What was started, in one JSON file: a name to its process id and when the process began."""

    def __init__(self, folder):
        self.run = folder / "run"
        self.file = self.run / STATE
        self.told = json.loads(self.file.read_text()) if self.file.is_file() else {"processes": {}}

    def start(self, name, command, **places):
        """Starts a process in a session of its own, its words in ``logs``."""
        with open(self.run / "logs" / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **places,
            )  # fmt: skip
        self.told["processes"][name] = {"pid": process.pid, "began": began(process.pid)}
        self.file.write_text(json.dumps(self.told, indent=1))

    def alive(self, name):
        """Whether the process that was started under this name still runs."""
        one = self.told["processes"][name]
        return one["began"] is not None and began(one["pid"]) == one["began"]

    def end(self, name):
        """Ends the process and the session that it led: asked to first, then made to."""
        pid, since = (self.told["processes"][name][key] for key in ("pid", "began"))
        if self.alive(name):
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                if not self.alive(name):
                    break
                time.sleep(0.1)
        # A number is not given anew while its session has members: what began at another time is not ours.
        if began(pid) in (None, since):
            for member in members(pid):
                os.kill(member, signal.SIGKILL)
        del self.told["processes"][name]
        self.file.write_text(json.dumps(self.told, indent=1))


def stat_of(pid):
    """The fields of /proc/<pid>/stat from the state on, or None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def began(pid):
    """When a process began, in clock ticks since the machine did; None where it has ended."""
    fields = stat_of(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[19])


def members(session):
    """Ids of the living processes of a session."""
    found = []
    for place in Path("/proc").iterdir():
        fields = stat_of(place.name) if place.name.isdigit() else None
        if fields and fields[0] != "Z" and int(fields[3]) == session:
            found.append(int(place.name))
    return found
