"""``liveliness models``: which model answers; weights that others trained, fetched once and checked at every use."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

NAMES = Annotated[
    list[str] | None, typer.Argument(help="yunet, retinaface, minifasnet; all by default.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Which model answers by default; weights that others trained: list, fetch, verify, convert.",
        no_args_is_help=True,
    )
    group.command("list")(show)
    group.command("default")(default)
    group.command("limits")(limits)
    group.command()(fetch)
    group.command()(verify)
    group.command()(convert)
    group.command("import")(import_model)
    group.command()(quantise)
    app.add_typer(group, name="models")


def show() -> None:
    """List the models on this machine, and what can be fetched: state, size, licence, author, address.

    [bold]liveliness models list[/bold]
    """
    from liveliness_lib.models.registry import present_models
    from liveliness_lib.paths import models_dir
    from liveliness_lib.weights import FILES, SETS, state_of

    print(f"Models: {', '.join(present_models())}")
    _say_default()
    print(f"Folder: {models_dir()}")
    for name, files in SETS.items():
        for file in files:
            row = FILES[file]
            size = f"{row.size / 1e6:.2f} MB"
            print(f"{name:<11} {state_of(row):<11} {size:<8} {row.licence:<11} {row.name}  by {row.author}")
            print(f"{'':<24}{row.url}")


def default(
    model: Annotated[
        str | None,
        typer.Argument(help="Folder of a run, ONNX file or name; none: say which it is.", show_default=False),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Forget the marked one.")] = False,
) -> None:
    """Say, or choose, which model answers where none is named (--model auto).

    [bold]liveliness models default runs/mine[/bold]

    Without a choice it is a fetched model (minifasnet with yunet) where there is one, else the built-in.
    """
    from liveliness_lib.models import registry

    if clear and model is not None:
        raise ValueError(f"expected a model or --clear, not both. Received: {model!r} and --clear")
    if clear:
        registry.unmark_default()
    if model is not None:
        registry.mark_default(model)
    _say_default()


def limits(
    model: Annotated[str, typer.Argument(help="A model of yours: an ONNX file or the folder of a run.")],
    data: Annotated[Path, typer.Argument(help="What it was trained on: a manifest or folder with train and dev rows.")],
    quantile: Annotated[float, typer.Option(help="Share of the dev faces that are not called strange.")] = 0.99,
    tensor: Annotated[
        str | None, typer.Option(help="Value in the graph that holds the features; what its last linear layer sees.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write a copy here instead of changing the file.")] = None,
    seed: Annotated[int, typer.Option(help="Of the splits, where the data has none.")] = 0,
) -> None:
    """Teach a model its limits: a face unlike all of this data gets 'not sure' (out_of_domain), whatever its score.

    [bold]liveliness models limits runs/mine my_photos[/bold]

    `liveliness train` does it by itself; again is needed where photographs of other cameras are to count as familiar.
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.splits import ensure_splits
    from liveliness_lib.models.registry import find_model
    from liveliness_lib.pipeline.limits import fit_limits

    found = find_model(model)
    if found.origin in ("built-in", "fetched") and out is None:
        raise ValueError(f"expected --out for a model that is not yours to change. Received: {model!r}")
    table = ensure_splits(load_table(data), seed=seed)
    domain = fit_limits(found.path, table, out=out, quantile=quantile, tensor=tensor, name=data.name)
    print(f"{out or found.path}: limits fitted on {domain.fitted_on}")


def _say_default() -> None:
    from liveliness_lib.models import registry

    found = registry.find_model()
    about = registry.load_classifier(str(found.path)).metadata
    print(f"Default (--model auto): {about.name}, {found.origin}, {found.path}")
    if line := registry.advice(found, about):
        print(line)


def fetch(
    names: NAMES = None,
    mirror: Annotated[str | None, typer.Option(help="Address of a folder that serves the same files.")] = None,
) -> None:
    """Fetch weights into the folder of models; a broken download is continued, a wrong file refused.

    [bold]liveliness models fetch minifasnet yunet[/bold]

    Without a network, put the files named by [bold]liveliness models list[/bold] into its folder by hand.
    """
    from liveliness_lib.weights import SETS, fetch_set

    for name in names or SETS:
        for path in fetch_set(name, mirror=mirror):
            print(f"{name}: {path}")


def verify(names: NAMES = None) -> None:
    """Check the SHA-256 of what was fetched; exit code 1 when a file is not what it should be.

    [bold]liveliness models verify[/bold]
    """
    from liveliness_lib.weights import FILES, SETS, state_of
    from liveliness_lib.weights.fetch import rows_of

    states = {row.name: state_of(row) for name in names or SETS for row in rows_of(name)}
    for file, state in states.items():
        print(f"{state:<11} {file}  sha256 {FILES[file].sha256}")
    sys.exit(1 if "wrong" in states.values() else 0)


def convert(name: Annotated[str, typer.Argument(help="minifasnet.")] = "minifasnet") -> None:
    """Convert fetched torch weights to one ONNX file in the cache; it also happens by itself at the first use.

    [bold]liveliness models convert minifasnet[/bold]
    """
    from liveliness_lib.models import minifasnet

    if name != minifasnet.NAME:
        raise ValueError(f"expected a model that has to be converted: {minifasnet.NAME}. Received: {name!r}")
    print(minifasnet.onnx_file())


class Channels(str, Enum):
    """The order of the colours that a network was trained on."""

    BGR = "BGR"
    RGB = "RGB"


def import_model(
    model: Annotated[Path, typer.Argument(help="A whole Keras model in HDF5, such as liveness.model29.")],
    out: Annotated[Path, typer.Option(help="Folder of the imported model.")],
    labels: Annotated[
        Path | None, typer.Option(help="The pickled LabelEncoder that belongs to it: leNN.pickle.")
    ] = None,
    classes: Annotated[str, typer.Option(help="Its classes in order, without such a file: fake,real.")] = "",
    real: Annotated[str, typer.Option(help="What living faces are called there.")] = "real",
    channels: Annotated[Channels, typer.Option(help="BGR where OpenCV read the pictures.")] = Channels.BGR,
    dev: Annotated[
        Path | None, typer.Option(help="Labelled photos to fit threshold and not-sure band on; else the guessed ones.")
    ] = None,
    faces: Annotated[bool, typer.Option("--faces", help="--dev holds cut faces, not whole photos.")] = False,
) -> None:
    """Bring a model of the original system over as one ONNX file; nothing in the old files is run.

    [bold]liveliness models import liveness.model29 --labels le29.pickle --out runs/model29 --dev my_photos[/bold]

    [bold]liveliness detect --model runs/model29 selfie.jpg[/bold]
    """
    from liveliness_lib.models.import_original import import_original
    from liveliness_lib.models.onnx_model import OnnxClassifier

    order = [name.strip() for name in classes.split(",") if name.strip()]
    path = import_original(model, out, labels=labels, class_order=order, real=real, channel_order=channels.value)
    if dev is not None:
        from liveliness_lib.dataset.manifest import load_table
        from liveliness_lib.training.limits import fit_limits

        fit_limits(path, load_table(dev), source="faces" if faces else "photos")
    about = OnnxClassifier(path).metadata
    print(f"{path}: crops {about.image_size}, {about.channel_order}, classes {', '.join(about.class_order)}")
    print(
        f"threshold {about.threshold:.4f} ({about.threshold_from}), not sure from {about.band[0]:.4f} to {about.band[1]:.4f}"
    )


def quantise(
    model: Annotated[str, typer.Argument(help="A packaged model, an ONNX file, or the folder of a run.")],
    out: Annotated[Path, typer.Option(help="The smaller ONNX file.")],
    crops: Annotated[
        Path | None,
        typer.Option(help="Labelled photos to set the ranges by (static); without: weights only (dynamic)."),
    ] = None,
    faces: Annotated[bool, typer.Option("--faces", help="--crops holds cut faces, not whole photos.")] = False,
) -> None:
    """Make a smaller model of 8-bit integers, and say how far its scores moved.

    [bold]liveliness models quantise runs/mine --out runs/mine-int8/model.onnx --crops data_samples[/bold]
    """
    from liveliness_lib.training.quantise import quantise_model

    print(quantise_model(model, out, photos=crops, faces=faces).to_text())
