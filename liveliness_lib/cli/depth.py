"""``liveliness depth``: has the face in this picture relief? Judge photos, estimate maps, train the network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class _PhotoFirst(TyperGroup):
    """``depth PHOTO`` is ``depth photo PHOTO``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["photo", *args]
        return super().resolve_command(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        cls=_PhotoFirst, no_args_is_help=True, rich_markup_mode="rich",
        help="Has the face relief? [bold]liveliness depth selfie.jpg[/bold]; one picture is weak evidence.",
    )  # fmt: skip
    group.command()(photo)
    group.command()(train)
    app.add_typer(group, name="depth")


def photo(
    photos: Annotated[list[Path], typer.Argument(help="Photos with a face.", show_default=False)],
    model: Annotated[str, typer.Option(help="small (ours, offline), or a checkpoint of transformers.")] = "small",
    detector: Annotated[str, typer.Option(help="Face detector.")] = "cascade",
    device: Annotated[str, typer.Option(help="For a checkpoint: auto, cpu, cuda or mps.")] = "auto",
    download: Annotated[bool, typer.Option(help="Fetch a checkpoint that is not here yet.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the maps as PNG, lighter is nearer.")] = None,
) -> None:
    """Estimate the depth of faces and say whether they are flat.

    [bold]liveliness depth selfie.jpg[/bold]

    [bold]liveliness depth selfie.jpg --model Intel/dpt-hybrid-midas --download --out maps/[/bold]

    A checkpoint of others gives relief, no verdict: none was calibrated, and they draw relief on photographs. Exit
    code 1 when a photo could not be judged.
    """
    from liveliness_lib.depth.photo import load_photo_depth

    estimate, failed = load_photo_depth(model, detector=detector, device=device, download=download), 0
    for path in photos:
        answer = estimate(path, out)
        failed += not answer.found
        print(answer.to_text())
    sys.exit(1 if failed else 0)


def train(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/depth"),
    heads: Annotated[int, typer.Option(help="Rendered people to train on.", min=1)] = 500,
    rounds: Annotated[int, typer.Option(help="How often each is taken: four crops a round.", min=1)] = 4,
    patch_epochs: Annotated[int, typer.Option(help="Passes of the convolutions alone.", min=0)] = 8,
    epochs: Annotated[int, typer.Option(help="Passes of the whole network.", min=1)] = 2,
    weights: Annotated[
        Path | None, typer.Option(help="Go on from these (small_dpt.safetensors); default: from random ones.")
    ] = None,
    dev_heads: Annotated[int, typer.Option(help="Rendered people for the threshold.", min=4)] = 400,
    test_heads: Annotated[int, typer.Option(help="Unseen people on unseen devices.", min=2)] = 140,
    seed: Annotated[int, typer.Option(help="Same seed, same machine: same weights.")] = 0,
    threads: Annotated[int, typer.Option(help="Of torch.", min=1)] = 1,
    jobs: Annotated[int, typer.Option(help="Processes that render; -1 for one on each core.")] = -1,
    device: Annotated[str, typer.Option(help="Where the network learns: cpu, cuda, mps or auto.")] = "cpu",
    loaders: Annotated[int, typer.Option(help="Processes that vary crops for it; a GPU wants many.", min=0)] = 0,
    batch_size: Annotated[int, typer.Option(help="Crops a step.", min=1)] = 32,
    learning_rate: Annotated[float, typer.Option(help="Highest, of the passes of the whole network.")] = 1e-3,
) -> None:
    """Render heads, train the small depth network, fit its verdict, measure it. Stopped, it goes on where it was.

    [bold]liveliness depth train --out runs/depth[/bold]
    """
    from liveliness_lib.depth.finish import finish_run
    from liveliness_lib.depth.training import DepthTraining, train_small_dpt

    config = DepthTraining(
        heads, rounds, patch_epochs, epochs, batch_size, learning_rate=learning_rate, seed=seed, threads=threads
    )
    train_small_dpt(out, config, weights=weights, jobs=jobs, device=device, loaders=loaders)
    metrics = finish_run(out, dev_heads=dev_heads, test_heads=test_heads, jobs=jobs)
    print(
        f"ACER {100 * metrics['acer']:.1f} % on unseen people and devices, abstains {100 * metrics['abstains']:.1f} %"
    )
    print(f"run: {out}   model: {out / 'small_dpt.onnx'}")
