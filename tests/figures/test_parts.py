"""Reliability and slices show what was computed, and detectors in one figure differ."""

import numpy as np
import pandas as pd
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from liveliness_lib import figures  # noqa: E402
from liveliness_lib.figures.style import detector_style, detector_styles  # noqa: E402
from liveliness_lib.metrics import reliability, slice_rates  # noqa: E402


@pytest.fixture
def ax():
    return figures.new_figure()[1]


@pytest.fixture
def table():
    score = np.linspace(0.05, 0.95, 20)
    label = np.where(np.arange(20) % 3 == 0, "fake", "real")
    kinds = np.where(label == "real", "none", "screen")
    device = np.where(np.arange(20) < 10, "a", "b")
    return pd.DataFrame({"label": label, "attack_type": kinds, "score": score, "device": device})


def test_reliability_draws_its_points_and_says_its_error(ax, table):
    found = reliability(table, bins=5)
    assert figures.plot_reliability({"as they are": found}, ax=ax) is ax
    line = next(line for line in ax.lines if line.get_label().startswith("as they are"))
    np.testing.assert_allclose(line.get_xdata(), found.score)
    np.testing.assert_allclose(line.get_ydata(), found.real)
    assert f"{100 * found.error:.1f} %" in line.get_label()


def test_slices_stand_one_a_row_with_their_counts(ax, table):
    slices = slice_rates(table, 0.5, "device")
    assert figures.plot_slices(slices, ax=ax) is ax
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["device: a (6 real, 4 screen)", "b (7 real, 3 screen)"]
    points = {line.get_label()[:5]: line.get_xdata() for line in ax.lines if not line.get_label().startswith("_")}
    np.testing.assert_allclose(points["BPCER"], [100 * one.bpcer.value for one in slices])
    np.testing.assert_allclose(points["APCER"], [100 * one.apcer.value for one in slices])


def test_a_slice_of_one_class_is_drawn(ax, table):
    figures.plot_slices(slice_rates(table[table["label"] == "real"], 0.5, "device"), ax=ax)
    assert [line.get_label()[:5] for line in ax.lines if not line.get_label().startswith("_")] == ["BPCER"]


@pytest.mark.parametrize("plot", [figures.plot_reliability, figures.plot_slices])
def test_nothing_to_draw_is_refused(plot, ax):
    with pytest.raises(ValueError, match="Received: none"):
        plot({}, ax=ax)


def test_no_two_detectors_of_a_figure_look_the_same():
    names = ["livenessnet", "minifasnet", *(f"run-{i}" for i in range(7))]
    styles = detector_styles(names)
    assert list(styles) == names
    assert len({tuple(style.values()) for style in styles.values()}) == len(names)
    assert styles["livenessnet"] == detector_style("livenessnet")
    assert detector_styles(["alone"])["alone"] == detector_style("alone")
