"""Hold all settings of a training run in one frozen object that travels as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import Any, Literal

from liveliness_lib.crops import BORDERS


@dataclass(frozen=True)
class Augmentation:
    """Say how far a crop may be moved; the defaults are the original system's.

    Attributes
    ----------
    rotation : float
        Up to so many degrees either way.
    zoom : float
        Each axis by a factor in [1 - zoom, 1 + zoom], drawn independently.
    shift : float
        Up to this share of the height and of the width.
    shear : float
        Up to so many degrees. The original passed .15 to a parameter that counts degrees, so that it hardly sheared at
        all; the value is kept and its meaning said.
    flip : bool
        Left-right, every second time.
    """

    rotation: float = 20.0
    zoom: float = 0.15
    shift: float = 0.2
    shear: float = 0.15
    flip: bool = True

    def __post_init__(self) -> None:
        """Refuse what turns a face into nothing."""
        if not (0 <= self.rotation <= 180 and 0 <= self.zoom < 1 and 0 <= self.shift <= 1 and 0 <= self.shear < 90):
            raise ValueError(
                f"expected rotation in 0-180, zoom in [0, 1), shift in [0, 1], shear in [0, 90). Received: {self}"
            )


@dataclass(frozen=True)
class TrainConfig:
    """Hold the settings of a training run.

    Attributes
    ----------
    name : str
        The model's name in its metadata and card.
    source : {"faces", "photos"}
        Whether the table lists cut faces, or whole photographs to find and cut the faces in first.
    detector : str
        Finds the faces of whole photographs; for cut faces, the detector that found them, for the metadata.
    image_size : tuple of int
        (height, width) that crops are resized to.
    crop_scale, crop_square, crop_border
        How a face box is cut, as :func:`liveliness_lib.crops.cut_face` takes it.
    epochs, batch_size, learning_rate
        Adam from `learning_rate`.
    decay : bool
        Divide the rate by ``1 + step * learning_rate / epochs``, as the original did.
    augment : bool
    augmentation : Augmentation
    balance : bool
        Weigh the classes so that real and fake count the same, however many of each there are.
    patience : int or None
        Stop after so many epochs without a lower dev loss; None: never. The weights kept are always the best epoch's.
    warm_up : int
        No epoch is kept, nor counted against patience, before so many steps (or half of them all). Until batch norm has
        settled, a network that gives the same answer to everything has the lowest dev loss; on a small set that is many
        epochs.
    threshold_rule : str
        How the threshold is chosen on dev, see :data:`liveliness_lib.metrics.RULES`.
    band_apcer, band_bpcer : float
        The error shares that the not-sure band leaves outside, on dev.
    initial_model : str or None
        A run folder or ``.keras`` file to go on from: its weights, with a fresh optimiser.
    precision : {"float32", "bfloat16"}
        In which the maps are computed in training; *bfloat16* is quicker where the processor has instructions for it
        (AVX-512 BF16, AMX) and slower elsewhere. The model that comes out is float32 either way.
    seed : int
    fast : bool
        At most 8 epochs on at most 128 crops of each class and split: shows that it runs, not how well.
    """

    name: str = "livenessnet"
    source: Literal["faces", "photos"] = "faces"
    detector: str = "cascade"
    image_size: tuple[int, int] = (32, 32)
    crop_scale: float = 1.0
    crop_square: bool = False
    crop_border: Literal["clip", "shift", "pad", "black"] = "clip"
    epochs: int = 60
    batch_size: int = 64
    learning_rate: float = 1e-3
    decay: bool = True
    augment: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)
    balance: bool = True
    patience: int | None = 15
    warm_up: int = 200
    threshold_rule: str = "eer"
    band_apcer: float = 0.05
    band_bpcer: float = 0.05
    initial_model: str | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    seed: int = 0
    fast: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with; lists and mappings (from JSON) become their types."""
        object.__setattr__(self, "image_size", tuple(self.image_size))
        if isinstance(self.augmentation, dict):
            object.__setattr__(self, "augmentation", Augmentation(**self.augmentation))
        checks = {
            "source": ("'faces' or 'photos'", self.source in ("faces", "photos")),
            "crop_border": (f"one of {BORDERS}", self.crop_border in BORDERS),
            "crop_scale": ("above 0", self.crop_scale > 0),
            "image_size": ("(height, width), each at least 4", len(self.image_size) == 2 and min(self.image_size) >= 4),
            "epochs": ("at least 1", self.epochs >= 1),
            "batch_size": ("at least 1", self.batch_size >= 1),
            "learning_rate": ("above 0", self.learning_rate > 0),
            "patience": ("at least 1, or None", self.patience is None or self.patience >= 1),
            "warm_up": ("at least 0", self.warm_up >= 0),
            "band_apcer": ("in [0, 1]", 0 <= self.band_apcer <= 1),
            "band_bpcer": ("in [0, 1]", 0 <= self.band_bpcer <= 1),
            "precision": ("'float32' or 'bfloat16'", self.precision in ("float32", "bfloat16")),
            "seed": ("in 0 to 2**31 - 1", 0 <= self.seed < 2**31),
        }
        for name, (expected, ok) in checks.items():
            if not ok:
                raise ValueError(f"expected {name} {expected}. Received: {name}={getattr(self, name)!r}")

    @classmethod
    def original(cls, **changes: Any) -> TrainConfig:
        """Return the recipe of the original system: 350 epochs at 1e-4, batches of 128, no early stop, no weighting."""
        recipe = {"epochs": 350, "learning_rate": 1e-4, "batch_size": 128, "patience": None, "balance": False}
        return cls(**(recipe | changes))

    def effective(self) -> TrainConfig:
        """Return the settings that are really used: `fast` cuts the epochs."""
        return dataclasses.replace(self, epochs=min(self.epochs, 8)) if self.fast else self

    def warm_up_epochs(self, crops: int) -> int:
        """Return for how many epochs over so many `crops` the fit warms up.

        Examples
        --------
        >>> config = TrainConfig(batch_size=64, warm_up=200, epochs=60)
        >>> [config.warm_up_epochs(crops) for crops in (72, 640, 64_000)]
        [30, 20, 0]
        """
        steps = math.ceil(crops / self.batch_size)
        return min(self.warm_up // steps, self.epochs // 2)

    def to_json(self) -> str:
        """Return the settings as indented JSON with sorted keys."""
        return json.dumps(dataclasses.asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """Read what :meth:`to_json` wrote.

        Raises
        ------
        ValueError
            Not JSON, or a setting that does not exist.
        """
        values = json.loads(text)
        unknown = sorted(set(values) - {f.name for f in dataclasses.fields(cls)})
        if unknown:
            raise ValueError(f"expected settings of TrainConfig. Received: unknown {unknown}")
        return cls(**values)

    def digest(self) -> str:
        """Return a short hash of all settings."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=8).hexdigest()
