"""``liveliness protocol …``: how a detector does on devices, attacks and pictures that it has never met."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.pipeline.cross_domain import Fold, Scorer


class Kind(str, Enum):
    """What the pictures are."""

    photos = "photos"
    faces = "faces"


DATA = Annotated[Path, typer.Argument(help="A manifest, a folder with one, or a tree of real/ and fake/ folders.")]
OUT = Annotated[Path, typer.Option(help="Folder of the report and of the trainings; run again, it goes on there.")]
KIND = Annotated[Kind, typer.Option(help="Whole photos (faces are found and cut first) or cut faces.")]
DETECTOR = Annotated[str, typer.Option(help="Face detector for whole photos.")]
EPOCHS = Annotated[int, typer.Option(help="At most so many a training.", min=1)]
SEED = Annotated[int, typer.Option(help="Of the people chosen, the weights and the bootstrap.")]
FAST = Annotated[bool, typer.Option(help="Eight epochs on a few pictures: shows that it runs, not how well.")]
MODEL = Annotated[
    str | None, typer.Option(help="Ask this trained model instead of training: only its threshold is of the fold.")
]
RULE = Annotated[str, typer.Option(help="How thresholds are chosen on dev: eer, eer_worst, bpcer10, bpcer20 …")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Judge on what was never met: a device, an attack, reality; and print what careless protocols would claim.",
        no_args_is_help=True,
    )
    group.command("leave-one-device-out")(leave_one_device_out)
    group.command("leave-one-attack-out")(leave_one_attack_out)
    group.command("leave-one-out")(leave_one_out)
    group.command("simulated-to-real")(simulated_to_real)
    group.command("optimism")(optimism)
    app.add_typer(group, name="protocol")


def leave_one_device_out(
    data: DATA,
    out: OUT = Path("runs/leave-one-device-out"),
    kind: KIND = Kind.photos,
    detector: DETECTOR = "cascade",
    epochs: EPOCHS = 60,
    seed: SEED = 0,
    fast: FAST = False,
    model: MODEL = None,
    rule: RULE = "eer",
) -> None:
    """Train a LivenessNet for each camera, screen and printer that never meets it, and judge it there.

    [bold]liveliness protocol leave-one-device-out my_photos --epochs 40[/bold]

    The manifest's column device names them: camera, or camera+screen.
    """
    _leave_out(data, "device", out, _scorer(kind, detector, epochs, seed, fast, model), rule, seed)


def leave_one_attack_out(
    data: DATA,
    out: OUT = Path("runs/leave-one-attack-out"),
    kind: KIND = Kind.photos,
    detector: DETECTOR = "cascade",
    epochs: EPOCHS = 60,
    seed: SEED = 0,
    fast: FAST = False,
    model: MODEL = None,
    rule: RULE = "eer",
) -> None:
    """Train a LivenessNet for each attack type that never meets it, and judge it there.

    [bold]liveliness protocol leave-one-attack-out my_photos[/bold]
    """
    _leave_out(data, "attack_type", out, _scorer(kind, detector, epochs, seed, fast, model), rule, seed)


def leave_one_out(
    data: DATA,
    by: Annotated[str, typer.Option(help="The column: subject, session, source …")],
    out: OUT = Path("runs/leave-one-out"),
    kind: KIND = Kind.photos,
    detector: DETECTOR = "cascade",
    epochs: EPOCHS = 60,
    seed: SEED = 0,
    fast: FAST = False,
    model: MODEL = None,
    rule: RULE = "eer",
) -> None:
    """Train a LivenessNet for each value of any column that never meets it, and judge it there.

    [bold]liveliness protocol leave-one-out my_photos --by session[/bold]
    """
    _leave_out(data, by, out, _scorer(kind, detector, epochs, seed, fast, model), rule, seed)


def simulated_to_real(
    simulated: Annotated[Path, typer.Argument(help="What is learnt from: a manifest or folder of simulated pictures.")],
    real: Annotated[Path, typer.Argument(help="What is judged: real photographs, all of them.")],
    out: OUT = Path("runs/simulated-to-real"),
    kind: KIND = Kind.photos,
    detector: DETECTOR = "cascade",
    epochs: EPOCHS = 60,
    seed: SEED = 0,
    fast: FAST = False,
    model: MODEL = None,
    rule: RULE = "eer",
) -> None:
    """Train a LivenessNet on simulated pictures, fix its threshold on them, and judge it on simulated and real people.

    [bold]liveliness protocol simulated-to-real data/rendered my_photos[/bold]
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.pipeline.cross_domain import simulated_to_real as planned

    folds = planned(load_table(simulated), load_table(real), seed=seed)
    scorer = _scorer(kind, detector, epochs, seed, fast, model)
    _run(folds, scorer, out, f"Learnt from {simulated.name}, judged on {real.name}", rule, seed, {})


def optimism(
    data: DATA,
    out: OUT = Path("runs/optimism"),
    kind: KIND = Kind.photos,
    detector: DETECTOR = "cascade",
    epochs: EPOCHS = 60,
    seeds: Annotated[int, typer.Option(help="Splits to average over; four trainings each.", min=1)] = 1,
    fast: FAST = False,
) -> None:
    """Print what random splits, thresholds and epochs chosen on test would have claimed, beside the honest number.

    [bold]liveliness protocol optimism my_photos --seeds 3[/bold]
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.pipeline.optimism_panel import optimism_panel

    scorer = _scorer(kind, detector, epochs, 0, fast, None)
    panel = optimism_panel(load_table(data), scorer, out, name=f"Optimism on {data.name}", seeds=range(seeds))
    print(panel.to_text())
    print(f"\nreport: {out / 'report.md'}")


def _scorer(kind: Kind, detector: str, epochs: int, seed: int, fast: bool, model: str | None) -> Scorer:
    from liveliness_lib.pipeline import cross_domain

    if model is not None:
        from liveliness_lib.pipeline.judge import load_judge

        return cross_domain.ready_scorer(load_judge(model, gate=False))
    from liveliness_lib.training import TrainConfig

    config = TrainConfig(name="livenessnet", source=kind.value, detector=detector, epochs=epochs, seed=seed, fast=fast)
    return cross_domain.livenessnet_scorer(config, progress=False)


def _leave_out(data: Path, column: str, out: Path, scorer: Scorer, rule: str, seed: int) -> None:
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.pipeline.cross_domain import leave_one_out as planned

    table: pd.DataFrame = load_table(data)
    folds, skipped = planned(table, column, seed=seed)
    _run(folds, scorer, out, f"Leave one {column.replace('_', ' ')} out of {data.name}", rule, seed, skipped)


def _run(
    folds: list[Fold], scorer: Scorer, out: Path, title: str, rule: str, seed: int, skipped: dict[str, str]
) -> Any:
    from liveliness_lib.pipeline.cross_domain import run_protocol
    from liveliness_lib.pipeline.cross_domain_report import protocol_text

    print(protocol_text(run_protocol(folds, scorer, out, name=title, rule=rule, seed=seed, skipped=skipped)))
    print(f"\nreport: {out / 'report.md'}")
