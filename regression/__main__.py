"""Run the notebooks as a regression test, or accept what the last run measured.

make regress                                 every notebook with fast=True, as many at a time as there are cores
make regress ARGS="-p seed 7"                the same with another seed, where a notebook has one
make regress ARGS="--full 03 06"             notebooks 03 and 06 as they are kept, with fast=False
make accept REASON="the gate asks for less"  what was measured is what the next run is compared with
make accept REASON=… ARGS=--rendered         the same of the last `make render`, which ran with fast=False

Reports: runs/regress/report.md, report.xml (JUnit), report.html. Bounds: tests/notebooks/bounds.json. Accepted values:
tests/notebooks/accepted.json. Exit code: 0 passed, 1 a metric or a notebook failed, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from liveliness_lib.paths import atomic_path
from liveliness_lib.results import read_metrics
from regression import compare, execute, report

OUT = compare.ROOT / "runs" / "regress"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.do(asked))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def run(asked: argparse.Namespace) -> int:
    """Run the notebooks, compare, write the reports; `results.json` grows as notebooks end."""
    given = {name: execute.parse_value(value) for name, value in asked.parameter}
    paths = execute.find_notebooks(asked.names, asked.notebooks)
    chosen = execute.choose_parameters(paths, given, full=asked.full)
    bounds, mode = compare.read_bounds(asked.bounds), "full" if asked.full else "fast"
    accepted = compare.read_accepted(asked.accepted).get(mode, {})
    held: dict[str, Any] = {"mode": mode, "parameters": given, "recorded": {}}
    found: dict[str, list[compare.Row]] = {}
    seconds = {}
    jobs = min(asked.jobs, len(paths))
    for ran in tqdm(execute.run_all(chosen, asked.out, jobs=jobs), total=len(paths), unit="notebook"):
        last = accepted.get(ran.notebook, {}).get("metrics")
        mine = bounds.get(ran.notebook, {})
        found[ran.notebook] = (
            compare.failed(ran.notebook, ran.error)
            if ran.error
            else compare.compare(ran.notebook, ran.metrics, mine, last, full=asked.full)
        )
        seconds[ran.notebook] = ran.seconds
        if not any(row.is_red for row in found[ran.notebook]):
            held["recorded"][ran.notebook] = ran.metrics
        rows = [row for name in sorted(found) for row in found[name]]
        with atomic_path(asked.out / "results.json") as temporary:
            temporary.write_text(json.dumps(held, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written = report.write_reports(rows, seconds, asked.out, title=_title(mode, given))
    for row in rows:
        if row.verdict != "same":
            print(f"{row.verdict:<9} {row.notebook} {row.metric}: {report.to_line(row)}")
    print(f"{report.summary_of(rows)}\n{written[0]}")
    return int(any(row.is_red for row in rows))


def accept(asked: argparse.Namespace) -> int:
    """Keep what the last run measured, except of notebooks that failed."""
    if asked.rendered:
        return _told(compare.accept(_rendered(asked), asked.reason, full=True, path=asked.accepted))
    source = asked.out / "results.json"
    if not source.is_file():
        raise ValueError(f"expected the results of a run at {source}: make regress first")
    held = json.loads(source.read_text(encoding="utf-8"))
    if held["parameters"]:
        raise ValueError(f"expected a run with the usual parameters to accept. Received: {held['parameters']}")
    full = held["mode"] == "full"
    return _told(compare.accept(held["recorded"], asked.reason, full=full, path=asked.accepted))


def _rendered(asked: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return what each notebook recorded when it was rendered; one out of its bounds is said and left out."""
    bounds, kept = compare.read_bounds(asked.bounds), {}
    for path in execute.find_notebooks((), asked.notebooks):
        left = asked.notebooks.parent / "runs" / "notebooks" / path.stem
        if not (left / "metrics.json").is_file():
            continue
        metrics = read_metrics(left)
        rows = compare.compare(path.stem, metrics, bounds.get(path.stem, {}), full=True)
        if red := [row for row in rows if row.is_red]:
            print(*(f"left out: {path.stem} {r.metric}: {r.verdict}, {report.to_line(r)}" for r in red), sep="\n")
        else:
            kept[path.stem] = metrics
    return kept


def _told(changed: list[str]) -> int:
    print(f"accepted: {', '.join(changed) if changed else 'nothing new'}")
    return 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _title(mode: str, given: dict[str, Any]) -> str:
    said = "".join(f", {name}={value!r}" for name, value in given.items())
    return f"Notebooks, fast={mode == 'fast'}{said}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m regression", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="{run,accept}")
    runs = commands.add_parser("run", help="run the notebooks and compare")
    runs.add_argument("names", nargs="*", help="beginnings of notebook names; all where none is given")
    runs.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="for every notebook that declares it; may be repeated",
    )  # fmt: skip
    runs.add_argument("--full", action="store_true", help="fast=False, as the notebooks are kept")
    runs.add_argument("-j", "--jobs", type=int, default=_cores(), help="notebooks at a time; default: cores")
    runs.set_defaults(do=run)
    accepts = commands.add_parser("accept", help="keep what the last run measured")
    accepts.add_argument("--reason", required=True, help="why the numbers may differ from the last accepted ones")
    accepts.add_argument("--rendered", action="store_true", help="of the last rendering instead, in runs/notebooks")
    accepts.set_defaults(do=accept)
    for one in (runs, accepts):
        one.add_argument("--out", type=Path, default=OUT, help="where reports and results are; default: runs/regress")
        one.add_argument("--notebooks", type=Path, default=execute.NOTEBOOKS, help="the folder of the notebooks")
        one.add_argument("--bounds", type=Path, default=compare.BOUNDS)
        one.add_argument("--accepted", type=Path, default=compare.ACCEPTED)
    return parser


if __name__ == "__main__":
    sys.exit(main())
