"""``liveliness detect``: is this picture of a person, or a picture of a picture?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(detect)


def detect(
    photos: Annotated[list[Path], typer.Argument(help="Photos, or folders of them.", show_default=False)],
    model: Annotated[
        str,
        typer.Option(
            help="auto (the strongest present: your default, else a fetched one, else the built-in), a name such as "
            "minifasnet, an ONNX file, or the folder of a run."
        ),
    ] = "auto",
    detector: Annotated[str | None, typer.Option(help="Face detector; the model's own by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")] = False,
) -> None:
    """Judge photos: verdict, P(real), face box, who found it, milliseconds, which model.

    [bold]liveliness detect selfie.jpg[/bold]

    [bold]liveliness detect --json holiday/ | jq .verdict[/bold]

    [bold]liveliness detect --model minifasnet selfie.jpg[/bold]

    A face unlike everything that the model was trained on is *not sure* (out_of_domain), whatever its score.

    Exit code 1 when a photo could not be judged (no face, unreadable), 0 when all were.
    """
    from liveliness_lib.models.registry import advice, find_model
    from liveliness_lib.pipeline.batch import judge_files
    from liveliness_lib.pipeline.judge import load_judge

    found = find_model(model)
    judge = load_judge(str(found.path), detector)
    if line := advice(found, judge.classifier.metadata):
        print(line, file=sys.stderr)
    unjudged = 0
    for result in judge_files(photos, judge):
        unjudged += result["score"] is None
        print(json.dumps(result, ensure_ascii=False) if as_json else _line(result), flush=True)
    sys.exit(1 if unjudged else 0)


def _line(result: dict[str, Any]) -> str:
    if result.get("error"):
        return f"unreadable  {result['error']}"
    why = ", ".join(result["reasons"])
    if result["score"] is None:
        return f"{result['verdict']:<9} P(real)  --    {result['path']}  {result['model']} ({why})"
    box = ",".join(f"{v:.0f}" for v in result["box"])
    spent = sum(result["milliseconds"].values())
    return (
        f"{result['verdict']:<9} P(real) {result['score']:.3f}  {result['path']}  face {box} by {result['detector']}, "
        f"{spent:.0f} ms, {result['model']} ({why})"
    )
