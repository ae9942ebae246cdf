"""``liveliness sweep``: a grid of trainings and its leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(sweep)
    app.command()(leaderboard)


def sweep(
    source: Annotated[
        Path, typer.Argument(help="A manifest, a folder with one, or a tree of real/ and fake/ folders.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the runs and of the leaderboard.")],
    kinds: Annotated[
        str, typer.Option(help="photos: faces are found and cut; faces: each picture as it is (no face detection).")
    ] = "photos,faces",
    learning_rates: Annotated[str, typer.Option(help="Adam's.")] = "1e-3,1e-4",
    batch_sizes: Annotated[str, typer.Option()] = "64,128",
    epochs: Annotated[str, typer.Option(help="At most so many.")] = "60",
    seeds: Annotated[str, typer.Option(help="Two or more show how far chance moves a row.")] = "0",
    detector: Annotated[str, typer.Option(help="Face detector for whole photos.")] = "cascade",
    patience: Annotated[
        int, typer.Option(help="Stop after so many epochs without a lower dev loss; 0: never, as the original.", min=0)
    ] = 15,
    split_seed: Annotated[int, typer.Option(help="Draws the splits where the manifest has none.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one on each core.")] = -1,
    engine: Annotated[str, typer.Option(help="joblib, or dask with a scheduler.")] = "joblib",
    scheduler: Annotated[str | None, typer.Option(help="Address of the Dask scheduler: tcp://host:8786.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only list the cells and what is done.")] = False,
) -> None:
    """Train LivenessNet with every combination of settings, and keep one table of the results.

    [bold]liveliness sweep my_photos --out runs/sweep --learning-rates 1e-3,1e-4 --batch-sizes 64,128,256[/bold]

    Lists are separated by commas. The same command goes on where it was stopped; other values add to the table.
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.splits import ensure_splits
    from liveliness_lib.training import TrainConfig
    from liveliness_lib.training import sweep as room

    grid = room.Grid(
        sources=tuple(_words(kinds)),  # type: ignore[arg-type]  # Grid's cells refuse any other word
        learning_rates=_numbers(learning_rates, float, "--learning-rates"),
        batch_sizes=_numbers(batch_sizes, int, "--batch-sizes"),
        epochs=_numbers(epochs, int, "--epochs"),
        seeds=_numbers(seeds, int, "--seeds"),
        base=TrainConfig(detector=detector, patience=patience or None),
    )
    if plan:
        for name, word in room.status(out, grid).items():
            print(f"{word:<7} {name}")
        return
    table = ensure_splits(load_table(source), seed=split_seed)
    board = room.sweep(table, out, grid, jobs=jobs, engine=engine, scheduler=scheduler)
    print((out / "leaderboard.md").read_text())
    print(f"{len(board)} runs: {out / 'leaderboard.csv'}")


def leaderboard(
    folder: Annotated[Path, typer.Argument(help="Runs anywhere below it are listed.")] = Path("runs"),
    out: Annotated[Path | None, typer.Option(help="Folder for leaderboard.csv and .md; FOLDER by default.")] = None,
) -> None:
    """Put all finished runs below a folder into one table, best on dev first.

    [bold]liveliness leaderboard runs[/bold]
    """
    from liveliness_lib.training.leaderboard import board_markdown, read_board, write_board

    board = read_board(folder)
    write_board(out or folder, board)
    print(board_markdown(board))
    if board["data"].nunique() > 1:
        print(f"{board['data'].nunique()} different data sets (column data): rows of different ones do not compare.")
    print(f"{len(board)} runs: {(out or folder) / 'leaderboard.csv'}")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str, kind: type[Any], option: str) -> tuple[Any, ...]:
    try:
        return tuple(kind(word) for word in _words(text))
    except ValueError as error:
        raise ValueError(f"expected {option} as numbers separated by commas. Received: {text!r}") from error
