"""``liveliness train``: a network on your own pictures, or on nobody's."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Source(str, Enum):
    """What the pictures are."""

    photos = "photos"
    faces = "faces"


class Network(str, Enum):
    """Which network is trained."""

    livenessnet = "livenessnet"
    face_scene = "face-scene"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)


def train(
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    source: Annotated[
        Path | None,
        typer.Argument(
            help="A manifest, a folder with one, or a tree of real/ and fake/ folders. face-scene needs none: without, "
            "rendered people alone; with people alone, attacks on them are simulated."
        ),
    ] = None,
    network: Annotated[
        Network, typer.Option(help="The original's 32x32 one, or the one for the face and the scene about it.")
    ] = Network.livenessnet,
    kind: Annotated[
        Source, typer.Option(help="Whole photos (faces are found and cut first) or cut faces.")
    ] = Source.photos,
    detector: Annotated[str, typer.Option(help="Face detector for whole photos.")] = "cascade",
    epochs: Annotated[int, typer.Option(help="At most so many.", min=1)] = 60,
    batch_size: Annotated[int, typer.Option(min=1)] = 64,
    learning_rate: Annotated[float, typer.Option(help="Adam's.")] = 1e-3,
    start_from: Annotated[str | None, typer.Option("--from", help="Go on from an earlier run or .keras file.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same machine: same weights.")] = 0,
    add_failcases: Annotated[
        list[Path] | None, typer.Option(help="Learn from this round of fail cases as well; may be given again.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a run that stands in --out.")] = False,
    people: Annotated[
        int,
        typer.Option(
            help="face-scene: rendered people near the camera; 1.5 times as many besides, in rooms, before things and walls.",
            min=0,
        ),
    ] = 880,
    steps: Annotated[int, typer.Option(help="face-scene: batches of 64 in each of its five rounds.", min=1)] = 1600,
    jobs: Annotated[int, typer.Option(help="face-scene: processes that render; -1 for all cores.")] = -1,
) -> None:
    """Train a network; the threshold is fixed on the dev people, the rates measured on people set aside.

    [bold]liveliness train my_photos --out runs/mine[/bold]

    [bold]liveliness detect --model runs/mine selfie.jpg[/bold]

    Splits are taken from the manifest, or drawn by person. A run that was stopped goes on where it was.

    [bold]liveliness train my_photos --out runs/mine-2 --add-failcases failcases/tuesday[/bold]

    The better network; my_photos/real/ is enough, attacks on those people are simulated:

    [bold]liveliness train my_photos --network face-scene --out runs/scene[/bold]

    No photograph at all, as the built-in model:

    [bold]liveliness train --network face-scene --out runs/nobody[/bold]
    """
    if network is Network.face_scene:
        _face_scene(source, out, kind, detector, people, steps, start_from, seed, jobs)
        return
    if source is None:
        raise ValueError("expected pictures to train livenessnet on, or --network face-scene. Received: none")
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.splits import ensure_splits
    from liveliness_lib.metrics import format_evaluation
    from liveliness_lib.training import TrainConfig
    from liveliness_lib.training import train as run_training
    from liveliness_lib.training.rounds import add_rounds, failed_by, note_rounds, rounds_markdown, rounds_table
    from liveliness_lib.training.run_folder import is_finished

    config = TrainConfig(
        name=out.name,
        source=kind.value,
        detector=detector,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        initial_model=start_from,
        seed=seed,
    )
    table = add_rounds(ensure_splits(load_table(source), seed=seed), add_failcases or [])
    run = run_training(table, out, config, overwrite=overwrite)
    for split, evaluation in run.evaluations.items():
        print(f"\n{split}\n{format_evaluation(evaluation)}")
    if add_failcases:
        note_rounds(out, add_failcases)
        if earlier := [name for name in failed_by(out) if is_finished(name)]:
            print(f"\nagainst {earlier[-1]}, on the same test set\n{rounds_markdown(rounds_table([earlier[-1], out]))}")
    print(f"\nrun: {out}   model: {out / 'model.onnx'}")


def _face_scene(
    source: Path | None,
    out: Path,
    kind: Source,
    detector: str,
    people: int,
    steps: int,
    start_from: str | None,
    seed: int,
    jobs: int,
) -> None:
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.training.bank_fit import BankConfig
    from liveliness_lib.training.face_scene import FaceSceneConfig, train_face_scene

    config = FaceSceneConfig(
        name=out.name,
        people=people,
        detector=detector if kind is Source.photos else None,
        fit=BankConfig(steps=steps, seed=seed),
        seed=seed,
    )
    start = None if start_from is None else Path(start_from)
    table = None if source is None else load_table(source)
    initial = start / "model.keras" if start and start.is_dir() else start
    run = train_face_scene(out, config, photos=table, initial=initial, jobs=jobs)
    print((run.folder / "model_card.md").read_text())
    print(f"run: {out}   model: {out / 'model.onnx'}")
