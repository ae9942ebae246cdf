"""Put depth beside another detector on the same pictures, and both together: does depth add anything?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.data import FIRST_SEED, takes_of_head
from liveliness_lib.depth.verdict import DepthNetwork, DepthVerdict, cut_for_depth, fit_logistic, judge_crop
from liveliness_lib.metrics import Comparison, Evaluation, Threshold, choose_threshold, compare_detectors, evaluate
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd

Scorer = Callable[[NDArray[np.uint8], tuple[float, float, float, float]], float]
"""Picture and face box -> P(real)."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreFusion:
    """Hold a weighted sum of two detectors' log-odds.

    Attributes
    ----------
    depth, other : float
        What one unit of each detector's log-odds counts.
    bias : float
    """

    depth: float
    other: float
    bias: float

    def fuse(self, depth: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
        """Return a score table of the same photographs; NaN where either detector had no answer."""
        one, two = _same_rows(depth, other)
        total = self.depth * _log_odds(one) + self.other * _log_odds(two) + self.bias
        return check_scores(one.assign(score=1.0 / (1.0 + np.exp(-np.clip(total, -50, 50)))))


@dataclass(frozen=True)
class AddedDepth:
    """Hold what depth adds to another detector.

    Attributes
    ----------
    fusion : ScoreFusion
    thresholds : dict
        ``depth``, ``other``, ``fused``: each chosen on the development split by the same rule.
    evaluations : dict
        The same names -> rates on the test split.
    difference : Comparison
        Fused against the other alone: below 0 depth helps, and where the interval holds 0 nothing is shown.
    """

    fusion: ScoreFusion
    thresholds: dict[str, Threshold]
    evaluations: dict[str, Evaluation]
    difference: Comparison


def score_rendered(
    split: str, heads: int, scorers: dict[str, Scorer], *, start: int = 0, rounds: int = 1, progress: bool = True
) -> dict[str, pd.DataFrame]:
    """Return a score table for each scorer over the same pictures of rendered heads; one picture is held at a time.

    Parameters
    ----------
    split : str
        ``train``, ``dev`` or ``test`` of `depth.data`.
    heads, start, rounds : int
        How many people, how many of the split to leave out first, and how often each is taken.
    scorers : dict
        Name -> picture and box to P(real); one that raises ValueError for a face has no answer for it.
    progress : bool
        Show a bar.
    """
    import pandas as pd
    from tqdm.auto import tqdm

    rows, found = [], []
    first = FIRST_SEED[split] + start
    for seed in tqdm(range(first, first + heads), desc=f"{split} heads", disable=not progress, leave=False):
        for number, take in enumerate(takes_of_head(seed, split, rounds)[1]):
            rows.append(
                {"path": f"h{seed}/{number}", "label": "real" if take.attack_type == "none" else "fake",
                 "attack_type": take.attack_type, "subject": f"h{seed}", "session": f"h{seed}/{number}",
                 "device": take.device, "split": split, "framing": take.shot.record["framing"], "cameras": take.cameras}
            )  # fmt: skip
            found.append({name: _answer(scorer, take.shot.image, take.box) for name, scorer in scorers.items()})
    table = pd.DataFrame(rows)
    return {name: check_scores(table.assign(score=[one[name] for one in found])) for name in scorers}


def depth_scorer(network: DepthNetwork, verdict: DepthVerdict) -> Scorer:
    """Return the scorer of a depth network."""
    return lambda image, box: judge_crop(cut_for_depth(image, box), network, verdict).score


def fit_fusion(depth: pd.DataFrame, other: pd.DataFrame) -> ScoreFusion:
    """Fit the fusion on score tables of the development split: logistic regression of the two log-odds.

    Raises
    ------
    ValueError
        The tables are not of the same photographs, or a class is missing.
    """
    one, two = _same_rows(depth, other)
    rows = np.column_stack([_log_odds(one), _log_odds(two)])
    known = np.isfinite(rows).all(axis=1)
    mean, scale, weights, bias = fit_logistic(rows[known], (one["label"] == "real").to_numpy()[known])
    slopes = weights / scale
    return ScoreFusion(float(slopes[0]), float(slopes[1]), float(bias - (slopes * mean).sum()))


def add_depth(
    dev: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame], *, rule: str = "eer_worst", metric: str = "acer"
) -> AddedDepth:
    """Fit on dev, measure on test: depth, the other detector, and both.

    Parameters
    ----------
    dev, test : dict
        ``depth`` and ``other`` -> score table.
    rule : str
        Of the thresholds, for all three.
    metric : str
        What is compared.
    """
    fusion = fit_fusion(dev["depth"], dev["other"])
    both = {"fused": fusion.fuse(dev["depth"], dev["other"])} | dev
    thresholds = {name: choose_threshold(table, rule) for name, table in both.items()}
    tested = {"fused": fusion.fuse(test["depth"], test["other"])} | test
    evaluations = {name: evaluate(table, thresholds[name]) for name, table in tested.items()}
    difference = compare_detectors(
        tested["fused"], thresholds["fused"], tested["other"], thresholds["other"], metric=metric
    )
    return AddedDepth(fusion, thresholds, evaluations, difference)


def _answer(scorer: Scorer, image: NDArray[np.uint8], box: tuple[float, float, float, float]) -> float:
    try:
        return float(scorer(image, box))
    except ValueError:
        return float("nan")


def _same_rows(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if sorted(one["path"]) != sorted(other["path"]):
        raise ValueError(
            f"expected two score tables of the same photographs. Received: {len(one)} and {len(other)} of others"
        )
    matched = other.set_index("path").loc[one["path"]].reset_index()
    return one.reset_index(drop=True), matched


def _log_odds(table: pd.DataFrame) -> Floats:
    chance = np.clip(table["score"].to_numpy(np.float64), 1e-6, 1 - 1e-6)
    return np.log(chance / (1 - chance))
