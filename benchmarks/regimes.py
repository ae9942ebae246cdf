"""Train the better network in three regimes, and LivenessNet on the same data; or leave one idea out at a time.

    python -m benchmarks.regimes train [R0 R1 R2]     runs/regimes/R0 …, and LivenessNet beside each
    python -m benchmarks.regimes ablate               short runs, each without one thing; benchmarks/results/ablations.md
    python -m benchmarks.regimes ship                 R0 becomes the built-in model
    python -m benchmarks.real_photographs livenessnet minifasnet runs/regimes/*     judges them on photographs

Needs LIVELINESS_REAL: the photographs of its train part fix R0's threshold, give R1 its people and R2 its attacks; two of
their seven sources are set aside in R1 and R2. The judge part is opened by the last command alone. Everything resumes.
"""  # fmt: skip

from __future__ import annotations

import argparse
import dataclasses
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.__main__ import machine
from liveliness_lib.dataset.face_bank import FaceBank, chosen
from liveliness_lib.dataset.manifest import complete_columns
from liveliness_lib.images import resize_image
from liveliness_lib.metrics import choose_band, choose_threshold
from liveliness_lib.metrics.rates import auc
from liveliness_lib.models import ModelMetadata, OnnxClassifier
from liveliness_lib.models.onnx_export import export_onnx, write_metadata
from liveliness_lib.paths import atomic_path, cache_dir, real_photographs_dir
from liveliness_lib.scores import as_score_table
from liveliness_lib.training import TrainConfig
from liveliness_lib.training.bank_augment import CropChanges
from liveliness_lib.training.bank_fit import BankConfig, fit_banks, still_crops
from liveliness_lib.training.bank_match import match_pair
from liveliness_lib.training.bank_photos import photo_bank
from liveliness_lib.training.data import SplitCrops
from liveliness_lib.training.face_scene import Banks, FaceSceneConfig, train_face_scene

RUNS = Path("runs/regimes")
SET_ASIDE = ("t03", "t06")
"""Sources of photographs that fix the thresholds of R1 and R2."""
STEPS = {"R0": 1600, "R1": 500, "R2": 500}
RATES = {"R0": 2e-3, "R1": 7e-4, "R2": 7e-4}
"""R1 and R2 go on from R0."""


def photographs() -> pd.DataFrame:
    """Return the manifest of the train part, subject = source: who is in it is not known better."""
    folder = real_photographs_dir()
    if folder is None:
        sys.exit("set LIVELINESS_REAL to the folder with the real photographs")
    table = pd.read_csv(folder / "manifest.csv", keep_default_na=False)
    table = table[table["part"] == "train"]
    split = np.where(table["source"].isin(SET_ASIDE), "dev", "train")
    path = [str(folder / name) for name in table["path"]]
    return complete_columns(table.assign(path=path, subject=table["source"], split=split)).reset_index(drop=True)


def settings(regime: str) -> FaceSceneConfig:
    """Return the settings of a regime.

    The photographs are cut at the face and show nothing around it: R1 and R2 learn faces from them, and what a device looks
    like stays as R0 has learnt it from whole pictures. Learnt on from such cuts, it was forgotten.
    """
    learns = ("face", "scene") if regime == "R0" else ("face",)
    fit = BankConfig(steps=STEPS[regime], learning_rate=RATES[regime], learns=learns)
    rounds = FaceSceneConfig.scene_rounds if regime == "R0" else 0
    return FaceSceneConfig(name=f"facescene-{regime}", detector=None, fit=fit, scene_rounds=rounds)


def train(regime: str, folder: Path, jobs: int) -> None:
    """Train the better network and LivenessNet on the data of one regime."""
    table, config = photographs(), settings(regime)
    given = {"R1": table[table["label"] == "real"], "R2": table}.get(regime)
    aside = table[table["split"] == "dev"]
    run = train_face_scene(
        folder / regime,
        config,
        photos=given,
        calibrate_on=table if given is None else aside,
        initial=None if given is None else folder / "R0" / "model.keras",
        bank_folder=bank_folder(),
        jobs=jobs,
    )
    print(
        f"{regime}: {run.metadata.trained_on}\n  threshold {run.metadata.threshold:.3f} {run.metadata.threshold_from}"
    )
    banks = Banks.gather(config, given, bank_folder(), jobs, False)
    calibration = photo_bank(table if given is None else aside, detector=None, progress=False)
    train_livenessnet(banks, calibration, folder / f"{regime}-livenessnet")


def bank_folder() -> Path:
    """Return where rendered people are kept."""
    return cache_dir() / "face_bank"


def train_livenessnet(banks: Banks, calibration: FaceBank, folder: Path) -> None:
    """Train LivenessNet, 32x32, with its own augmentation, on the face crops of the same takes."""
    from liveliness_lib.training.fit import fit

    if (folder / "model.onnx").is_file():
        return
    learnt = [small_crops(bank) for bank in banks.learnt]
    both = SplitCrops(
        pd.concat([one.table for one in learnt], ignore_index=True),
        *(np.concatenate([getattr(one, name) for one in learnt]) for name in ("acquired", "images", "labels")),
    )
    dev = small_crops(banks.dev_rendered or calibration)
    config = TrainConfig(name=folder.name, epochs=12, batch_size=128, patience=6, seed=0)
    model, _ = fit(both, dev, config, folder)
    about = ModelMetadata(name=folder.name, detector="cascade", trained_on=banks.regime)
    path = export_onnx(model, folder / "model.onnx", about)
    held = small_crops(calibration)
    scores = as_score_table(held.table.assign(split="dev"), OnnxClassifier(path).predict(held.images))
    threshold = choose_threshold(scores, "eer")
    chosen_on = f"eer on photographs, {threshold.chosen_on}"
    write_metadata(
        path,
        replace(about, threshold=threshold.value, threshold_from=chosen_on, band=choose_band(scores, threshold)),
    )


def small_crops(bank: FaceBank) -> SplitCrops:
    """Return the face of each take in 32x32 pixels."""
    faces = np.stack([resize_image(crops[0], (32, 32)) for crops in still_crops(bank)])
    label = np.where(bank.real, "real", "fake")
    held = {"label": label, "attack_type": bank.attack_type, "subject": bank.subject, "device": bank.device}
    table = pd.DataFrame(held).assign(path="", session="", split="")
    return SplitCrops(table, np.ones(len(bank), bool), faces, bank.real.astype(np.int64))


def ship() -> None:
    """Copy R0 and its card into the package under the built-in model's name."""
    from liveliness_lib.models.registry import WEIGHTS

    name = "facescene"
    with atomic_path(WEIGHTS / f"{name}.onnx") as temporary:
        temporary.write_bytes((RUNS / "R0" / "model.onnx").read_bytes())
        about = OnnxClassifier(temporary).metadata
        write_metadata(temporary, replace(about, name=name))
    card = (RUNS / "R0" / "model_card.md").read_text().replace(about.name, name)
    with atomic_path(WEIGHTS / f"{name}.md") as temporary:
        temporary.write_text(card)
    print(f"{WEIGHTS / name}.onnx and its card")


SHORT = BankConfig(steps=160)
NO_COLOUR = {"gain": 0.0, "gamma": 0.0, "saturation": (1.0, 1.0), "lift": 0.0, "contrast": (1.0, 1.0)}
NO_CODEC = {"detail": 1.0, "blur": 0.0, "noise": 0.0, "quality": (98.0, 100.0)}
ABLATIONS: dict[str, dict[str, Any]] = {
    "everything": {},
    "central differences in both": {"thetas": (0.7, 0.7)},
    "central differences in neither": {"thetas": (0.0, 0.0)},
    "no map in the loss": {"pixels": 0.0, "crops": 0.0},
    "no change of colour": {"changes": CropChanges(**NO_COLOUR)},
    "no change of detail, noise, codec": {"changes": CropChanges(**NO_CODEC)},
    "pairs not made alike in colour": {"changes": CropChanges(same_colour=0.0)},
    "pairs made alike in sharpness (added)": {"changes": CropChanges(same_sharpness=0.5)},
    "no clothes and things laid over pairs": {"changes": CropChanges(covered=0.0)},
    "screens only": {"prints": 0.0},
}


def ablate(jobs: int) -> None:
    """Train short runs, each without one thing, and write how each does on rendered people and on photographs."""
    config = FaceSceneConfig(people=400, detector=None)
    banks = Banks.gather(config, None, bank_folder(), jobs, True)
    table = photographs()
    held = photo_bank(table, detector=None, progress=False)
    alike = made_alike(held)
    lines = []
    for name, without in ABLATIONS.items():
        model, _ = fit_banks(banks.learnt, replace(SHORT, **without), RUNS / "ablations" / name.replace(" ", "-"))
        lines.append(_ablation_row(name, model, banks.dev_rendered, held, alike))
        if not without:
            for index, view in enumerate(("face crop alone", "scene crop alone")):
                lines.append(_ablation_row(f"{view}, same network", model, banks.dev_rendered, held, alike, view=index))
    text = ABLATION_HEAD.format(machine=machine(), steps=SHORT.steps, takes=sum(len(b) for b in banks.learnt))
    with atomic_path(Path(__file__).with_name("results") / "ablations.md") as temporary:
        temporary.write_text(text + "\n".join(lines) + "\n")
    print(text + "\n".join(lines))


ABLATION_HEAD = """# What each idea is worth

Short runs of the face and scene network on rendered people and simulated attacks alone ({takes} takes, {steps} steps), each without one thing, or with one more.
AUC on rendered people and devices that were set aside, and on 388 face crops of real photographs and screen replays from seven
sources (none of them learnt from): pooled, and the mean over sources. The crops end at the face, so the scene crop sees hardly any scene there.
*Made alike*: in every source each real face and each attack take over one another's colours and softness, so that neither gives them away
(mean over sources). One seed and few steps each, never repeated: take differences of a few points as noise;
and so few steps favour whatever makes the task easier, as doing without clothes or changes of colour does. Written by `python -m benchmarks.regimes ablate` ({machine}).

| what is changed | rendered | photographs | mean over sources | worst source | made alike |
|---|---:|---:|---:|---:|---:|
"""  # noqa: E501


def _ablation_row(
    name: str, model: Any, dev: FaceBank | None, held: FaceBank, alike: Alike, *, view: int | None = None
) -> str:
    if dev is None:
        raise ValueError("expected rendered people that are set aside. Received: none")
    rendered, photos = (area(model, still_crops(bank), bank.real, view) for bank in (dev, held))
    parts = [chosen(held, held.subject == source) for source in sorted(set(held.subject))]
    sources = [area(model, still_crops(part), part.real, view) for part in parts]
    matched = [area(model, crops, real, view) for crops, real in alike]
    found = [rendered, photos, float(np.mean(sources)), min(sources), float(np.mean(matched))]
    return f"| {name} | " + " | ".join(f"{100 * value:.1f} %" for value in found) + " |"


Alike = list[tuple[np.ndarray, np.ndarray]]


def made_alike(bank: FaceBank) -> Alike:
    """Return crops and labels of each source, its real faces and attacks made alike in colour and sharpness."""
    rng, found = np.random.default_rng(0), []
    for source in sorted(set(bank.subject)):
        part = chosen(bank, bank.subject == source)
        crops, real = still_crops(part), part.real
        live, fake = np.flatnonzero(real), np.flatnonzero(~real)
        pairs = [
            (crops[live[k % len(live)]].copy(), crops[fake[k % len(fake)]].copy())
            for k in range(max(len(live), len(fake)))
        ]
        for one, other in pairs:
            match_pair(one, other, rng, colour=1.0, sharpness=1.0)
        found.append((np.stack([crop for pair in pairs for crop in pair]), np.tile([True, False], len(pairs))))
    return found


def area(model: Any, crops: np.ndarray, real: np.ndarray, view: int | None) -> float:
    """Return the AUC of a Keras model on crops (N, 2, 96, 96, 3), by both of them or by one."""
    parts = [
        np.asarray(model(crops[i : i + 128].astype(np.float32), training=False)[1]) for i in range(0, len(crops), 128)
    ]
    logits = np.concatenate(parts).mean(axis=(2, 3))
    chance = 1 / (1 + np.exp(-(logits.mean(axis=1) if view is None else logits[:, view])))
    return auc(chance[real], {"attacks": chance[~real]})


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "ablate", "ship", "settings"])
    parser.add_argument("regimes", nargs="*", default=["R0", "R1", "R2"])
    parser.add_argument("--jobs", type=int, default=-1)
    asked = parser.parse_args()
    if asked.what == "ablate":
        ablate(asked.jobs)
        return
    if asked.what == "ship":
        ship()
        return
    for regime in asked.regimes:
        if asked.what == "settings":
            print(regime, dataclasses.asdict(settings(regime)))
        else:
            train(regime, RUNS, asked.jobs)


if __name__ == "__main__":
    main()
