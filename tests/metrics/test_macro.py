"""Means over sources, worked by hand."""

import pandas as pd
import pytest

from liveliness_lib.metrics.macro import macro_rates


def table(rows):
    return pd.DataFrame(rows, columns=["subject", "label", "attack_type", "score"])


def test_a_source_with_many_frames_does_not_speak_for_all():
    many = [("a", "fake", "screen", 0.9)] * 9 + [("b", "fake", "screen", 0.1)]
    found = macro_rates(table([*many, ("a", "real", "none", 0.9)]), 0.5)
    assert found.apcer == pytest.approx(0.5)  # pooled it would be 0.9
    assert found.acer == pytest.approx(0.25)
    assert found.by_source["a"] == {"apcer": 1.0, "bpcer": 0.0, "real": 1, "fake": 9}
    assert found.by_source["b"]["bpcer"] is None


def test_a_face_not_acquired_is_rejected():
    rows = [("a", "real", "none", float("nan")), ("a", "fake", "screen", float("nan"))]
    found = macro_rates(table(rows), 0.5)
    assert (found.apcer, found.bpcer) == (0.0, 1.0)


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match=r"only \['real'\]"):
        macro_rates(table([("a", "real", "none", 0.9)]), 0.5)


def test_the_interval_draws_sources():
    rows = [(s, "fake", "screen", 0.9 if s in "ab" else 0.1) for s in "abcd"] + [("e", "real", "none", 0.9)]
    low, high = macro_rates(table(rows), 0.5).interval
    assert (low, high) == (0.0, 0.5)  # half of 0 to 1: four draws of two values
    assert macro_rates(table(rows), 0.5).interval == (low, high)


def test_no_error_anywhere_is_no_certainty():
    rows = [(s, "fake", "screen", 0.1) for s in "abcd"] + [("e", "real", "none", 0.9)]
    low, high = macro_rates(table(rows), 0.5).interval
    assert low == 0.0
    assert high == pytest.approx(((1 - 0.025 ** (1 / 4)) + (1 - 0.025)) / 2)  # 0 of 4 and 0 of 1
