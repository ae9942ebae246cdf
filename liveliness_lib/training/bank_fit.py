"""Fit FaceSceneNet to face banks, in steps of drawn and changed takes; resumable and repeatable."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.dataset.face_bank import WIDE_SCALE, WIDE_SIDE, FaceBank
from liveliness_lib.paths import atomic_path, require
from liveliness_lib.synthetic.covers import draw_cover, laid_over
from liveliness_lib.training.bank_augment import (
    CropChanges,
    Frame,
    change,
    common_frame,
    drawn_frame,
    frames_of,
    middle,
)
from liveliness_lib.training.bank_match import match_pair

log = logging.getLogger(__name__)

SAVE_EVERY = 250
"""Steps between two checkpoints."""
CLOSE = "close"
"""The framing of an attack that shows no edge of its device."""
LEAST_SEEN = 1.7
"""A scene that shows less than so many face boxes shows the face alone."""
WHOLE_SHARE = 0.9
"""A take that shows so much of its crop shows its surroundings whole."""


@dataclass(frozen=True)
class BankConfig:
    """Hold the settings of a fit to face banks.

    Attributes
    ----------
    steps, batch_size : int
    learning_rate, weight_decay, averaged : float
        AdamW's; the rate falls to 0 along a half cosine. The weights kept are a running mean with momentum `averaged`.
    prints : float
        Share of printed ones among the attacks of a batch.
    shares : tuple of float
        Share of each bank in a batch; empty: by size. The rest of a class is drawn from the others where a bank lacks it.
    pixels, crops : float
        Weights of the loss of every patch and of each crop, beside the loss of the score.
    thetas, dropout, widths
        As `build_face_scene` takes them.
    changes : CropChanges
    whole : float
        Share of the pairs of takes that show their surroundings whole, as far as there are such takes. Most pictures that
        are judged do; few rendered ones do, for a portrait ends soon after the face.
    learns : tuple of str
        Which halves of the network learn, ``face`` and ``scene``; the other stays as it was given.
    seed : int
    """

    steps: int = 1600
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    averaged: float = 0.99
    prints: float = 0.3
    shares: tuple[float, ...] = ()
    pixels: float = 0.5
    crops: float = 0.5
    thetas: tuple[float, float] = (0.35, 0.0)
    dropout: float = 0.3
    widths: tuple[int, ...] = (12, 20, 32, 32, 48, 48, 72)
    changes: CropChanges = field(default_factory=CropChanges)
    whole: float = 0.0
    learns: tuple[str, ...] = ("face", "scene")
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        shares = 0 <= self.prints <= 1 and 0 <= self.whole <= 1
        if self.steps < 1 or self.batch_size < 4 or not shares or self.learning_rate <= 0:
            raise ValueError(
                f"expected steps >= 1, batch_size >= 4, a rate, prints and whole in [0, 1]. Received: {asdict(self)}"
            )
        if not self.learns or not set(self.learns) <= {"face", "scene"}:
            raise ValueError(f"expected 'face', 'scene' or both to learn. Received: {self.learns}")


def fit_banks(
    banks: Sequence[FaceBank],
    config: BankConfig,
    folder: Path,
    *,
    initial: Path | None = None,
    progress: bool = True,
) -> tuple[Any, list[float]]:
    """Fit a network to the takes of `banks`.

    Parameters
    ----------
    banks
        Together they hold both classes.
    config
    folder
        Checkpoints; a fit that was interrupted goes on from there. Every step has a seed of its own, so that it sees
        what it would have seen.
    initial
        Weights to start from (``.keras``).
    progress
        Show a bar.

    Returns
    -------
    (keras.Model, list of float)
        The model, and the mean loss of every fifty steps.

    Raises
    ------
    ValueError
        A class is missing.
    """
    keras = require("keras", extra="train")
    from tqdm.auto import tqdm

    from liveliness_lib.models.face_scene import build_face_scene

    model = build_face_scene(seed=config.seed, widths=config.widths, thetas=config.thetas, dropout=config.dropout)
    for layer in model.layers:
        # A norm that does not learn keeps its means, too.
        layer.trainable = not layer.name.startswith(tuple({"face", "scene"} - set(config.learns)))
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.steps)
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=config.weight_decay, use_ema=True, ema_momentum=config.averaged
    )
    optimizer.build(model.trainable_variables)
    if initial is not None:
        model.load_weights(initial)
    done, losses = _restore(folder, model, optimizer)
    learn, recent = _step(model, optimizer, config), []
    bar = tqdm(total=config.steps, initial=done, desc="steps", disable=not progress)
    for number, batch in enumerate(_batches(banks, config, done), start=done + 1):
        recent.append(float(learn(*batch)))
        bar.update(1)
        if number % 50 == 0:
            losses.append(float(np.mean(recent[-50:])))
            bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
        if number % SAVE_EVERY == 0 or number == config.steps:
            _save(folder, model, optimizer, number, losses)
    bar.close()
    optimizer.finalize_variable_values(model.trainable_variables)
    return model, losses


def _step(model: Any, optimizer: Any, config: BankConfig) -> Any:
    tf = require("tensorflow", extra="train")

    def loss_of(logits: Any, labels: Any, weights: Any = 1.0) -> Any:
        wanted = tf.broadcast_to(labels, tf.shape(logits))
        return tf.reduce_mean(weights * tf.nn.sigmoid_cross_entropy_with_logits(labels=wanted, logits=logits))

    @tf.function
    def step(crops: Any, labels: Any, scene: Any) -> Any:
        targets = tf.stack([labels, scene[:, 0]], axis=1)
        weights = tf.stack([tf.ones_like(labels), scene[:, 1]], axis=1)
        # A scene that cannot tell learns nothing from the score that it has a share in.
        telling = (weights * tf.cast(targets == labels[:, None], tf.float32))[:, :, None, None]
        with tf.GradientTape() as tape:
            maps = model(tf.cast(crops, tf.float32), training=True)[1]
            held = tf.stop_gradient(maps)
            loss = loss_of(tf.reduce_mean(held + telling * (maps - held), [1, 2, 3]), labels)
            loss += config.crops * loss_of(tf.reduce_mean(maps, [2, 3]), targets, weights)
            loss += config.pixels * loss_of(maps, targets[:, :, None, None], weights[:, :, None, None])
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def _batches(banks: Sequence[FaceBank], config: BankConfig, done: int) -> Iterator[Batch]:
    """Yield the batches of every step after `done`, the next one made while one is learnt from."""
    draw = _Draw(banks, config)
    with ThreadPoolExecutor(1) as ahead:
        coming = None
        for number in range(done, config.steps):
            ready = coming or ahead.submit(draw.batch, number)
            coming = ahead.submit(draw.batch, number + 1) if number + 1 < config.steps else None
            yield ready.result()


Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Crops (N, 2, 96, 96, 3); labels (N,), 1 = real; what the scene is to answer (N, 2), its target and weight."""


class _Draw:
    """Draw batches: pairs of a real take and an attack, each pair seen within one frame."""

    def __init__(self, banks: Sequence[FaceBank], config: BankConfig) -> None:
        self.banks, self.config = banks, config
        self.frames = [frames_of(bank.wide) for bank in banks]
        prints = [bank.attack_type == "print" for bank in banks]
        asked = [~bank.real & _teaches(bank, config) for bank in banks]
        self.rows = {
            "real": [np.flatnonzero(bank.real) for bank in banks],
            # attacks that are no prints count as screens
            "screen": [np.flatnonzero(of & ~printed) for of, printed in zip(asked, prints, strict=True)],
            "print": [np.flatnonzero(of & printed) for of, printed in zip(asked, prints, strict=True)],
        }
        shown = [(frames[:, 2:] - frames[:, :2]).prod(axis=1) / WIDE_SIDE**2 for frames in self.frames]
        self.whole_rows = {
            kind: [rows[shown[b][rows] >= WHOLE_SHARE] for b, rows in enumerate(of_banks)]
            for kind, of_banks in self.rows.items()
        }
        self.prints = config.prints
        if not any(len(rows) for rows in self.rows["print"]):
            self.prints = 0.0
        elif not any(len(rows) for rows in self.rows["screen"]):
            self.prints = 1.0
        lacking = [
            kind for kind in ("real", "print" if self.prints else "screen") if not any(map(len, self.rows[kind]))
        ]
        if lacking:
            raise ValueError(f"expected takes of both classes. Received: none that is {lacking[0]}")

    def batch(self, number: int) -> Batch:
        """Return the takes of a step."""
        rng = np.random.default_rng((self.config.seed, number))
        changes = self.config.changes
        crops: list[npt.NDArray[np.uint8]] = []
        scene: list[tuple[float, float]] = []
        for _ in range(self.config.batch_size // 2):
            whole = bool(self.config.whole and rng.random() < self.config.whole)
            attack = "print" if rng.random() < self.prints else "screen"
            pair = [self._one("real", rng, whole), self._one(attack, rng, whole)]
            frame = common_frame(*(self.frames[which][row] for which, row in pair))
            frame = frame if whole else drawn_frame(frame, rng, changes)
            wide = self._surroundings(pair, rng)
            seen = [
                change(self.banks[b].close[row], around, rng, changes, frame)
                for (b, row), around in zip(pair, wide, strict=True)
            ]
            match_pair(seen[0], seen[1], rng, colour=changes.same_colour, sharpness=changes.same_sharpness)
            crops += seen
            which, row = pair[1]
            scene += scene_answers(frame, str(self.banks[which].framing[row]))
        labels = np.tile(np.array([1, 0], np.float32), len(crops) // 2)
        return np.stack(crops), labels, np.array(scene, np.float32)

    def _surroundings(self, pair: list[tuple[int, int]], rng: np.random.Generator) -> list[npt.NDArray[np.uint8]]:
        """Return the wide crops of a pair, or both beneath the same cover."""
        wide = [self.banks[b].wide[row] for b, row in pair]
        if rng.random() >= self.config.changes.covered:
            return wide
        cover = draw_cover(rng, WIDE_SIDE, WIDE_SIDE / WIDE_SCALE)
        return [laid_over(crop, cover) for crop in wide]

    def _one(self, kind: str, rng: np.random.Generator, whole: bool) -> tuple[int, int]:
        rows_of = self.whole_rows[kind] if whole and any(map(len, self.whole_rows[kind])) else self.rows[kind]
        sizes = np.array([len(rows) for rows in rows_of], float)
        wanted = np.array(self.config.shares) * (sizes > 0) if self.config.shares else sizes
        which = int(rng.choice(len(sizes), p=wanted / wanted.sum()))
        return which, int(rng.choice(rows_of[which]))


def _teaches(bank: FaceBank, config: BankConfig) -> npt.NDArray[np.bool_]:
    """Return which takes have something to teach: where the scene learns alone, not those that it is not asked about."""
    return np.ones(len(bank), bool) if "face" in config.learns else bank.framing != CLOSE


def scene_answers(frame: Frame, framing: str) -> list[tuple[float, float]]:
    """Return the target and the weight that the scene of a real take and of an attack have, seen within `frame`.

    Nothing but the face tells nothing: as likely real as not. An attack so close that no edge of the device is seen
    could only be told by its tone, which the face crop shows better: neither take of such a pair is learnt from.

    Examples
    --------
    >>> scene_answers((0, 0, 112, 112), "device")
    [(1.0, 1.0), (0.0, 1.0)]
    >>> scene_answers((0, 0, 112, 112), "close")
    [(1.0, 0.0), (0.0, 0.0)]
    >>> scene_answers((36, 34, 76, 78), "device")
    [(0.5, 1.0), (0.5, 1.0)]
    """
    left, top, right, bottom = frame
    faces = (right - left) * (bottom - top) * (WIDE_SCALE / WIDE_SIDE) ** 2
    if faces < LEAST_SEEN:
        return [(0.5, 1.0), (0.5, 1.0)]
    weight = 0.0 if framing == CLOSE else 1.0
    return [(1.0, weight), (0.0, weight)]


def _save(folder: Path, model: Any, optimizer: Any, number: int, losses: list[float]) -> None:
    held = {f"m{i}": v.numpy() for i, v in enumerate(model.variables)}
    held |= {f"o{i}": v.numpy() for i, v in enumerate(optimizer.variables)}
    with atomic_path(folder / "checkpoint.npz") as temporary:
        np.savez(temporary, done=number, losses=np.array(losses), **held)


def _restore(folder: Path, model: Any, optimizer: Any) -> tuple[int, list[float]]:
    path = folder / "checkpoint.npz"
    if not path.is_file():
        return 0, []
    with np.load(path, allow_pickle=False) as held:
        for letter, variables in (("m", model.variables), ("o", optimizer.variables)):
            for i, variable in enumerate(variables):
                variable.assign(held[f"{letter}{i}"])
        log.info("going on after step %d", int(held["done"]))
        return int(held["done"]), held["losses"].tolist()


def still_crops(bank: FaceBank) -> npt.NDArray[np.uint8]:
    """Return the crops of every take as they are judged, unchanged, (N, 2, 96, 96, 3)."""
    return np.stack([middle(close, wide) for close, wide in zip(bank.close, bank.wide, strict=True)])
