"""LivenessNet as it was, over a grid of settings: python -m benchmarks.livenessnet_grid [--people 140] [--work FOLDER]

Makes rendered people, photographs each as they are, from a screen and from paper, and trains a LivenessNet with and
without face detection at every combination of learning rate, batch size and number of epochs. Writes the leaderboard,
which takes the place of notes kept by hand, to benchmarks/results/livenessnet_grid.csv and .md. It goes on where it was
stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from liveliness_lib.dataset.generate import Plan, generate
from liveliness_lib.dataset.splits import assign_splits, devices_with
from liveliness_lib.paths import atomic_path
from liveliness_lib.training import TrainConfig
from liveliness_lib.training.leaderboard import board_markdown
from liveliness_lib.training.sweep import Grid, sweep

RESULTS = Path(__file__).parent / "results"
UNSEEN = ("phone_2019_mid", "usb_720p")


def main() -> None:
    """Train what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=140)
    parser.add_argument("--work", type=Path, default=Path("runs/livenessnet_grid"))
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    made = generate(Plan(people=given.people, recaptures=2, seed=11), given.work / "people", jobs=given.jobs)
    screens = sorted({device.split("+")[1] for device in made["device"] if "+" in device})
    table = assign_splits(made, seed=11, hold_out_devices=devices_with(made, [*UNSEEN, *screens[::6]]))
    grid = Grid(learning_rates=(1e-3, 1e-4), batch_sizes=(32, 128), epochs=(30, 120), base=TrainConfig(patience=None))
    board = sweep(table, given.work / "sweep", grid, jobs=given.jobs)
    counts = table[table["split"] != ""].groupby("split").size()
    title = (
        f"LivenessNet over {len(board)} settings: {given.people} rendered people, "
        + ", ".join(f"{count} pictures in {split}" for split, count in counts.items())
        + "; test has devices that training never saw"
    )
    with atomic_path(RESULTS / "livenessnet_grid.md") as temporary:
        temporary.write_text(board_markdown(board, title=title), encoding="utf-8")
    with atomic_path(RESULTS / "livenessnet_grid.csv") as temporary:
        shared = board.drop(columns=["folder", "cpu_seconds", "data"])
        shared.to_csv(temporary, index=False, float_format="%.4g", lineterminator="\n")
    print((RESULTS / "livenessnet_grid.md").read_text())


if __name__ == "__main__":
    main()
