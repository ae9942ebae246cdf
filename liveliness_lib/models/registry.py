"""Find a classifier by name: one that ships in the package, one that was fetched, a file, or the folder of a run.

``auto`` takes the strongest that is present: the one its user marked as default, else a fetched one, else the built-in.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from liveliness_lib.models import minifasnet
from liveliness_lib.models.face_classifier import CropClassifier, FaceClassifier
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.paths import PACKAGE_ROOT, atomic_path, config_dir
from liveliness_lib.weights import has_set

log = logging.getLogger(__name__)

DEFAULT = "facescene"
WEIGHTS = PACKAGE_ROOT / "models" / "weights"


@dataclass(frozen=True)
class FoundModel:
    """Where a model lies and how it came to be chosen.

    Attributes
    ----------
    path : Path
        The ONNX file.
    origin : {"marked", "fetched", "built-in", "named"}
        *marked* by the user as default; *named* as a file or a run.
    """

    path: Path
    origin: Literal["marked", "fetched", "built-in", "named"]


def packaged_models() -> list[str]:
    """Return the names of the models that ship in the package."""
    return sorted(path.stem for path in WEIGHTS.glob("*.onnx"))


def present_models() -> list[str]:
    """Return the names of all models on this machine that `load_classifier` takes by name, built-in ones first."""
    return [*packaged_models(), *([minifasnet.NAME] if not _why_not_fetched() else [])]


def load_classifier(model: str = "auto") -> FaceClassifier:
    """Load a classifier; see `find_model`."""
    return CropClassifier(find_model(model).path)


def find_model(model: str = "auto") -> FoundModel:
    """Find the file of a classifier.

    Parameters
    ----------
    model
        ``auto`` for the strongest one present, the name of a packaged model, ``minifasnet`` (its weights are fetched
        once with ``liveliness models fetch minifasnet yunet``), the path of an ONNX file, or the folder of a run (its
        ``model.onnx`` is taken).

    Raises
    ------
    ValueError
        There is no such model; lists the names that are known.
    """
    if model == "auto":
        return _strongest()
    packaged = WEIGHTS / f"{model}.onnx"
    if packaged.is_file():
        return FoundModel(packaged, "built-in")
    for path in (Path(model), Path(model) / "model.onnx"):
        if path.is_file():
            return FoundModel(path, "named")
    if model == minifasnet.NAME:
        return FoundModel(minifasnet.onnx_file(), "fetched")
    known = [*packaged_models(), minifasnet.NAME]
    raise ValueError(f"expected 'auto', one of {known}, an ONNX file or a run folder. Received: {model!r}")


def _strongest() -> FoundModel:
    marked = marked_model()
    if marked is not None:
        return FoundModel(marked, "marked")
    reason = _why_not_fetched()
    if not reason:
        return FoundModel(minifasnet.onnx_file(), "fetched")
    if has_set(minifasnet.NAME):
        log.warning("%s is fetched but not used: %s", minifasnet.NAME, reason)
    return FoundModel(WEIGHTS / f"{DEFAULT}.onnx", "built-in")


def _why_not_fetched() -> str:
    """Say what keeps MiniFASNet from being used on this machine; nothing where it can be."""
    if not minifasnet.cached_file().is_file():
        if not has_set(minifasnet.NAME):
            return f"liveliness models fetch {minifasnet.NAME}"
        if importlib.util.find_spec("torch") is None or importlib.util.find_spec("onnx") is None:
            return "its conversion needs torch and onnx once: pip install 'liveliness[train,depth]'"
    if not has_set(minifasnet.METADATA.detector):  # with another's boxes its crops, and so its answers, are others
        return f"its face detector is missing: liveliness models fetch {minifasnet.METADATA.detector}"
    return ""


def mark_default(model: str) -> Path:
    """Make `model` (a run, a file, a name) what ``auto`` takes from now on, for this user.

    Returns
    -------
    Path
        The model's file.

    Raises
    ------
    ValueError
        It is no model of ours.
    """
    if model == "auto":
        raise ValueError("expected a run folder, an ONNX file or a name to mark as default. Received: 'auto'")
    path = find_model(model).path.resolve()
    CropClassifier(path).metadata.to_json()  # a file that cannot be used is refused now, not at the next photo
    with atomic_path(_marker()) as temporary:
        temporary.write_text(json.dumps({"model": str(path)}) + "\n", encoding="utf-8")
    return path


def unmark_default() -> None:
    """Forget the marked model; ``auto`` takes a fetched or the built-in one again."""
    _marker().unlink(missing_ok=True)


def marked_model() -> Path | None:
    """Return the file of the model that was marked as default; None where none was.

    Raises
    ------
    ValueError
        The marked file is gone: another model would answer in its name.
    """
    marker = _marker()
    if not marker.is_file():
        return None
    try:
        path = Path(json.loads(marker.read_text(encoding="utf-8"))["model"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{marker} names no model ({error!r}): run `liveliness models default RUN` again") from None
    if not path.is_file():
        raise ValueError(
            f"the model marked as default is gone: {path}. Mark another with `liveliness models default RUN`, or none "
            "with `liveliness models default --clear`"
        )
    return path


def advice(found: FoundModel, about: ModelMetadata) -> str:
    """Return one line on what the built-in model is worth and how to get a stronger one; nothing for other models."""
    if found.origin != "built-in":
        return ""
    fetch = f"`liveliness models fetch {minifasnet.NAME} {minifasnet.METADATA.detector}`, or "
    return (
        f"{about.name} is built in and was trained on {about.trained_on}. Stronger on photographs: "
        f"{fetch if _why_not_fetched() else '`--model minifasnet`, or '}your own: "
        "`liveliness train YOUR_PHOTOS --out runs/mine`, then `liveliness models default runs/mine`"
    )


def _marker() -> Path:
    return config_dir() / "default_model.json"
