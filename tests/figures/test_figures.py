"""Figures show what was computed, change nothing global, and can be told apart by everybody."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from liveliness_lib import figures  # noqa: E402
from liveliness_lib.figures.style import CLASS_COLOURS, DETECTOR_STYLES  # noqa: E402
from liveliness_lib.images import ImageReadError  # noqa: E402
from liveliness_lib.metrics import error_curve, error_curve_of, evaluate  # noqa: E402

NAN = float("nan")


@pytest.fixture
def ax():
    return figures.new_figure()[1]


@pytest.fixture(autouse=True)
def nothing_global_changes():
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    yield
    pyplot.close("all")
    assert dict(matplotlib.rcParams) == before


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = []
    for kind, count, mean in (("none", 40, 0.7), ("screen", 30, 0.3), ("print", 20, 0.4)):
        for i, score in enumerate(np.clip(rng.normal(mean, 0.15, count), 0, 1)):
            rows.append((f"{kind}{i}.png", "real" if kind == "none" else "fake", kind, f"s{i % 10}", score))
    table = pd.DataFrame(rows, columns=["path", "label", "attack_type", "subject", "score"])
    table.loc[0, "score"] = NAN
    return table


def texts(ax):
    legend = ax.get_legend()
    return [t.get_text() for t in (legend.get_texts() if legend else [])] + [t.get_text() for t in ax.texts]


def test_every_plot_returns_the_axes_it_was_given(ax, table):
    history = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5], "val_loss": [1.1, 0.7]})
    pictures = [np.zeros((4, 4, 3), np.uint8)]
    drawn = [
        figures.plot_det({"a": error_curve_of(table)}, ax=ax),
        figures.plot_roc({"a": error_curve_of(table)}, ax=ax),
        figures.plot_score_histogram(table, ax=ax),
        figures.plot_confusion(table, 0.5, ax=ax),
        figures.plot_rates_with_intervals({"a": evaluate(table, 0.5, samples=5)}, ax=ax),
        figures.plot_history(history, ax=ax),
        figures.plot_contact_sheet(pictures, ax=ax),
        figures.plot_worst_mistakes(table, 0.5, read=lambda path: pictures[0], ax=ax),
    ]
    assert all(one is ax for one in drawn)


def test_without_axes_a_plot_opens_a_pyplot_figure(table):
    from matplotlib import pyplot

    found = figures.plot_score_histogram(table)
    assert found.figure.number in pyplot.get_fignums()


def test_det_draws_rates_on_normal_deviate_axes(ax):
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    curve = error_curve(rng.normal(0.6, 0.1, 4000), {"screen": rng.normal(0.4, 0.1, 4000)})
    figures.plot_det({"livenessnet": curve}, ax=ax)
    x, y = ax.lines[0].get_data()
    middle = (np.abs(x) < 1.5) & (np.abs(y) < 1.5)
    slope, offset = np.polyfit(x[middle], y[middle], 1)
    assert slope == pytest.approx(-1, abs=0.1)  # normal scores of equal spread: a straight line
    assert offset == pytest.approx(-2, abs=0.15)  # two spreads apart
    assert ax.get_xticks()[[t.get_text() for t in ax.get_xticklabels()].index("10")] == pytest.approx(norm.ppf(0.1))


def test_det_keeps_a_perfect_curve_in_sight(ax):
    figures.plot_det({"a": error_curve([0.9], {"screen": [0.1]})}, ax=ax)
    x, y = ax.lines[0].get_data()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert np.isfinite([x, y]).all()
    assert left < x.min() < x.max() < right
    assert bottom < y.min() < y.max() < top


@pytest.mark.parametrize("plot", [figures.plot_det, figures.plot_roc])
def test_the_marker_stands_where_the_detector_works(plot, ax, table):
    curve = error_curve_of(table)
    plot({"a": curve}, thresholds={"a": 0.5}, pooled=True, ax=ax)
    x, y = (float(v[0]) for v in ax.lines[1].get_data())
    found = evaluate(table, 0.5, samples=2)
    pooled = 2 * found.hter.value - found.bpcer.value
    if plot is figures.plot_det:
        from scipy.stats import norm

        assert (norm.cdf(x), norm.cdf(y)) == pytest.approx((pooled, found.bpcer.value))
    else:
        assert (x, 1 - y) == pytest.approx((pooled, found.bpcer.value))


def test_curves_need_at_least_one(ax):
    with pytest.raises(ValueError, match="at least one curve"):
        figures.plot_det({}, ax=ax)


def test_roc_names_its_area(ax, table):
    metrics = pytest.importorskip("sklearn.metrics")
    whole = table[table["score"].notna()]
    figures.plot_roc({"a": error_curve_of(whole)}, ax=ax)
    area = metrics.roc_auc_score(whole["label"] == "real", whole["score"])
    assert texts(ax)[0] == f"a  (AUC {area:.3f})"


def test_the_histogram_counts_what_was_not_acquired(ax, table):
    figures.plot_score_histogram(table, threshold=0.5, band=(0.4, 0.6), ax=ax)
    assert texts(ax) == ["real (40, 1 not acquired)", "print (20)", "screen (30)", "not sure", "threshold 0.500"]
    shares = [p.get_data().values.sum() for p in ax.patches if hasattr(p, "get_data")]
    assert max(shares) == pytest.approx(100)
    assert min(shares) == pytest.approx(100 * 39 / 40)


def test_the_histogram_draws_a_split_without_attacks(ax, table):
    figures.plot_score_histogram(table[table["label"] == "real"], ax=ax)
    assert len(texts(ax)) == 1


def test_the_confusion_counts_every_presentation(ax, table):
    figures.plot_confusion(table, 0.5, ax=ax)
    counts = [int(t.split("\n")[1]) for t in texts(ax)]
    assert [sum(counts[i : i + 3]) for i in (0, 3, 6)] == [40, 20, 30]
    assert counts[2] == 1
    assert counts[0] == int((table["score"][:40] >= 0.5).sum())


def test_intervals_reach_as_far_as_the_evaluation_says(ax, table):
    evaluation = evaluate(table, 0.5, samples=20)
    figures.plot_rates_with_intervals({"a": evaluation}, rates=("bpcer",), ax=ax)
    ends = ax.collections[0].get_segments()[0][:, 0]
    assert tuple(ends / 100) == pytest.approx(evaluation.bpcer.interval)
    with pytest.raises(ValueError, match="at least one evaluation"):
        figures.plot_rates_with_intervals({}, ax=ax)


@pytest.mark.parametrize(
    "history", [pd.DataFrame({"epoch": [1], "loss": [1.0]}), pd.DataFrame({"epoch": [], "loss": []})]
)
def test_history_without_the_metric_is_refused(ax, history):
    with pytest.raises(ValueError, match="expected a history with 'accuracy'"):
        figures.plot_history(history, metric="accuracy", ax=ax)


def test_a_history_of_one_epoch_can_be_seen(ax):
    figures.plot_history(pd.DataFrame({"epoch": [1], "loss": [1.0]}), best_epoch=1, ax=ax)
    assert ax.lines[0].get_marker() == "o"


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 13])
def test_the_contact_sheet_places_every_picture_inside(ax, count):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (int(h), int(w), 3), dtype=np.uint8) for h, w in rng.integers(2, 90, (count, 2))]
    figures.plot_contact_sheet(pictures, [f"{i}" for i in range(count)], colours=["#0072B2"] * count, ax=ax)
    assert len(ax.images) == count
    boxes = [image.get_extent() for image in ax.images]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for image, (x0, x1, y0, y1) in zip(pictures, boxes, strict=True):
        assert left <= x0 < x1 <= right
        assert high <= y1 < y0 <= low  # y points down
        assert (x1 - x0) / (y0 - y1) == pytest.approx(image.shape[1] / image.shape[0])
    for a, b in combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[2] <= b[3] or b[2] <= a[3]  # none covers another


@pytest.mark.parametrize("bad", [{"titles": ["a"]}, {"colours": ["red"]}, {"columns": 0}])
def test_the_contact_sheet_wants_one_title_a_picture(ax, bad):
    with pytest.raises(ValueError, match="Received"):
        figures.plot_contact_sheet([np.zeros((2, 2, 3), np.uint8)] * 2, **bad, ax=ax)


def test_the_worst_mistakes_come_first():
    rows = [
        ("right.png", "real", "none", 0.9),
        ("near.png", "fake", "screen", 0.55),
        ("far.png", "fake", "print", 0.95),
        ("lost.png", "real", "none", NAN),
        ("lost_attack.png", "fake", "print", NAN),  # rejected, as it should be
        ("low.png", "real", "none", 0.2),
    ]
    table = pd.DataFrame(rows, columns=["path", "label", "attack_type", "score"])
    assert list(figures.worst_mistakes(table, 0.5)["path"]) == ["lost.png", "far.png", "low.png", "near.png"]
    assert list(figures.worst_mistakes(table, 0.5, most=2)["path"]) == ["lost.png", "far.png"]
    assert len(figures.worst_mistakes(table[:1], 0.5)) == 0


def test_a_mistake_that_cannot_be_read_is_drawn_grey(ax, table):
    def read(path):
        raise ImageReadError(path, "gone")

    figures.plot_worst_mistakes(table, 0.5, most=3, read=read, ax=ax)
    assert len(ax.images) == 3
    assert "real\nnot acquired" in texts(ax)


def test_no_mistakes_are_said_so(ax, table):
    perfect = table.assign(score=(table["label"] == "real").astype(float))
    figures.plot_worst_mistakes(perfect, 0.5, ax=ax)
    assert texts(ax) == ["nothing to show"]


def test_a_saved_figure_is_the_same_file_every_time(tmp_path, table):
    def draw(name):
        figure, ax = figures.new_figure()
        figures.plot_score_histogram(table, threshold=0.5, ax=ax)
        return figures.save_figure(figure, tmp_path / name).read_bytes()

    assert draw("a.png") == draw("b.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_importing_figures_loads_no_matplotlib():
    code = "import sys, liveliness_lib.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Vienot, Brettel & Mollon (1999): what protanopes and deuteranopes see, on linear RGB
BLIND = {
    "nobody": np.eye(3),
    "protanope": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranope": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


def seen(colour, by):
    skimage = pytest.importorskip("skimage.color")
    linear = np.array(matplotlib.colors.to_rgb(colour)) ** 2.2
    return skimage.rgb2lab(np.clip(BLIND[by] @ linear, 0, 1) ** (1 / 2.2))


@pytest.mark.parametrize("by", BLIND)
@pytest.mark.parametrize(
    "pair", list(combinations(("real", "screen", "print", "fake", "bent_print", "relief", "unknown"), 2))
)
def test_colour_blind_readers_tell_the_classes_apart(by, pair):
    a, b = (seen(CLASS_COLOURS[name], by) for name in pair)
    assert np.linalg.norm(a - b) > 15  # CIE76; about 2 is just noticeable side by side


def test_detectors_differ_in_more_than_colour():
    found = [
        DETECTOR_STYLES[n] for n in ("caffe_ssd", "dlib_hog", "dlib_cnn", "haar", "yunet", "retinaface", "cascade")
    ]
    assert len({style[0] for style in found}) == len(found)
    assert len({style[2] for style in found}) == len(found)


def test_a_model_has_one_style_however_it_is_spelt_and_no_colour_of_a_class():
    assert figures.detector_style("LivenessNet") == figures.detector_style("livenessnet")
    assert figures.detector_style("FaceSceneNet") == figures.detector_style("facescene")
    models = {DETECTOR_STYLES[name][0] for name in ("livenessnet", "minifasnet", "facescene")}
    assert len(models) == 3
    assert not models & {CLASS_COLOURS[name] for name in ("real", "screen", "print", "fake")}


def test_det_draws_the_intervals_of_the_threshold(ax, table):
    from scipy.stats import norm

    found = evaluate(table, 0.5, samples=20)
    figures.plot_det({"a": error_curve_of(table)}, evaluations={"a": found}, ax=ax)
    across, up = (ax.collections[k].get_segments()[0] for k in (0, 1))
    assert norm.cdf(across[1, 0]) == pytest.approx(found.apcer.interval[1])
    assert norm.cdf(up[1, 1]) == pytest.approx(found.bpcer.interval[1])
    assert "threshold of a, 95 % intervals" in texts(ax)


def test_a_caption_follows_its_figure_which_is_shown_once(monkeypatch, table):
    shown = pytest.importorskip("IPython.display")
    from matplotlib import pyplot

    told = []
    monkeypatch.setattr(shown, "display", told.append)
    drawn = figures.plot_score_histogram(table)
    figures.show_with_caption(drawn, "3 of 4\n  are right.")
    assert told[0] is drawn.figure
    assert told[1].data == "*3 of 4 are right.*"
    assert drawn.figure.number not in pyplot.get_fignums()


def test_an_unknown_name_gets_the_same_style_every_time():
    assert figures.class_colour("mask") == figures.class_colour("mask")
    assert figures.class_colour("mask") not in (CLASS_COLOURS["real"], CLASS_COLOURS["screen"], CLASS_COLOURS["print"])
    assert figures.detector_style("new one") == figures.detector_style("new one")
