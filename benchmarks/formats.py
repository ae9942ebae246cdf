"""Answer whether the file format matters and write ``benchmarks/results/formats.csv`` and ``formats.md``.

    python -m benchmarks.formats [--people 400] [--seeds 5] [--epochs 30] [--out runs/benchmarks/formats]

Renders people, photographs, shows and prints them, cuts the faces at their own size, writes the crops in six formats, trains
LivenessNet on each with every seed, and tests every network on every format. Interrupted, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from benchmarks.__main__ import machine
from benchmarks.dataset_page import markdown_table
from liveliness_lib.dataset.cut import cut_faces
from liveliness_lib.dataset.generate import Plan, generate
from liveliness_lib.dataset.manifest import load_table, write_manifest
from liveliness_lib.dataset.splits import ensure_splits
from liveliness_lib.faces import load_detector
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.format_grid import compare_formats, format_effects, grid_matrix, summarise_grid
from liveliness_lib.training import TrainConfig

RESULTS = Path(__file__).with_name("results")

HEAD = """# JPG or PNG?

Written by `python -m benchmarks.formats{asked}` on {machine}. {people} rendered people, {faces} faces found by {detectors} and cut at their own size ({split}); the same crops in {formats} formats;
{networks} LivenessNets (32x32, at most {epochs} epochs, maps in bfloat16 while learning, the best of dev kept), each tested on every format. Threshold: equal error on dev of the format trained on.
The simulated cameras write JPEG themselves, as real ones do; PNG here keeps what such a camera gave.
"""  # noqa: E501


def main() -> None:
    """Make the set, run the grid, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--recaptures", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", type=Path, default=Path("runs/benchmarks/formats"))
    asked = parser.parse_args()
    faces = make_faces(asked.out, Plan(people=asked.people, recaptures=asked.recaptures, seed=7))
    config = TrainConfig(source="faces", epochs=asked.epochs, precision="bfloat16")
    cells = compare_formats(faces, asked.out / "grid", seeds=range(asked.seeds), config=config)
    usual = all(getattr(asked, name) == parser.get_default(name) for name in vars(asked))
    where = RESULTS if usual else asked.out
    with atomic_path(where / "formats.csv") as temporary:
        cells.round(4).to_csv(temporary, index=False)
    with atomic_path(where / "formats.md") as temporary:
        temporary.write_text(page(cells, faces, asked))
    print((where / "formats.md").read_text())


def make_faces(out: Path, plan: Plan) -> pd.DataFrame:
    """Return the cut faces, with splits; made where they are not there yet."""
    made = out / "faces" / "manifest.csv"
    if not made.is_file():
        table = ensure_splits(generate(plan, out / "people", jobs=-1), seed=plan.seed)
        write_manifest(table, out / "people" / "manifest.csv")
        cut_faces(table, out / "faces", load_detector("cascade"), scale=1.0, square=False, image_size=None)
    return load_table(made)


def page(cells: pd.DataFrame, faces: pd.DataFrame, asked: argparse.Namespace) -> str:
    """Return the page: each format on itself, what a change of format does, the whole grid."""
    said = "".join(f" --{n} {v}" for n, v in vars(asked).items() if n not in ("out",) and v is not None)
    counts = faces["split"].value_counts()
    head = HEAD.format(
        asked=said,
        machine=machine(),
        people=faces["subject"].nunique(),
        faces=len(faces),
        detectors=", ".join(sorted(faces["detector"].unique())),
        split=", ".join(f"{name} {counts[name]}" for name in ("train", "dev", "test")),
        formats=cells["tested_on"].nunique(),
        networks=len(cells[["trained_on", "seed"]].drop_duplicates()),
        epochs=asked.epochs,
    )
    return f"{head}\n{_own(cells)}\n{_effects(cells)}\n{_grid(cells)}"


def _own(cells: pd.DataFrame) -> str:
    rows = []
    for row in summarise_grid(cells).query("trained_on == tested_on").itertuples():
        mine = cells.query("trained_on == @row.trained_on and tested_on == trained_on")
        people = f"{100 * mine['acer_low'].mean():.1f} to {100 * mine['acer_high'].mean():.1f}"
        rows.append([row.trained_on, f"{row.bytes / 1000:.1f}", f"{100 * row.mean:.1f}",
                     f"{100 * row.low:.1f} to {100 * row.high:.1f}", people,
                     f"{100 * mine['auc'].mean():.1f}"])  # fmt: skip
    header = ["trained and tested on", "kB a face", "ACER, %", "over seeds (95 %)", "over people (95 %)", "AUC, %"]
    return "## Size on disk against error\n\n" + markdown_table(header, rows)


def _effects(cells: pd.DataFrame) -> str:
    rows = [[f"{row.changed} on {row.format} instead of PNG", f"{100 * row.mean:+.2f}",
             f"{100 * row.low:+.2f} to {100 * row.high:+.2f}", row.pairs]
            for row in format_effects(cells).itertuples()]  # fmt: skip
    return (
        "## What a change of format does, all else equal\n\n"
        "Pairs that share network and pictures (tested), or seed and pictures (trained).\n\n"
        + markdown_table(["change", "ACER, points", "95 %", "pairs"], rows)
    )


def _grid(cells: pd.DataFrame) -> str:
    matrix = (100 * grid_matrix(cells)).round(1)
    rows = [[name, *row] for name, row in zip(matrix.index, matrix.to_numpy().tolist(), strict=True)]
    return "## ACER, %, trained on (rows), tested on (columns)\n\n" + markdown_table(["", *matrix.columns], rows)


if __name__ == "__main__":
    main()
