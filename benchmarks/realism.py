"""Compare simulated recaptures with real ones: python -m benchmarks.realism [--faces 60] [--bank FILES …]

Real face crops (train part of the folder named by LIVELINESS_REAL) are the reference. The real ones among them are also
the scenes of the simulator: each is rephotographed (simulated real), shown on a screen and filmed (simulated screen),
and printed (simulated print). Four statistics of the face at 160 pixels are compared; none is used as a detector. Last, a
logistic regression on the four alone, on photographs and on files of a face bank: if it did better on the simulated
faces, they would differ by tone and sharpness more than real ones do. The judge part is never opened.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.dataset.face_bank import read_bank
from liveliness_lib.paths import real_photographs_dir
from liveliness_lib.synthetic.camera import CAMERAS
from liveliness_lib.synthetic.recapture import PRINTERS, SCREENS, recapture_print, recapture_screen, rephotograph
from liveliness_lib.training.bank_augment import middle

SIDE = 160
Image = NDArray[np.uint8]


def statistics(face: Image) -> dict[str, float]:
    """Return sharpness, spectral slope, saturation and CIE b* of a face, (160, 160, 3)."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    lab = cv2.cvtColor(face.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return {
        "log10 Laplacian variance": float(np.log10(cv2.Laplacian(grey, cv2.CV_32F).var() + 1e-3)),
        "spectral slope": spectral_slope(grey),
        "saturation": float(cv2.cvtColor(face, cv2.COLOR_RGB2HSV)[..., 1].mean() / 255),
        "b*": float(lab[..., 2].mean()),
    }


def spectral_slope(grey: NDArray[np.float32]) -> float:
    """Return the slope of log power over log frequency between 0.03 and 0.45 cycles per pixel."""
    window = np.hanning(len(grey))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window[:, None] * window[None, :])) ** 2
    f = np.fft.fftfreq(len(grey))
    radius = np.hypot(f[:, None], f[None, :])
    edges = np.geomspace(0.03, 0.45, 13)
    ring = np.digitize(radius.ravel(), edges)
    mean = [power.ravel()[ring == k].mean() for k in range(1, len(edges))]
    return float(np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(mean), 1)[0])


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return the chance that a positive exceeds a negative."""
    return float((positive[:, None] > negative).mean() + 0.5 * (positive[:, None] == negative).mean())


def read_crops(folder: Path, label: str, limit: int) -> Iterator[tuple[str, Image]]:
    """Yield (source, crop), evenly from every source."""
    for source in sorted(folder.glob("t*")):
        paths = sorted((source / label).glob("*.*"))
        for path in paths[:: max(1, len(paths) * 7 // limit)]:
            bgr = cv2.imread(str(path))
            if bgr is not None:
                yield source.name, np.ascontiguousarray(bgr[..., ::-1])


def simulated(crop: Image, kind: str, seed: int) -> Image:
    """Return the face of a crop after one pass of the simulator, its surroundings being its mirror images."""
    height, width = crop.shape[:2]
    scale = min(1.0, 300 / max(height, width))
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else crop
    height, width = crop.shape[:2]
    photo = cv2.copyMakeBorder(crop, height, height, width, width, cv2.BORDER_REFLECT_101)
    rng = np.random.default_rng(seed)
    camera, size = str(rng.choice(list(CAMERAS))), photo.shape[:2]
    framing = "close"
    if kind == "real":
        shot = rephotograph(photo, camera, seed=seed, image_size=size, framing=framing)
    elif kind == "screen":
        shot = recapture_screen(photo, str(rng.choice(list(SCREENS))), camera, seed=seed, image_size=size)
    else:
        shot = recapture_print(photo, str(rng.choice(list(PRINTERS))), camera, seed=seed, image_size=size)
    x, y = shot.map_points([[width, height], [2 * width, height], [2 * width, 2 * height], [width, 2 * height]]).T
    left, right = int(max(x.min(), 0)), int(min(x.max(), size[1]))
    top, bottom = int(max(y.min(), 0)), int(min(y.max(), size[0]))
    return shot.image[top:bottom, left:right]


def measure(faces: list[Image]) -> dict[str, NDArray[np.float64]]:
    """Return each statistic of each face."""
    rows = [statistics(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)) for face in faces]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def report(groups: dict[str, dict[str, NDArray[np.float64]]], show: Callable[[str], None]) -> None:
    """Show quantiles of every group and how far each simulated and real attack lies from its real class."""
    pairs = [("photographed real", "photographed screen"), ("simulated real", "simulated screen")]
    pairs.append(("simulated real", "simulated print"))
    for name in next(iter(groups.values())):
        show(f"\n{name}")
        for group, values in groups.items():
            quantiles = np.percentile(values[name], [5, 25, 50, 75, 95])
            show(f"  {group:20s} n={len(values[name]):4d}  " + " ".join(f"{q:8.3f}" for q in quantiles))
        for real, fake in pairs:
            show(f"  P({fake} > {real}) = {auc(groups[fake][name], groups[real][name]):.2f}")


def statistics_alone(faces: list[Image], real: NDArray[np.bool_], groups: list[str]) -> tuple[float, float]:
    """Return the AUC of a logistic regression on the four statistics, and its mean over groups that have both classes.

    Every group (source, person) is scored by a regression that saw none of it.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = np.column_stack(list(measure(faces).values()))
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    folds = GroupKFold(min(7, len(set(groups))))
    scores = cross_val_predict(model, values, real, groups=groups, cv=folds, method="decision_function")
    parts = [np.array(groups) == group for group in sorted(set(groups))]
    each = [auc(scores[p & real], scores[p & ~real]) for p in parts if (p & real).any() and (p & ~real).any()]
    return auc(scores[real], scores[~real]), float(np.mean(each))


def report_alone(real: list[tuple[str, Image]], fake: list[tuple[str, Image]], bank_files: list[str]) -> None:
    """Print what the statistics alone tell, on photographs and on simulated faces."""
    both = [*real, *fake]
    is_real = np.array([True] * len(real) + [False] * len(fake))
    found = statistics_alone([face for _, face in both], is_real, [source for source, _ in both])
    print("\nstatistics alone: AUC pooled, mean over sources or people")
    print(
        f"  photographs       {found[0]:.2f} {found[1]:.2f}  ({len(both)} faces, every source by a fit to the others)"
    )
    if bank_files:
        bank = read_bank(bank_files)
        rows = np.flatnonzero(bank.attack_type != "print")  # the photographs hold no prints
        faces = [middle(bank.close[i], bank.wide[i])[0] for i in rows]
        found = statistics_alone(faces, bank.real[rows], [str(bank.subject[i]) for i in rows])
        print(f"  rendered people   {found[0]:.2f} {found[1]:.2f}  ({len(rows)} faces)")


def main() -> None:
    """Print the comparison, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=60, help="face crops per class")
    parser.add_argument("--bank", nargs="*", default=[], help="files of a face bank")
    asked = parser.parse_args()
    limit = asked.faces
    folder = real_photographs_dir()
    if folder is None:
        print("skipped: LIVELINESS_REAL names no folder of real photographs")
        return
    named_real = list(read_crops(folder / "train", "real", limit))
    named_fake = list(read_crops(folder / "train", "fake", limit))
    real, fake = [crop for _, crop in named_real], [crop for _, crop in named_fake]
    faces = {"photographed real": real, "photographed screen": fake}
    for offset, kind in enumerate(("real", "screen", "print")):
        faces[f"simulated {kind}"] = [simulated(crop, kind, 1000 * offset + i) for i, crop in enumerate(real)]
    report({name: measure(group) for name, group in faces.items()}, print)
    report_alone(named_real, named_fake, asked.bank)


if __name__ == "__main__":
    main()
