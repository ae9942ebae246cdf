"""``liveliness evaluate`` and ``compare``: ISO/IEC 30107-3 rates of detectors on a labelled set, and their difference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(evaluate)
    app.command()(compare)


def evaluate(
    source: Annotated[
        Path, typer.Argument(help="A manifest, a folder with one, or a tree of real/ and fake/ folders.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="auto, a name, an ONNX file, or the folder of a run; several times for several side by side. "
            "auto where neither this nor --scores is given.",
            show_default=False,
        ),
    ] = None,
    detector: Annotated[str | None, typer.Option(help="Face detector; the model's own by default.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the rows of this split: train, dev or test.")] = None,
    dev: Annotated[
        Path | None,
        typer.Option(
            help="Choose threshold and temperature on the dev rows of this set (all rows of one without splits)."
        ),
    ] = None,
    rule: Annotated[str, typer.Option(help="How: eer, eer_worst, bpcer10, bpcer20 …")] = "eer",
    scores: Annotated[
        list[str] | None,
        typer.Option(
            help="Another detector's scores: NAME=FILE.csv@THRESHOLD (name and threshold may be left out). Columns path, "
            "label, attack_type, score; subject or source, device, split where known. Several times for several.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Threshold of what brings none: a --scores file without @ and without dev rows."),
    ] = None,
    gate: Annotated[bool, typer.Option(help="Refuse faces too poor to be judged (they count as not acquired).")] = True,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Another column to read the rates by, beside device, light, face size, skin tone."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("runs/evaluate"),
) -> None:
    """Measure detectors: APCER by attack, BPCER, ACER with intervals, EER, AUC, calibration; by source and part.

    [bold]liveliness evaluate data_samples --split test --dev data_samples[/bold]

    [bold]liveliness evaluate my_photos/ --model runs/mine --model minifasnet --scores theirs.csv@0.5[/bold]

    The threshold is never chosen on what is measured: it is the model's own, or chosen on --dev, and every table names
    it. Photographs without a face to judge count as rejected. report.html holds everything in one file.
    """
    from liveliness_lib.pipeline import protocol

    models = tuple(model or (() if scores else ("auto",)))
    study = protocol.run(
        protocol.Request(
            source, models, detector, split, dev, rule, tuple(scores or ()), threshold, out, gate, tuple(by or ())
        )
    )
    print(study.to_text())
    print(f"\nreport: {out / 'report.md'}")


def compare(
    first: Annotated[str, typer.Argument(help="Folder of a report, or a CSV of scores with @THRESHOLD.")],
    second: Annotated[str, typer.Argument(help="The other, on the same photographs.")],
    seed: Annotated[int, typer.Option(help="Of the bootstrap over people.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write the numbers to this JSON file.")] = None,
) -> None:
    """Compare two detectors on the same photographs: paired differences with intervals, and exact tests.

    [bold]liveliness compare runs/evaluate/livenessnet runs/evaluate/minifasnet[/bold]

    [bold]liveliness compare runs/mine_report theirs.csv@0.5[/bold]

    The intervals draw people, not photographs, so that somebody with many photographs does not speak for all.
    """
    from liveliness_lib.pipeline import compare as comparing

    found = comparing.compare(comparing.read_side(first), comparing.read_side(second), seed=seed)
    print(found.to_text())
    if out is not None:
        found.write(out)
