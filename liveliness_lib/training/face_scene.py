"""Train FaceSceneNet from nobody's photographs, from photographs of people, or from those and of attacks on them.

=======  =============================================================================================
R0       rendered people and simulated attacks alone
R1       photographs of people as well, attacked in simulation; no real attack
R2       photographs of real attacks as well
=======  =============================================================================================

Which one it is follows from what the given photographs show. A run leaves a folder with the model, the settings, the
scores of what was set aside, and a card.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib import __version__
from liveliness_lib.dataset.face_bank import FaceBank, chosen, make_bank, read_bank
from liveliness_lib.dataset.splits import ensure_splits
from liveliness_lib.metrics import Threshold, choose_band, choose_threshold
from liveliness_lib.models import ModelMetadata, OnnxClassifier
from liveliness_lib.models.domain_onnx import attach_domain
from liveliness_lib.models.onnx_export import export_onnx, write_metadata
from liveliness_lib.paths import atomic_path, cache_dir, require
from liveliness_lib.scores import as_score_table, write_scores
from liveliness_lib.training.bank_augment import SCALES, SIDE
from liveliness_lib.training.bank_fit import BankConfig, fit_banks, still_crops
from liveliness_lib.training.bank_photos import photo_bank

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

PARITY = 1e-4
SCENE_RATE, SCENE_WHOLE = 0.75, 0.6
"""Of a round in which the scene alone learns: its learning rate in those of the first, and `BankConfig.whole`."""
AVERAGED_ROUNDS = 3
"""The weights kept are the mean of those that so many last rounds ended with."""
PEOPLE = {"near": 880, "room": 500, "clutter": 480, "plain": 300}
"""People that the built-in model learns from in each of `face_bank.SETTINGS`."""
PHOTO_SHARE = 0.5
"""Share of photographs (and of attacks on them) in a batch, beside rendered people."""


@dataclass(frozen=True)
class FaceSceneConfig:
    """Hold the settings of a run.

    Attributes
    ----------
    name : str
    people : int
        Rendered people to learn from near the camera; in other settings there are more or fewer in proportion, see
        `PEOPLE`. 0 for none where photographs are given.
    settings : tuple of str
        Those of `face_bank.SETTINGS` that people are rendered in.
    dev_people : int
        Rendered people to set aside in each setting, with devices of their own.
    detector : str or None
        Finds the faces of photographs; None where they are cut already.
    fit : BankConfig
    scene_rounds : int
        How often the scene alone goes on to learn after that, as many steps each time, the rate raised anew. What tells a
        device in its surroundings is learnt slowly; the face, learnt for longer, gets better on rendered people and
        worse on photographs. Pairs are then mostly drawn among takes that show their surroundings whole, and the weights
        of the last three rounds are averaged: each round ends elsewhere in how it takes what it has never seen, and
        their mean is wrong less often (Izmailov et al., 2018, "Averaging weights leads to wider optima").
    threshold_rule : str
    band_apcer, band_bpcer : float
        The error shares that the not-sure band leaves outside, on dev.
    seed : int
    """

    name: str = "facescene"
    people: int = PEOPLE["near"]
    settings: tuple[str, ...] = tuple(PEOPLE)
    dev_people: int = 60
    detector: str | None = "cascade"
    fit: BankConfig = field(default_factory=BankConfig)
    scene_rounds: int = 4
    threshold_rule: str = "eer"
    band_apcer: float = 0.05
    band_bpcer: float = 0.05
    seed: int = 0


@dataclass(frozen=True)
class FaceSceneRun:
    """Say what a run left.

    Attributes
    ----------
    folder : Path
    regime : str
        ``R0``, ``R1`` or ``R2``.
    metadata : ModelMetadata
    scores : DataFrame
        Of rendered people (``split`` *dev*, the threshold's own where no photographs were given) and of photographs.
    losses : list of float
        Mean loss of every fifty steps.
    """

    folder: Path
    regime: str
    metadata: ModelMetadata
    scores: pd.DataFrame
    losses: list[float]


def train_face_scene(
    out: str | os.PathLike[str],
    config: FaceSceneConfig | None = None,
    *,
    photos: pd.DataFrame | None = None,
    calibrate_on: pd.DataFrame | None = None,
    initial: str | os.PathLike[str] | None = None,
    bank_folder: str | os.PathLike[str] | None = None,
    jobs: int = -1,
    progress: bool = True,
) -> FaceSceneRun:
    """Train a FaceSceneNet and write its run folder; a run that was interrupted goes on.

    Parameters
    ----------
    out
        The run folder.
    config
    photos
        A manifest: its train rows are learnt from, its dev rows fix the threshold. Rows of people alone are attacked in
        simulation.
    calibrate_on
        A manifest of photographs that fix the threshold and nothing else; for R0, which has none of its own.
    initial
        Weights to start from: ``model.keras`` of another run.
    bank_folder
        Where rendered people are kept, for several runs to share; the cache by default.
    jobs
        Processes that render.
    progress
        Show bars.

    Raises
    ------
    ValueError
        Neither rendered people nor photographs to learn from, or not both classes to choose a threshold on.
    """
    require("tensorflow", extra="train")
    config, folder = config or FaceSceneConfig(), Path(out)
    table = None if photos is None else ensure_splits(photos, seed=config.seed)
    banks = Banks.gather(config, table, Path(bank_folder or cache_dir() / "face_bank"), jobs, progress)
    _claim(folder, config, banks)
    start = None if initial is None else Path(initial)
    model, losses = _fit_in_rounds(banks, config, folder, start, progress)
    with atomic_path(folder / "model.keras") as temporary:
        model.save(temporary)
    calibration = banks.dev_photos
    if calibrate_on is not None:
        calibration = photo_bank(calibrate_on, detector=config.detector, progress=progress)
    metadata, scores = _publish(model, folder, config, banks, calibration)
    run = FaceSceneRun(folder, banks.regime, metadata, scores, losses)
    from liveliness_lib.training.face_scene_card import write_card

    write_card(run, config, banks)
    return run


def _fit_in_rounds(
    banks: Banks, config: FaceSceneConfig, folder: Path, start: Path | None, progress: bool
) -> tuple[Any, list[float]]:
    """Fit the whole network, then the scene alone; every round keeps its own checkpoints and draws anew."""
    fit = banks.settings(config.fit)
    model, losses = fit_banks(banks.learnt, fit, folder, initial=start, progress=progress)
    ends: list[list[npt.NDArray[np.float32]]] = []
    for number in range(1, config.scene_rounds + 1):
        part = folder / f"scene-{number}"
        part.mkdir(exist_ok=True)
        before = part / "before.keras"
        with atomic_path(before) as temporary:
            model.save(temporary)
        rate = SCENE_RATE * fit.learning_rate
        again = dataclasses.replace(
            fit, learns=("scene",), seed=fit.seed + number, learning_rate=rate, whole=SCENE_WHOLE
        )
        model, more = fit_banks(banks.learnt, again, part, initial=before, progress=progress)
        losses += more
        ends.append(model.get_weights())
    if ends:
        model.set_weights(mean_weights(ends[-AVERAGED_ROUNDS:]))
    return model, losses


def mean_weights(networks: Sequence[Sequence[npt.NDArray[np.float32]]]) -> list[npt.NDArray[np.float32]]:
    """Return the mean of the weights of several networks; those that all have alike stay the same to the last bit.

    Examples
    --------
    >>> one, other = [np.float32([0.1, 1])], [np.float32([0.1, 2])]
    >>> mean_weights([one, other, other, one])
    [array([0.1, 1.5], dtype=float32)]
    """
    columns = zip(*networks, strict=True)
    return [values[0] + np.mean([value - values[0] for value in values], axis=0) for values in columns]


@dataclass(frozen=True)
class Banks:
    """Hold what a run learns from and what it sets aside.

    Attributes
    ----------
    learnt : list of FaceBank
    dev_rendered, dev_photos : FaceBank or None
    regime : str
    """

    learnt: list[FaceBank]
    dev_rendered: FaceBank | None
    dev_photos: FaceBank | None
    regime: str

    @classmethod
    def gather(
        cls, config: FaceSceneConfig, table: pd.DataFrame | None, folder: Path, jobs: int, progress: bool
    ) -> Banks:
        """Render, read and cut everything."""
        learnt: list[Path] = []
        aside: list[Path] = []
        how: dict[str, Any] = {"seed": config.seed, "jobs": jobs, "progress": progress}
        for setting in config.settings:
            if people := round(config.people * PEOPLE[setting] / PEOPLE["near"]):
                learnt.extend(make_bank(folder, people, setting=setting, **how))
                if config.dev_people:
                    aside.extend(make_bank(folder, config.dev_people, split="dev", setting=setting, **how))
        banks = [read_bank(learnt)] if learnt else []
        dev = read_bank(aside) if aside else None
        dev_photos, regime = None, "R0"
        if table is not None:
            parts = {name: table[table["split"] == name] for name in ("train", "dev")}
            regime = "R2" if (parts["train"]["label"] == "fake").any() else "R1"
            how = {"detector": config.detector, "seed": config.seed, "progress": progress}
            banks.append(photo_bank(parts["train"], attack=True, **how))
            if len(parts["dev"]):
                dev_photos = photo_bank(parts["dev"], attack=bool((parts["dev"]["label"] == "real").all()), **how)
        if not banks:
            raise ValueError("expected rendered people or photographs to learn from. Received: neither")
        return cls(banks, dev, dev_photos, regime)

    def settings(self, fit: BankConfig) -> BankConfig:
        """Return the fit's settings, photographs having their share where both kinds are learnt from."""
        if len(self.learnt) < 2 or fit.shares:
            return fit
        return dataclasses.replace(fit, shares=(1 - PHOTO_SHARE, PHOTO_SHARE))


def _claim(folder: Path, config: FaceSceneConfig, banks: Banks) -> None:
    """Write the settings down, or check that the folder was begun with the same ones."""
    said = json.dumps(
        dataclasses.asdict(config) | {"regime": banks.regime, "takes": [len(b) for b in banks.learnt]}, indent=1
    )
    file = folder / "config.json"
    if file.is_file() and file.read_text() != said:
        raise ValueError(f"expected an empty folder or one of a run with the same settings. Received: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(file) as temporary:
        temporary.write_text(said)


def _publish(
    model: Any, folder: Path, config: FaceSceneConfig, banks: Banks, calibration: FaceBank | None
) -> tuple[ModelMetadata, pd.DataFrame]:
    from liveliness_lib.models.face_scene import OUTPUTS

    path = export_onnx(model, folder / "model.onnx", _metadata(config, banks), outputs=OUTPUTS)
    classifier = OnnxClassifier(path)
    tables = {}
    for name, bank in (("rendered", banks.dev_rendered), ("photographs", calibration)):
        if bank is not None:
            tables[name] = bank_scores(bank, classifier)
    _check_parity(model, classifier, banks.learnt[0])
    if not tables:
        raise ValueError("expected faces set aside to choose the threshold on. Received: dev_people=0, no photographs")
    deciding = "photographs" if _has_both(calibration) else "rendered"
    threshold = choose_threshold(tables[deciding], config.threshold_rule)
    metadata = _metadata(config, banks, **_limits(tables[deciding], threshold, config, deciding))
    write_metadata(path, metadata)
    _say_its_limits(path, banks, calibration)
    pd = require("pandas", extra="train")
    scores = pd.concat([t.assign(what=name) for name, t in tables.items()], ignore_index=True)
    write_scores(folder / "scores.csv", scores)
    return metadata, scores


def bank_scores(bank: FaceBank, classifier: OnnxClassifier) -> pd.DataFrame:
    """Return the score table of a bank, its crops unchanged."""
    pd = require("pandas", extra="train")
    label = np.where(bank.real, "real", "fake")
    held = {"label": label, "attack_type": bank.attack_type, "subject": bank.subject, "device": bank.device}
    table = pd.DataFrame(held).assign(split="dev", path="", session="", framing=bank.framing)
    return as_score_table(table, classifier.predict(still_crops(bank))).assign(framing=bank.framing)


def _has_both(bank: FaceBank | None) -> bool:
    return bank is not None and bool(bank.real.any()) and not bool(bank.real.all())


def _limits(table: pd.DataFrame, threshold: Threshold, config: FaceSceneConfig, what: str) -> dict[str, Any]:
    band = choose_band(table, threshold, max_apcer=config.band_apcer, max_bpcer=config.band_bpcer)
    said = f"{threshold.rule} on {what}, {threshold.chosen_on}"
    return {"threshold": threshold.value, "threshold_from": said, "band": band}


def _check_parity(model: Any, classifier: OnnxClassifier, bank: FaceBank) -> None:
    crops = still_crops(chosen(bank, np.arange(min(64, len(bank)))))
    by_keras = np.asarray(model(crops.astype(np.float32), training=False)[0])[:, 1]
    difference = float(np.abs(by_keras - classifier.predict(crops)).max())
    if not difference <= PARITY:
        raise RuntimeError(f"Keras and ONNX Runtime differ by {difference:.2g}, above {PARITY}: the export is broken")


def _say_its_limits(path: Path, banks: Banks, calibration: FaceBank | None) -> None:
    rng = np.random.default_rng(0)
    parts: Sequence[FaceBank] = [chosen(b, rng.permutation(len(b))[:3000]) for b in banks.learnt]
    held = [bank for bank in (banks.dev_rendered, calibration) if bank is not None]
    crops = np.concatenate([still_crops(bank) for bank in parts])
    labels = np.concatenate([bank.real for bank in parts])
    aside = np.concatenate([still_crops(bank) for bank in held])
    attach_domain(path, crops, labels, aside, fitted_on=_trained_on(banks))


def _trained_on(banks: Banks) -> str:
    said = []
    for bank in banks.learnt:
        kinds, counts = np.unique(np.where(bank.real, "real", bank.attack_type), return_counts=True)
        counted = ", ".join(f"{n} {kind}" for kind, n in zip(kinds, counts, strict=True))
        said.append(f"{len(bank)} takes of {len(set(bank.subject))} people ({counted})")
    rendered = banks.regime == "R0" or len(banks.learnt) > 1
    what = {"R0": "rendered people and simulated attacks; no photograph of anyone"}.get(
        banks.regime, "photographs" + (" and rendered people" if rendered else "")
    )
    return f"{banks.regime}: {what}: {'; '.join(said)}"


def _metadata(config: FaceSceneConfig, banks: Banks, **limits: Any) -> ModelMetadata:
    tensorflow, keras = require("tensorflow", extra="train"), require("keras", extra="train")
    return ModelMetadata(
        name=config.name,
        architecture="face_scene",
        class_order=("fake", "real"),
        crop_border="black",
        crop_scales=SCALES,
        image_size=(SIDE, SIDE),
        detector=config.detector or "cascade",
        trained_on=_trained_on(banks),
        created_with=f"liveliness {__version__}, keras {keras.__version__}, tensorflow {tensorflow.__version__}",
        **limits,
    )
