"""How long pages, pictures and searches take while twenty clients ask without a pause.

    python -m benchmarks.web.load [--database sqlite|postgresql] [--seconds 60] [--clients 20]

``facefold serve`` of a planted library (``benchmarks.web.library``: 20,000 faces of 200 people), and
``benchmarks.web.clients`` in a process of its own on the same machine, which takes processor time too: it is
told. Twice: with an idle worker but for the searches, then while all faces are grouped again and again.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.web.library import Size
from benchmarks.web.served import DATABASES, meanwhile, planted, served

ROOT = Path(__file__).resolve().parents[2]
ALL, ANSWERED = "all requests", "search by a face, answered"


def processor_seconds(pid):
    """Processor time that a process took so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(url, session, options):
    """The clients' figures, by what was asked for; and their own processor seconds."""
    command = [sys.executable, "-m", "benchmarks.web.clients", url, "--session", session]
    command += ["--clients", str(options.clients), "--seconds", str(options.seconds)]
    command += ["--warm", str(options.warm)]
    before = os.times()
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    after = os.times()
    taken = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(said.stdout), taken


def group_again(visitor, answers):
    """One grouping of all faces, from the question to the proposal; its seconds are kept."""

    def again():
        began = time.monotonic()
        made = visitor.ask("POST", "groupings", {"clusterer": "chinese_whispers"})
        visitor.until(lambda job: job["state"] in ("done", "failed"), f"jobs/{made['job']}")
        answers.append(time.monotonic() - began)

    return again


def apply_one(visitor):
    """A grouping applied, so that the last edit, which every page offers to undo, is as large as any."""
    made = visitor.ask("POST", "groupings", {"clusterer": "chinese_whispers", "distance": 0.3})
    visitor.until(lambda job: job["state"] == "done", f"jobs/{made['job']}")
    visitor.ask("POST", f"groupings/{made['grouping']}/apply", {})


def rows(told):
    """[(what, requests, p50, p95, largest ms, errors)]; all requests last, without the answered searches."""
    told = {name: told[name] for name in sorted(told)}
    every = [row for name, row in told.items() if name != ANSWERED]
    together = {key: [one for row in every for one in row[key]] for key in ("ms", "errors")}
    out = []
    for name, row in {**told, ALL: together}.items():
        p50, p95, most = np.percentile(row["ms"], [50, 95, 100])
        out.append((name, len(row["ms"]), p50, p95, most, len(row["errors"])))
    return out


def table(found):
    """The rows in Markdown."""
    lines = [
        "| asked for | requests | p50 ms | p95 ms | most ms | errors |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, n, *numbers, errors in found:
        cells = (name, f"{n:,}", *(f"{number:,.0f}" for number in numbers), str(errors))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def measured(running, session, options, title):
    """Asks once, and prints the table, requests a second, and each process's share of a core."""
    pids = running.children()
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    began = time.monotonic()
    told, clients = ask(running.url, session, options)
    took = time.monotonic() - began
    found = rows(told)
    shares = {name: (processor_seconds(pid) - before[name]) / took for name, pid in pids.items()}
    shares["clients"] = clients / took
    print(f"\n## {title}\n\n{table(found)}\n")
    cores = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    print(f"{found[-1][1] / options.seconds:.0f} requests a second; cores: {cores}", flush=True)
    for row in told.values():
        for error in row["errors"][:3]:
            print(f"  {error}")
    return found


def main(options):
    """Both measurements on one database."""
    size = Size(options.faces, options.people)
    with (
        planted(options.database, size) as (data, address, account),
        served(data, address, account) as (running, visitor, session),
    ):
        answers = []
        apply_one(visitor)
        measured(running, session, options, f"{options.database}, nothing else")
        with meanwhile(group_again(visitor, answers)):
            found = measured(running, session, options, f"{options.database}, while faces are grouped")
        print(f"{len(answers)} groupings meanwhile, the middle one took {np.median(answers):.1f} s")
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", type=float, default=5, help="seconds that don't count")
    parser.add_argument("--faces", type=int, default=Size.faces)
    parser.add_argument("--people", type=int, default=Size.people)
    main(parser.parse_args())
