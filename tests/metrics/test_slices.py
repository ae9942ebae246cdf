"""The rates of a part, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.metrics import clopper_pearson, slice_rates
from liveliness_lib.metrics.slices import spread

ROWS = [
    ("real", "none", "a", 0.9),
    ("real", "none", "a", 0.1),
    ("real", "none", "b", 0.9),
    ("fake", "screen", "a+x", 0.9),
    ("fake", "screen", "a+x", 0.1),
    ("fake", "print", "b+y", 0.1),
    ("fake", "print", "", 0.9),
]


@pytest.fixture
def table():
    return pd.DataFrame(ROWS, columns=["label", "attack_type", "device", "score"])


def test_cameras_and_screens_each_have_their_row(table):
    found = {one.value: one for one in slice_rates(table, 0.5, "device")}
    assert list(found) == ["a", "b", "x", "y"]
    assert (found["a"].bpcer.errors, found["a"].bpcer.total) == (1, 2)
    assert (found["a"].apcer.value, found["a"].species) == (0.5, "screen")
    assert (found["b"].bpcer.value, found["b"].apcer.value) == (0.0, 0.0)
    assert found["x"].bpcer is None
    assert found["x"].apcer.exact == clopper_pearson(1, 2)


def test_the_worst_attack_type_speaks_for_a_slice(table):
    one = slice_rates(table.assign(light="dim"), 0.5, "light")[0]
    assert (one.value, one.species, one.apcer.value) == ("dim", "print", 0.5)  # of equals, the one that comes first
    assert one.bpcer.value == pytest.approx(1 / 3)


def test_categories_keep_their_order_and_gaps_are_no_slice(table):
    size = pd.Categorical(["big", "small", "big", "small", None, "big", None], ["small", "middle", "big"], ordered=True)
    assert [one.value for one in slice_rates(table.assign(size=size), 0.5, "size")] == ["small", "big"]


def test_a_face_not_acquired_is_rejected(table):
    rates = slice_rates(table.assign(score=np.nan, light="dim"), 0.5, "light")[0]
    assert (rates.bpcer.value, rates.apcer.value) == (1.0, 0.0)


def test_spread(table):
    assert spread(slice_rates(table, 0.5, "device")) == {"bpcer": 0.5, "apcer": 0.5}
    assert spread(()) == {"bpcer": 0.0, "apcer": 0.0}


def test_an_unknown_column(table):
    with pytest.raises(ValueError, match="'skin'"):
        slice_rates(table, 0.5, "skin")
