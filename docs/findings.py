"""Write what the project finds into README.md: one table and one figure, from measured files and never by hand.

python -m docs.findings           rewrite the block between the two comments in README.md, and docs/findings.svg
python -m docs.findings --check   say whether they are what the files say; exit code 1 where not

Read: benchmarks/results/real_photographs.md, the cards of the models that ship, and tests/notebooks/accepted.json.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveliness_lib.paths import atomic_path
from regression.compare import read_accepted

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- findings: written by `make findings` -->", "<!-- /findings -->"
PERCENT = re.compile(r"(-?[\d.]+) %(?: \[(-?[\d.]+), (-?[\d.]+)\])?")
PHOTOGRAPHS = "benchmarks/results/real_photographs.md"


@dataclass(frozen=True)
class Finding:
    """One row: what was asked, of what, with what result; where there is an error rate, in percent, with its interval.

    Attributes
    ----------
    what, measured_on, result, source : str
        The cells of the table; `source` is the file.
    group : str
        The panel of the figure; empty keeps the row out of it.
    rate, low, high : float
        ACER in percent and the ends of its interval.
    """

    what: str
    measured_on: str
    result: str
    source: str
    group: str = ""
    rate: float = 0.0
    low: float = 0.0
    high: float = 0.0


def find_all(root: Path = ROOT) -> list[Finding]:
    """Return the findings in the order of the table."""
    return [*on_photographs(root / PHOTOGRAPHS), *on_rendered_people(root), *of_notebooks(root)]


def on_photographs(path: Path) -> Iterator[Finding]:
    """Yield a finding a model from the page of `python -m benchmarks.real_photographs`.

    Raises
    ------
    ValueError
        The page has no table with an ACER over sources.
    """
    text = path.read_text(encoding="utf-8")
    section = re.search(r"^## Every face found\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [row for row in tables(section[1] if section else text) if _column(row, "sources")]
    if not rows:
        raise ValueError(f"expected a table with 'ACER over sources' in {path}. Received: {text[:80]!r}")
    for row in rows:
        name, mean = next(iter(row.values())), row[_column(row, "sources")]
        rate, low, high = percent(mean)
        result = f"ACER {mean}, AUC {row['AUC']}"
        yield Finding(name, "real photographs and screens", result, PHOTOGRAPHS, "Real photographs", rate, low, high)


def on_rendered_people(root: Path) -> Iterator[Finding]:
    """Yield a finding for each card of a shipped model that has a table of its test people."""
    for card in sorted((root / "liveliness_lib" / "models" / "weights").glob("*.md")):
        section = re.search(
            r"^### (?:test|Set aside: rendered)[^\n]*\n(.*?)(?=^#|\Z)",
            card.read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        )
        rates = {row["rate"]: row for row in tables(section[1]) if "rate" in row} if section else {}
        if "ACER" not in rates:
            continue
        rate = percent(rates["ACER"]["value"])[0]
        low, high = (float(end) for end in re.findall(r"[\d.]+", rates["ACER"]["95 % interval"])[:2])
        result = f"ACER {rate:.1f} % [{low:.1f}, {high:.1f}], AUC {rates['AUC']['value']}"
        source = str(card.relative_to(root))
        yield Finding(card.stem, "rendered people, simulated attacks", result, source, "Rendered", rate, low, high)


NOTEBOOKS: dict[str, tuple[str, str, str]] = {
    "01_dataset_generation": (
        "Names of filmed pictures",
        "simulated films",
        "{wrong_names} wrong, {recovered:.1%} of the slides kept",
    ),
    "02_detector_comparison": (
        "Faces of 48 px and more, turned up to 45°",
        "rendered people",
        "{cascade_recall_48px_45deg:.1%} found, {cascade_false_pictures} false",
    ),
    "05_monocular_depth": (
        "Depth from one picture",
        "rendered people",
        "ACER {acer:.1%}, abstains in {abstains:.0%}",
    ),
    "06_stereo_disparity": (
        "Depth from two pictures",
        "rendered pairs",
        "ACER {acer_flat:.1%} flat, {acer_bent:.1%} bent",
    ),
}
"""Notebook -> what it is about, what it was measured on, and how its accepted metrics read."""


def of_notebooks(root: Path) -> Iterator[Finding]:
    """Yield a finding for each notebook whose full run was accepted and recorded what `NOTEBOOKS` names."""
    accepted = read_accepted(root / "tests" / "notebooks" / "accepted.json")["full"]
    for name, (what, where, form) in NOTEBOOKS.items():
        metrics: dict[str, Any] = accepted.get(name, {}).get("metrics", {})
        if set(re.findall(r"{(\w+)", form)) <= set(metrics):
            yield Finding(what, where, form.format(**metrics).replace("%", " %"), f"notebooks/{name}.ipynb")


def block(findings: list[Finding]) -> str:
    """Return the block of README.md."""
    lines = ["| what | measured on | result |", "|---|---|---|"]
    lines += [f"| [{one.what}]({one.source}) | {one.measured_on} | {one.result} |" for one in findings]
    return "\n".join([f"![{alternative(findings)}](docs/findings.svg)", "", *lines])


def alternative(findings: list[Finding]) -> str:
    """Return the figure in words."""
    said = "; ".join(f"{one.group.lower()}, {one.what}: {one.rate:.1f} %" for one in findings if one.group)
    return f"ACER with 95 % intervals; a coin toss has 50 %. {said}."


def base_model(name: str) -> str:
    """Return the model whose variant a row is: it has its colour.

    Examples
    --------
    >>> base_model("R2-livenessnet"), base_model("minifasnet, from a file")
    ('livenessnet', 'minifasnet')
    """
    from liveliness_lib.figures.style import DETECTOR_STYLES

    plain = name.split(",")[0].lower()
    return next((known for known in DETECTOR_STYLES if known in re.split(r"[-\s]", plain)), plain)


def plot(findings: list[Finding], path: Path) -> None:
    """Draw the error rates with their intervals, one line a model, and what a coin toss would have."""
    import matplotlib as mpl

    from liveliness_lib.figures.style import detector_style, dress, new_figure, save_figure

    shown = [one for one in findings if one.group]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "findings"}):
        figure, ax = new_figure(size=(7.2, 1.0 + 0.34 * len(shown)))
        for line, one in enumerate(shown):
            colour, marker = (detector_style(base_model(one.what))[key] for key in ("color", "marker"))
            ax.plot([one.low, one.high], [line, line], color=colour, linewidth=2)
            ax.plot(one.rate, line, color=colour, marker=marker)
            ax.annotate(
                f"{one.rate:.1f} %", (one.rate, line), (0, 6), textcoords="offset points", ha="center", fontsize=8
            )
        ax.axvline(50, color="#777777", linestyle=":", linewidth=1)
        ax.text(50.5, len(shown) - 0.45, "coin toss", fontsize=8, color="#595959", va="bottom")
        ax.set_yticks(range(len(shown)), [f"{one.what} · {one.group.lower()}" for one in shown])
        ax.set(xlim=(0, 100), ylim=(len(shown) - 0.2, -0.7))
        dress(ax, x="ACER, %, with 95 % interval; lower is better")
        save_figure(figure, path)


def tables(text: str) -> Iterator[dict[str, str]]:
    """Yield every row of every Markdown table as heading -> cell."""
    head: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not line.lstrip().startswith("|"):
            head = []
        elif not head:
            head = cells
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield dict(zip(head, cells, strict=True))


def percent(text: str) -> tuple[float, float, float]:
    """Return value and interval of ``9.8 % [0.0, 29.5]``; without an interval both ends are the value.

    Raises
    ------
    ValueError
        There is no percentage.
    """
    found = PERCENT.search(text)
    if found is None:
        raise ValueError(f"expected a percentage. Received: {text!r}")
    value = float(found[1])
    return value, float(found[2] or value), float(found[3] or value)


def put(readme: str, inside: str) -> str:
    """Return README with its block replaced.

    Raises
    ------
    ValueError
        The two comments are not there, once each.
    """
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise ValueError(f"expected {BEGIN!r} and {END!r} once each in README.md")
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n\n{inside}\n\n{END}{rest.split(END)[1]}"


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.findings", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    readme, findings = ROOT / "README.md", find_all()
    text = readme.read_text(encoding="utf-8")
    wanted = put(text, block(findings))
    if asked.check:
        if wanted != text:
            print("README.md says something else than the measured files: make findings", file=sys.stderr)
        return int(wanted != text)
    with atomic_path(readme) as temporary:
        temporary.write_text(wanted, encoding="utf-8")
    plot(findings, ROOT / "docs" / "findings.svg")
    print(block(findings))
    return 0


def _column(row: dict[str, str], word: str) -> str:
    return next((name for name in row if "ACER" in name and word in name), "")


if __name__ == "__main__":
    sys.exit(main())
