"""The comparison's figures draw what the tables hold."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from liveliness_lib.faces import Face
from liveliness_lib.figures.detectors import plot_detections, plot_recall_by_size, plot_speed_recall, speed_recall_front

TABLE = pd.DataFrame(
    {"ms": [4.0, 30.0, 9.0, 5.0], "recall": [0.9, 0.95, 0.96, 0.8]}, index=["yunet", "caffe_ssd", "cascade", "haar"]
)


def test_the_front_leaves_out_whoever_is_beaten_in_both():
    assert speed_recall_front(TABLE) == ["yunet", "cascade"]
    assert speed_recall_front(TABLE[:1]) == ["yunet"]


def test_every_detector_is_a_point():
    ax = plot_speed_recall(TABLE, ax=Figure().subplots())
    assert {text.get_text() for text in ax.texts} == set(TABLE.index)
    points = {tuple(map(float, line.get_xydata()[0])) for line in ax.lines if len(line.get_xydata()) == 1}
    assert points == set(zip(TABLE["ms"], TABLE["recall"], strict=True))


def test_recall_against_size():
    recall = pd.DataFrame({"yunet": [0.5, 1.0], "haar": [0.0, 0.5]}, index=["24", "48"])
    ax = plot_recall_by_size(recall, faces=2, ax=Figure().subplots())
    x, y = ax.lines[0].get_data()
    assert x == pytest.approx([24, 48], rel=0.1)
    assert list(y) == [0.5, 1.0]
    assert not np.allclose(x, ax.lines[1].get_xdata())  # detectors that find the same hide each other otherwise
    (_, low), (_, high) = ax.collections[0].get_segments()[1]
    assert (low, high) == pytest.approx((0.025**0.5, 1.0))  # Clopper-Pearson, 2 of 2
    assert ax.get_legend() is not None


def test_labels_of_neighbours_do_not_lie_on_each_other_and_intervals_are_drawn():
    table = TABLE.assign(recall_low=0.7, recall_high=0.99).drop(index="haar")
    table.loc["haar"] = [31.0, 0.95, 0.7, 0.99]
    ax = plot_speed_recall(table, ax=Figure().subplots())
    places = {text.get_text(): text.xyann for text in ax.texts}
    assert places["haar"][1] > 0 > places["caffe_ssd"][1]
    assert places["haar"][0] < 0 < places["yunet"][0]  # at the right edge the words stand left of the point
    assert len(ax.collections) == len(table)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5", "10", "20"]


def test_boxes_in_their_colours():
    images = [np.zeros((40, 30, 3), np.uint8)] * 2
    found = [{"yunet": [Face((1, 2, 11, 22), 1.0, "yunet")], "haar": []}, {"yunet": [], "haar": []}]
    axes = plot_detections(images, found, ["a", "b"])
    box = axes[0].patches[0]
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (1, 2, 10, 20)
    assert not axes[1].patches
    with pytest.raises(ValueError, match="Received: 0"):
        plot_detections([], [])
