"""``liveliness demo``: the whole job in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from liveliness_lib.pipeline.demo import DemoResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for data, model and report.")] = Path("runs/demo"),
    people: Annotated[int, typer.Option(help="How many people to render.", min=20)] = 110,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 7,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one on each core.")] = -1,
) -> None:
    """Watch the whole job: people, attacks, faces, training, people and devices never seen, mistakes.

    [bold]liveliness demo --out runs/demo[/bold]
    """
    from rich.console import Console

    from liveliness_lib.pipeline.demo import run_demo

    console = Console(highlight=False)
    result = run_demo(out, people=people, seed=seed, jobs=jobs, say=lambda line: console.print(f"[bold]{line}[/bold]"))
    _show(console, result)


def _show(console: object, result: DemoResult) -> None:
    from rich.console import Console
    from rich.table import Table

    screen = console if isinstance(console, Console) else Console()
    faces = Table("detector", "faces found", title="Who finds the faces")
    for name, (hits, asked) in result.found.items():
        faces.add_row(name, f"{hits} / {asked}")
    rates = Table("people never seen", "known devices", "devices never seen", title="LivenessNet, trained just now")
    for title, known, unseen in _rows(result):
        rates.add_row(title, known, unseen)
    both = Table(
        "detector", "AUC", "ACER", title="The same people, by the network trained here and by the built-in one"
    )
    for name, report in result.beside.items():
        if report.evaluation:
            both.add_row(name, str(report.evaluation.auc), str(report.evaluation.acer))
    screen.print(faces, rates, both)
    screen.print(f"report            {result.files['report']}\nworst mistakes    {result.files['mistakes']}")
    screen.print("Simulated people and devices: the numbers say little about real photographs yet.")
    screen.print("spent: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in result.seconds.items()))


def _rows(result: DemoResult) -> list[tuple[str, str, str]]:
    known, unseen = result.people.evaluation, result.unseen.evaluation
    if known is None or unseen is None:
        return []
    rows = [
        (f"APCER {a.name}", str(a.apcer), next((str(b.apcer) for b in unseen.species if b.name == a.name), "--"))
        for a in known.species
    ]
    return rows + [
        (name.upper(), str(getattr(known, name)), str(getattr(unseen, name))) for name in ("bpcer", "acer", "auc")
    ]
