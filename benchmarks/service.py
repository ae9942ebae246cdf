"""Measure the bars of the service on loopback and keep the page: python -m benchmarks.service all

Each bar starts ``liveliness serve`` in a process of its own with a store in a temporary folder:

  load       720x1280 JPEGs from 16 clients: photos a second, p99, processor time a photo (quiet machine wanted)
  memory     20,000 requests: resident memory
  hostile    5,000 malformed uploads: no 500, no crash
  kills      kill -9 twenty times under load: every acknowledged photo is there exactly once
  away       the external API is down, hangs, drips or fails: every verdict within its limit
  schema     Schemathesis on the OpenAPI schema
  timing     load and memory: what wants a quiet machine
  all        all of them

The clients run on the same cores and take their share. Processor time does not depend on what else the machine does.
A section of benchmarks/results/service.md is replaced when its bar is measured again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.serving import bars
from liveliness_lib.paths import atomic_path
from liveliness_lib.weights import has_set

PAGE = Path(__file__).parent / "results" / "service.md"
_GROUPS = {"timing": ("load", "memory"), "all": ("load", "memory", "hostile", "kills", "away", "schema")}
_INTRODUCTION = """# The service under load, hostility and kills

Written by `python -m benchmarks.service all`, which says what each bar does; every section names its machine and how busy
it was. Clients and service share the cores. The base install finds faces with the detectors that need no fetched weights.
"""


def measurements(given: argparse.Namespace) -> dict[str, list[Callable[[], bars.Bar]]]:
    """Return what is measured for each subcommand."""
    loads = [lambda: bars.load(given.seconds, given.clients, weights=False)]
    if has_set("yunet"):
        loads.append(lambda: bars.load(given.seconds, given.clients, weights=True))
    return {
        "load": loads,
        "memory": [lambda: bars.memory(given.requests)],
        "hostile": [lambda: bars.hostile(given.uploads)],
        "kills": [lambda: bars.kills(given.kills)],
        "away": [lambda: bars.api_away(given.seconds / 2)],
        "schema": [lambda: bars.schema(given.examples)],
    }


def keep(bar: bars.Bar, note: str, page: Path) -> None:
    """Write or replace the section of a bar."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    sections = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in text.split("\n## ")[1:]}
    sections[bar.title] = f"{bar.to_text()}\n\n{note}"
    body = "".join(f"\n## {title}\n\n{section}\n" for title, section in sorted(sections.items()))
    with atomic_path(page) as temporary:
        temporary.write_text(_INTRODUCTION + body, encoding="utf-8")


def main() -> int:
    """Measure what is asked for; exit code 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="load", choices=[*_GROUPS["all"], *_GROUPS])
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--uploads", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    todo, missed = measurements(given), []
    for name in _GROUPS.get(given.what, (given.what,)):
        for measure in todo[name]:
            busy, start = os.getloadavg()[0], time.perf_counter()
            bar = measure()
            note = f"{machine()}; load average before: {busy:.1f}; took {time.perf_counter() - start:.0f} s"
            print(f"\n== {bar.title}\n{bar.to_text()}\n{note}", flush=True)
            keep(bar, note, given.out)
            missed += [] if bar.met else [bar.title]
    print(f"\nnot met: {', '.join(missed)}" if missed else "\nall met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
