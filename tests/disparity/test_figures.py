import numpy as np
import pytest

from disparity.figures import plot_depth, plot_disparity, plot_kappa, plot_relief, plot_stretching, plot_verdicts

MAP = np.array([[1.0, 2.0], [np.nan, 3.0]])


@pytest.mark.parametrize("plot", [plot_disparity, plot_depth])
def test_the_scale_is_the_callers_not_the_maps(plot):
    for values in (MAP, 10 * MAP):
        assert plot(values, (0.0, 64.0)).images[0].get_clim() == (0.0, 64.0)


def test_relief_is_symmetric_about_flat():
    assert plot_relief(MAP, limit_mm=25).images[0].get_clim() == (-25, 25)


@pytest.mark.parametrize("scale", [(1, 1), (2, 1), (0, np.nan)])
def test_a_scale_is_needed(scale):
    with pytest.raises(ValueError, match="fixed for all maps"):
        plot_disparity(MAP, scale)


def test_kappa_rows():
    import pandas as pd

    table = pd.DataFrame({"attack_type": ["none", "print"], "kappa_developable": [0.04, np.nan]})
    axes = plot_kappa(table, (0.02, 0.03))
    assert [t.get_text() for t in axes.get_yticklabels()] == ["real", "print"]
    assert axes.get_xlabel().startswith("relief about a bent sheet")


def test_only_the_last_column_is_stretched():
    photos = {"alive": np.zeros((2, 2, 3), np.uint8), "on a phone": np.zeros((2, 2, 3), np.uint8)}
    axes = plot_stretching(photos, {"alive": MAP, "on a phone": MAP / 100}, limit_mm=30).axes
    limits = [one.get_clim() for ax in axes[:6] for one in ax.images]
    assert limits[1] == limits[4] == (-30, 30)
    assert limits[5][1] < 0.03 < 2.9 < limits[2][1]


def test_verdicts_have_their_exact_intervals():
    import pandas as pd

    counts = pd.DataFrame({"right": [0, 12], "abstains": [12, 0], "wrong": [0, 0]}, index=[6.0, 60.0])
    axes = plot_verdicts(counts.rename_axis("baseline, mm"))
    assert axes.get_xlabel() == "baseline, mm"
    (_, low), (_, high) = axes.collections[0].get_segments()[1]
    assert (low, high) == pytest.approx((0.025 ** (1 / 12), 1.0))
    assert list(axes.lines[0].get_ydata()) == [0, 1]


@pytest.fixture(autouse=True)
def _close():
    import matplotlib

    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot

    matplotlib.pyplot.close("all")
