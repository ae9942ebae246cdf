"""Paired decisions: counted by hand, and by scipy's permutation test."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.metrics import compare_detectors, compare_errors, paired_errors
from liveliness_lib.metrics.paired import MOST_EXACT, mcnemar, sign_flip


def test_mcnemar_by_hand():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 / 2**5)
    assert mcnemar(3, 1) == pytest.approx(2 * (1 + 4) / 2**4)
    assert mcnemar(1, 3) == mcnemar(3, 1)


def test_signs_by_hand():
    """Sums of +-3 +-1: 4, 2, -2, -4; as far out as 2: all four, as far as 4: two."""
    assert sign_flip([3, -1]) == 1.0
    assert sign_flip([3, 1]) == 0.5
    assert sign_flip([]) == 1.0


def test_signs_are_scipys_permutation_test():
    from scipy.stats import permutation_test

    values = np.random.default_rng(0).normal(0.6, 1, 10)
    reference = permutation_test((values,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(values) == pytest.approx(reference.pvalue)


def test_many_people_are_drawn_and_repeat():
    values = np.random.default_rng(1).normal(0.3, 1, MOST_EXACT + 20)
    assert sign_flip(values, seed=3) == sign_flip(values, seed=3)
    assert sign_flip(values) == pytest.approx(sign_flip(values, seed=4), abs=0.01)
    assert 0 < sign_flip(np.ones(60)) < 1e-4


def test_one_person_with_many_frames_proves_nothing():
    first, second = np.ones(20, bool), np.zeros(20, bool)
    found = paired_errors(first, second, np.zeros(20, np.int64))
    assert found.p_photographs < 1e-5
    assert (found.p_people, found.people) == (1.0, 1)


def rows(paths, scores):
    label = ["real", "real", "fake", "fake"]
    kinds = ["none", "none", "screen", "screen"]
    return pd.DataFrame({"path": paths, "label": label, "attack_type": kinds, "subject": list("abab"), "score": scores})


def test_errors_are_counted_at_each_detectors_own_threshold():
    one = rows(list("1234"), [0.9, 0.2, 0.1, 0.9])
    other = rows(list("1234"), [0.2, 0.2, 0.1, 0.1])
    found = compare_errors(one, 0.5, other, 0.15)
    assert (found.only_first, found.only_second) == (2, 0)  # the second is right throughout
    assert compare_errors(one, 0.5, other, 0.15, label="fake").only_first == 1


def test_photographs_named_from_another_folder_are_the_same():
    one = rows(["/data/x/1.png", "/data/x/2.png", "/data/y/1.png", "/data/y/2.png"], [0.9, 0.2, 0.1, 0.9])
    other = rows(["judge/y/2.png", "judge/x/2.png", "judge/y/1.png", "judge/x/1.png"], [0.9, 0.2, 0.1, 0.9])
    other[["label", "attack_type"]] = [["fake", "screen"], ["real", "none"], ["fake", "screen"], ["real", "none"]]
    assert compare_errors(one, 0.5, other, 0.5).only_first == 0
    assert compare_detectors(one, 0.5, other, 0.5, samples=20).difference == 0
    with pytest.raises(ValueError, match="in one only"):
        compare_errors(one, 0.5, other.assign(path=list("1234")), 0.5)


def test_an_attack_type_that_one_table_does_not_know_is_taken_from_the_other():
    one, other = rows(list("1234"), [0.9, 0.2, 0.1, 0.9]), rows(list("1234"), [0.9, 0.2, 0.1, 0.1])
    unknown = one.assign(attack_type=one["attack_type"].replace("screen", "unknown"))
    for first, second in ((unknown, other), (other, unknown)):
        assert compare_detectors(first, 0.5, second, 0.5, metric="apcer", samples=10).presentations == 4
