"""Write one table, metric by metric, for people (Markdown, HTML) and for machines (JUnit XML)."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from liveliness_lib.paths import atomic_path
from regression.compare import Row

HEAD = ("notebook", "metric", "bound", "last", "now", "verdict")


def write_reports(rows: Sequence[Row], seconds: Mapping[str, float], folder: Path, *, title: str) -> list[Path]:
    """Write ``report.md``, ``report.xml`` and ``report.html``; each whole."""
    makers: dict[str, Callable[[], str]] = {
        "report.md": lambda: to_markdown(rows, seconds, title=title),
        "report.xml": lambda: to_junit(rows, seconds),
        "report.html": lambda: to_html(rows, seconds, title=title),
    }
    for name, make in makers.items():
        with atomic_path(folder / name) as temporary:
            temporary.write_text(make(), encoding="utf-8")
    return [folder / name for name in makers]


def summary_of(rows: Sequence[Row]) -> str:
    """Say in one line how a run went.

    Examples
    --------
    >>> summary_of([Row("n", "m", {"min": 0}, 1, 1, "same")])
    'passed: 1 metric of 1 notebook, 1 same'
    """
    counts = {
        verdict: sum(row.verdict == verdict for row in rows) for verdict in dict.fromkeys(r.verdict for r in rows)
    }
    notebooks = len({row.notebook for row in rows})
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    state = "FAILED" if any(row.is_red for row in rows) else "passed"
    return f"{state}: {_many(len(rows), 'metric')} of {_many(notebooks, 'notebook')}, {said}"


def to_line(row: Row) -> str:
    """Return what a terminal shows of a row."""
    return row.note or f"{_value(row.now)}, bound {row.bound_text}, last {_value(row.last)}"


def to_markdown(rows: Sequence[Row], seconds: Mapping[str, float], *, title: str) -> str:
    """Return the table as Markdown; what fails stands in bold."""
    lines = [f"# {title}", "", summary_of(rows), "", f"| {' | '.join(HEAD)} |", "|---|---|---:|---:|---:|---|"]
    for row in rows:
        cells = [c.replace("|", "\\|").replace("\n", " ") for c in _cells(row)]
        cells[-1] = f"**{cells[-1]}**" if row.is_red else cells[-1]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Seconds: " + ", ".join(f"{name} {spent:.0f}" for name, spent in sorted(seconds.items())), ""]
    return "\n".join(lines)


def to_junit(rows: Sequence[Row], seconds: Mapping[str, float]) -> str:
    """Return JUnit XML: a suite a notebook, a case a metric, as CI servers read it."""
    root = ElementTree.Element("testsuites", _counts(rows) | {"name": "notebooks"})
    for notebook, group in groupby(sorted(rows, key=lambda row: row.notebook), key=lambda row: row.notebook):
        mine = list(group)
        spent = f"{seconds.get(notebook, 0.0):.1f}"
        suite = ElementTree.SubElement(root, "testsuite", _counts(mine) | {"name": notebook, "time": spent})
        for row in mine:
            case = ElementTree.SubElement(suite, "testcase", {"classname": notebook, "name": row.metric})
            if row.is_red:
                ElementTree.SubElement(
                    case, "failure", {"type": row.verdict, "message": f"{row.metric}: {to_line(row)}"}
                )
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def to_html(rows: Sequence[Row], seconds: Mapping[str, float], *, title: str) -> str:
    """Return one page without scripts, in light and dark."""
    body = "\n".join(
        f'<tr class="{"red" if row.is_red else row.verdict}">'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row))
        + "</tr>"
        for row in rows
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in HEAD)
    spent = ", ".join(f"{name} {s:.0f} s" for name, s in sorted(seconds.items()))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style></head>\n'
        f"<body><h1>{html.escape(title)}</h1>\n<p>{html.escape(summary_of(rows))}</p>\n"
        f'<div class="wide" tabindex="0" role="region" aria-label="metrics"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>\n<p>{html.escape(spent)}</p></body></html>\n"
    )


STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #ccc; --red: #a32800; --quiet: #595959 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #444; --red: #ff9466;
  --quiet: #a8a8a8 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--paper) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
td:nth-child(n+3):nth-child(-n+5) { font-variant-numeric: tabular-nums }
.red td { color: var(--red); font-weight: 600 } .same td:last-child { color: var(--quiet) }
"""


def _cells(row: Row) -> list[str]:
    verdict = f"{row.verdict}: {row.note}" if row.note else row.verdict
    return [row.notebook, row.metric, row.bound_text, _value(row.last), _value(row.now), verdict]


def _value(value: Any) -> str:
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _counts(rows: Sequence[Row]) -> dict[str, str]:
    return {"tests": str(len(rows)), "failures": str(sum(row.is_red for row in rows)), "errors": "0"}


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
