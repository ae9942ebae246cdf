"""Write what a run of FaceSceneNet leaves for its readers: the history, the metrics, the card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveliness_lib import results
from liveliness_lib.metrics import Threshold, evaluate, format_evaluation
from liveliness_lib.paths import atomic_path

if TYPE_CHECKING:
    from liveliness_lib.training.face_scene import Banks, FaceSceneConfig, FaceSceneRun

CARD = """# {name}

Judges a face by two crops, the face and what surrounds it: P(real), the chance that it is a person and not a picture of one.

## Data

{trained_on}.

## Use

Two crops, {scales} face boxes wide, of {side}x{side} pixels, black where they reach beyond the picture; RGB 0-255. All of this
stands in the metadata of the file. *real* from {high:.3f} on, *fake* below {low:.3f}, *not sure* between them and wherever
the face lies further from the learnt ones than 99 in 100 of those set aside. Threshold {threshold:.4f}: {threshold_from}.

## Numbers

{numbers}

## Limits

Behind some of the rendered people, and behind the devices that show them, are photographs of things that scikit-image and
scikit-learn bring along: a cup, a cat, a motorcycle, a wall; nobody is in them.

Screens and paper only: no masks, no make-up, no deep-fakes. Rates on rendered people say what the network learnt of the
simulator; rates on photographs say how much of that carries, and only for the cameras and homes in them. The ranges of
the simulated cameras and screens, and how crops are changed in training, were set with an eye on real recaptures: those
have shaped the simulator, and where a threshold was chosen on photographs they have shaped that, too. The weights of an R0
have seen none of them. It must not decide alone about anybody's access to anything. Train and evaluate it on pictures from
your own cameras first.
"""


def _caution(what: str, chosen_on: str) -> str:
    return (
        "The threshold was chosen on these very faces: its rates here are optimistic.\n\n"
        if chosen_on.startswith(what)
        else ""
    )


def write_card(run: FaceSceneRun, config: FaceSceneConfig, banks: Banks) -> None:
    """Write ``history.csv``, ``metrics.json`` and ``model_card.md`` of a run."""
    with atomic_path(run.folder / "history.csv") as temporary:
        rows = [f"{50 * (i + 1)},{loss:.5f}" for i, loss in enumerate(run.losses)]
        temporary.write_text("\n".join(["step,loss", *rows]) + "\n")
    chosen_on = run.metadata.threshold_from.removeprefix(f"{config.threshold_rule} on ")
    threshold = Threshold(run.metadata.threshold, config.threshold_rule, chosen_on)
    numbers: list[str] = []
    recorded: dict[str, Any] = {}
    for what, table in run.scores.groupby("what"):
        if set(table["label"]) != {"real", "fake"}:
            continue
        found = evaluate(table, threshold)
        numbers.append(
            f"### Set aside: {what}\n\n{_caution(str(what), chosen_on)}{format_evaluation(found, style='markdown')}"
        )
        recorded |= {f"{what}_{key}": value for key, value in found.to_dict().items()}
    results.record_metrics(run.folder / "metrics.json", recorded)
    meta = run.metadata
    with atomic_path(run.folder / "model_card.md") as temporary:
        temporary.write_text(
            CARD.format(
                name=meta.name,
                trained_on=meta.trained_on,
                scales=" and ".join(f"{s:g}" for s in meta.crop_scales),
                side=meta.image_size[0],
                low=meta.band[0],
                high=meta.band[1],
                threshold=meta.threshold,
                threshold_from=meta.threshold_from,
                numbers="\n\n".join(numbers),
            )
        )
