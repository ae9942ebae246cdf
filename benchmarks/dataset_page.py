"""Write ``dataset.md`` from what ``python -m benchmarks.dataset`` has measured; run alone it only writes the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liveliness_lib.metrics import clopper_pearson
from liveliness_lib.paths import atomic_path

HEAD = """# From photographs to named attacks

Written by `python -m benchmarks.dataset`. Times are of the processor on one thread, so other programs count only as far as they crowd its caches.
"""  # noqa: E501

NAMES = """## Names

Simulated films with 5 % of the frames lost, 1 % doubled, the player's clock 3 % fast or slow; every film another hand, angle, light and turn. *Through displays and cameras*: each
slide was taken once through a simulated display with sub-pixels, a lens, a Bayer sensor and a denoiser. Bar: no wrong name, at least 98 % of the slides. *Wrong* also
counts a kept frame that shows two slides. The naive rule keeps one frame in every 30 and is told where the first slide begins.
"""  # noqa: E501


def write_page(folder: Path, page: Path) -> None:
    """Write every part that is there."""
    parts = [HEAD]
    films = [json.loads(file.read_text()) for file in sorted((folder / "films").glob("*.json"))]
    if films:
        parts.append(_names(pd.DataFrame(films)))
    for name, section in (("recapture", _recapture), ("cutting", _cutting), ("memory", _memory)):
        if (folder / f"{name}.json").is_file():
            content = json.loads((folder / f"{name}.json").read_text())
            parts.append(f"{section(content)}\nMachine: {content['machine']}.\n")
    with atomic_path(page) as temporary:
        temporary.write_text("\n".join(parts))
    print(page.read_text())


def markdown_table(header: list[str], rows: list[list[Any]]) -> str:
    """Return rows as a Markdown table, all columns but the first to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def _names(films: pd.DataFrame) -> str:
    rows = []
    for kind, group in films.groupby("kind", sort=False):
        kept, slides, wrong = (int(group[name].sum()) for name in ("kept", "slides", "wrong"))
        naive = int(group["naive_wrong"].sum())
        upper = clopper_pearson(wrong, kept)[1]
        rows.append([kind, len(group), slides, kept, f"{100 * kept / slides:.2f} %", wrong, f"{100 * upper:.2f} %",
                     f"{naive} ({100 * naive / slides:.0f} %)", f"{group['least_match'].min():.2f}"])  # fmt: skip
    header = ["slides told by", "films", "slides", "kept", "recovered", "wrong names", "at most (95 %)",
              "naive rule: wrong", "least match"]  # fmt: skip
    missing = [f"{row.kind}, film {row.seed}: {name}, {why}" for row in films.itertuples()
               for name, why in row.unplaced.items()]  # fmt: skip
    said = "".join(f"- {line}\n" for line in missing) or "None is missing.\n"
    seconds = (
        f"Processor time a film, mean: {films['film_s'].mean():.1f} s to film, {films['cut_s'].mean():.1f} s to cut."
    )
    return f"{NAMES}\n{markdown_table(header, rows)}\nSlides without a picture:\n\n{said}\n{seconds}\n"


def _recapture(content: dict[str, Any]) -> str:
    rows = [
        [name, f"{np.median(ms):.0f}", f"{max(ms):.0f}", f"{sum(one <= 150 for one in ms)} of {len(ms)}"]
        for name, ms in sorted(content["milliseconds"].items())
    ]
    header = ["a 720x1280 photo", "median, ms", "slowest camera, ms", "within 150 ms"]
    return (
        "## Recapture\n\nBar: 150 ms. Best of three, over all cameras; *device* shows the whole device or sheet.\n\n"
        + markdown_table(header, rows)
    )


def _cutting(content: dict[str, Any]) -> str:
    rows = [
        [name, f"{one['film_s']:.0f}", f"{one['cut_s']:.1f}", f"{one['film_s'] / one['cut_s']:.1f} x",
         f"{one['kept']} of {one['slides']}"]
        for name, one in content.items() if isinstance(one, dict)
    ]  # fmt: skip
    header = ["1080p30, slides told by", "plays, s", "cut in, s", "faster than real time", "kept"]
    return "## Cutting\n\nBar: 3 x real time on one core.\n\n" + markdown_table(header, rows)


def _memory(content: dict[str, Any]) -> str:
    points = np.array(content["points"])
    chosen = [int(np.argmin(abs(points[:, 0] - share * points[-1, 0]))) for share in (0.05, 0.25, 0.5, 0.75, 1.0)]
    rows = [[f"{points[i, 0]:.0f}", f"{points[i, 1]:.0f}"] for i in dict.fromkeys(chosen)]
    later = points[points[:, 0] >= 0.1 * points[-1, 0]]
    slope = np.polyfit(later[:, 0] / 1000, later[:, 1], 1)[0] if len(later) > 2 else float("nan")
    return (
        f"## Memory\n\n{content['samples']} samples of 48x64 generated in one process.\n\n"
        + markdown_table(["samples made", "resident, MB"], rows)
        + f"\nSlope after the first tenth: {slope:+.2f} MB a thousand samples.\n"
    )


if __name__ == "__main__":
    write_page(Path("runs/benchmarks/dataset"), Path(__file__).with_name("results") / "dataset.md")
