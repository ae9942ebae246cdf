"""Verdicts, bounds and acceptance, by hand."""

import json
import math

import pytest

from regression.compare import accept, compare, is_within, read_accepted, read_bounds


@pytest.mark.parametrize(
    ("value", "bound", "last", "verdict"),
    [
        (0.5, {"max": 0.5}, {"m": 0.5}, "same"),
        (0.5, {"max": 0.5}, {"m": 0.500001}, "same"),  # the last digit kept may differ
        (0.5, {"max": 0.5}, {"m": 0.4}, "changed"),
        (0.5, {"max": 0.5}, {}, "new"),
        (0.51, {"max": 0.5}, {"m": 0.51}, "outside"),  # accepted once does not excuse it
        (-1, {"min": 0}, {"m": -1}, "outside"),
        (math.nan, {"min": 0}, {}, "outside"),
        (None, {"min": 0}, {}, "outside"),
        (3, {}, {"m": 3}, "no bound"),
        (True, {"min": 1, "max": 1}, {"m": True}, "same"),
        ("a text", {}, {"m": "a text"}, "same"),
        ("a text", {}, {"m": "another"}, "changed"),
    ],
)
def test_verdict(value, bound, last, verdict):
    bounds = {"m": bound} if bound else {}
    (row,) = compare("n", {"m": value}, bounds, last)
    assert row.verdict == verdict
    assert row.is_red == (verdict in ("outside", "no bound"))


def test_a_bounded_metric_that_was_not_recorded_is_missing():
    (row,) = compare("n", {}, {"m": {"min": 0}}, {"m": 3})
    assert (row.verdict, row.last, row.is_red) == ("missing", 3, True)


def test_the_full_run_has_its_own_bound_where_one_is_given():
    bounds = {"m": {"max": 0.6, "full": {"max": 0.3}}, "k": {"max": 1}}
    assert [r.verdict for r in compare("n", {"m": 0.5, "k": 1}, bounds)] == ["new", "new"]
    assert [r.verdict for r in compare("n", {"m": 0.5, "k": 1}, bounds, full=True)] == ["outside", "new"]


def test_no_value_is_within_no_bound_at_all_except_any_number():
    assert is_within(-1e9, {})
    assert not is_within(math.nan, {})


@pytest.mark.parametrize("bound", [{}, {"min": 2, "max": 1}, {"least": 1}, {"max": 1, "full": {}}])
def test_a_bound_that_bounds_nothing_is_refused(tmp_path, bound):
    (tmp_path / "b.json").write_text(json.dumps({"03_x": {"rate": bound}}))
    with pytest.raises(ValueError, match="03_x rate"):
        read_bounds(tmp_path / "b.json")


@pytest.mark.lint
def test_our_own_bounds_bound_something():
    assert read_bounds()


def test_accepting_needs_a_reason_and_keeps_the_old_one_where_nothing_changed(tmp_path):
    file = tmp_path / "accepted.json"
    assert read_accepted(file) == {"fast": {}, "full": {}}
    with pytest.raises(ValueError, match="a reason"):
        accept({"n": {"m": 1}}, " ", path=file)
    assert accept({"n": {"m": 1}, "k": {"m": 2}}, "first", path=file) == ["n", "k"]
    assert accept({"n": {"m": 1}, "k": {"m": 3}}, "second", path=file) == ["k"]
    assert accept({"n": {"m": 9}}, "full", full=True, path=file) == ["n"]
    held = read_accepted(file)
    assert held["fast"] == {
        "n": {"metrics": {"m": 1}, "reason": "first"},
        "k": {"metrics": {"m": 3}, "reason": "second"},
    }
    assert held["full"]["n"]["metrics"] == {"m": 9}
