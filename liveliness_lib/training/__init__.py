"""Train a liveness network and leave behind everything that is needed to judge and to use it.

config        TrainConfig: all settings of a run, in one frozen object
crops_cache   photographs -> face crops, detected once and kept
data          a manifest -> arrays of crops, with what was not acquired
augment       the original's augmentation, one affine map a picture, inside TensorFlow
checkpoint    early stopping on dev, and going on after an interruption
fit           the optimisation itself
run_folder    the folder of a run, and its state: a half-written run never looks finished
report        plots, classification report, metrics, model card
train         all of the above in order
limits        threshold and not-sure band of a model, fitted on dev; what the band buys
sweep         a grid of settings, resumable and side by side
leaderboard   one table of runs, best on dev first
rounds        what learning from fail cases added, cured and broke
quantise      the 8-bit version of a model, and how far its answers moved
tensorflow    load TensorFlow fast and quiet
seeds         the same with several seeds, and how far their rates spread

Importing this package loads no TensorFlow; `train` does.
"""

from __future__ import annotations

from liveliness_lib.training.config import Augmentation, TrainConfig
from liveliness_lib.training.run_folder import RunState, read_run_state
from liveliness_lib.training.seeds import SeedSpread, train_seeds
from liveliness_lib.training.train import TrainingRun, train

__all__ = [
    "Augmentation",
    "RunState",
    "SeedSpread",
    "TrainConfig",
    "TrainingRun",
    "read_run_state",
    "train",
    "train_seeds",
]
