"""Two detectors whose joint odds are known."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.depth.fusion import ScoreFusion, add_depth, fit_fusion, score_rendered


def tables(seed, depth_says=2.0, other_says=2.0, people=300):
    """Log-odds of each detector: a shift by the label, and noise of its own, of deviation 1."""
    rng = np.random.default_rng(seed)
    real = rng.random(people) < 0.5
    table = pd.DataFrame(
        {"path": [f"{k}.png" for k in range(people)], "label": np.where(real, "real", "fake"),
         "attack_type": np.where(real, "none", "screen"), "subject": [str(k) for k in range(people)]}
    )  # fmt: skip
    made = {}
    for name, says in (("depth", depth_says), ("other", other_says)):
        odds = says * (real - 0.5) + rng.normal(size=people)
        made[name] = table.assign(score=1 / (1 + np.exp(-odds)))
    return made


def test_the_odds_of_independent_detectors_add():
    dev = tables(0, people=20_000)
    found = fit_fusion(dev["depth"], dev["other"])  # a unit of shift in unit noise: its own log-odds, times 2
    assert (found.depth, found.other) == pytest.approx((2.0, 2.0), rel=0.1)
    assert found.bias == pytest.approx(0.0, abs=0.1)


def test_a_fused_score_by_hand():
    one, two = ({"label": ["real"], "attack_type": ["none"], "path": ["a"], "score": [s]} for s in (0.75, 0.2))
    fused = ScoreFusion(1.0, 0.5, 0.0).fuse(pd.DataFrame(one), pd.DataFrame(two))
    odds = 3.0 * 0.25**0.5
    assert fused["score"][0] == pytest.approx(odds / (1 + odds))


def test_rows_are_matched_by_path_whatever_their_order():
    dev = tables(1)
    turned = dev["other"].sample(frac=1, random_state=1)
    assert fit_fusion(dev["depth"], turned) == fit_fusion(dev["depth"], dev["other"])


def test_no_answer_of_one_is_no_answer_of_both():
    dev = tables(2)
    dev["depth"].loc[3, "score"] = np.nan
    assert np.flatnonzero(fit_fusion(**dev).fuse(**dev)["score"].isna()).tolist() == [3]


@pytest.mark.parametrize("depth_says, helps", [(3.0, True), (0.0, False)])
def test_what_depth_adds_shows_and_what_it_does_not_does_not(depth_says, helps):
    found = add_depth(tables(3, depth_says), tables(4, depth_says))
    assert found.difference.distinguishable is helps
    assert found.evaluations["fused"].acer.value <= found.evaluations["depth"].acer.value + 0.02
    assert found.difference.first == pytest.approx(found.evaluations["fused"].acer.value)


def test_other_photographs_are_refused():
    dev = tables(5)
    with pytest.raises(ValueError, match="same photographs"):
        fit_fusion(dev["depth"], dev["other"].iloc[1:])


def test_rendered_pictures_are_asked_of_every_scorer():
    def refuses(image, box):
        raise ValueError("no face of any use")

    found = score_rendered("test", 1, {"half": lambda image, box: 0.5, "none": refuses})
    assert found["half"]["attack_type"].tolist() == ["none", "none", "screen", "print"]
    assert found["half"]["cameras"].tolist() == [2, 1, 2, 2]  # as an attack's, and one as of people
    assert (found["half"]["score"] == 0.5).all()
    assert found["none"]["score"].isna().all()
