"""Write the card of a trained model: data, protocol, numbers, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveliness_lib.metrics import format_evaluation
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.data import SplitCrops
from liveliness_lib.training.limits import bands_of

if TYPE_CHECKING:
    from liveliness_lib.training.train import TrainingRun


def model_card(run: TrainingRun, config: TrainConfig, splits: dict[str, SplitCrops]) -> str:
    """Return the model card as Markdown."""
    parts = [
        f"# {run.metadata.name}",
        "Judges a face crop: P(real), the chance that it shows a living face and not a picture of one.",
        "## Use\n\n" + _use(run),
        "## Data\n\n" + _data(splits),
        "## Protocol\n\n" + _protocol(run, config),
        "## Numbers\n\n" + _numbers(run),
        "## Limits\n\n" + _limits(run, config, splits),
    ]
    return "\n\n".join(parts) + "\n"


def _use(run: TrainingRun) -> str:
    m = run.metadata
    height, width = m.image_size
    square = "squared" if m.crop_square else "not squared"
    return (
        f"Faces by `{m.detector}`, box grown {m.crop_scale:g} times, {square}, {m.crop_border} at the border, resized "
        f"to {height}x{width}; RGB 0-255. All of this stands in the metadata of `model.onnx`; "
        "`OnnxClassifier(path).predict(crops)` reads it.\n\n"
        f"*real* at P(real) >= {m.threshold:.4f}; with a not-sure band: *fake* below {m.band[0]:.4f}, *real* from "
        f"{m.band[1]:.4f} on."
    )


def _data(splits: dict[str, SplitCrops]) -> str:
    lines = ["| split | real | attacks | people | devices | not acquired |", "|---|---:|---|---:|---:|---:|"]
    for name, split in splits.items():
        rows = split.table
        counts = rows.loc[rows["label"] == "fake", "attack_type"].value_counts().sort_index()
        attacks = ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "none"
        real, missing = int((rows["label"] == "real").sum()), int((~split.acquired).sum())
        people, devices = rows["subject"].nunique(), rows.loc[rows["device"] != "", "device"].nunique()
        lines.append(f"| {name} | {real} | {attacks} | {people} | {devices} | {missing} |")
    return "\n".join(lines) + "\n\nNo person, source photograph or recording session stands in two splits (checked)."


def _protocol(run: TrainingRun, config: TrainConfig) -> str:
    stop = "patience ran out" if run.stopped_early else "all epochs ran"
    start = f"from the weights of `{config.initial_model}`" if config.initial_model else "from random weights"
    a = config.augmentation
    moved = (
        f"rotation {a.rotation:g}°, zoom {a.zoom:g}, shift {a.shift:g}, shear {a.shear:g}°"
        if config.augment
        else "none"
    )
    return (
        f"LivenessNet {start}, seed {config.seed}; Adam {config.learning_rate:g}, batches of {config.batch_size}; "
        f"augmentation: {moved}. {len(run.history)} of at most {config.epochs} epochs ({stop}), the weights of epoch "
        f"{run.best_epoch}, lowest loss on dev. Threshold: {run.metadata.threshold_from}. Test was judged once, after "
        f"all choices. Made with {run.metadata.created_with}."
    )


def _numbers(run: TrainingRun) -> str:
    notes = {
        "dev": "dev (the threshold was chosen here: optimistic)",
        "test": "test (never seen before)",
    }
    bands = bands_of(run)
    parts = [
        f"### {notes[name]}\n\n{format_evaluation(evaluation, style='markdown')}\n\n"
        + "\n".join(f"- accuracy, {which}: {found}" for which, found in bands[name].items())
        for name, evaluation in run.evaluations.items()
    ]
    return "\n\n".join(parts)


def _limits(run: TrainingRun, config: TrainConfig, splits: dict[str, SplitCrops]) -> str:
    lines = []
    if config.fast:
        lines.append("**A fast run, cut short: its numbers say only that everything runs.**")
    if "test" not in run.evaluations:
        lines.append("**There is no test split: nothing here says how it does on people it never saw.**")
    known = set(splits["train"].table.loc[splits["train"].table["label"] == "fake", "attack_type"])
    lines += [
        f"It learnt from these kinds of attack only: {', '.join(sorted(known))}. Expect more errors on any other.",
        "A new camera, screen, printer or light has halved the attack detection of networks like this one. Measure on "
        "your own photographs before you rely on it, and choose the threshold there.",
        "One run with one seed: another seed moves the rates, about as far as the intervals reach.",
        "Crops cut by another face detector differ from what it learnt, and its scores with them.",
    ]
    return "\n".join(f"- {line}" for line in lines)
