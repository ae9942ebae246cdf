"""Is a score of 0.8 right eight times in ten: worked by hand, and against scikit-learn."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.metrics import fit_temperature, log_loss, reliability
from liveliness_lib.metrics.calibration import Temperature


def table(scores, real, **columns):
    label = np.where(np.asarray(real, bool), "real", "fake")
    types = np.where(np.asarray(real, bool), "none", "screen")
    return pd.DataFrame({"label": label, "attack_type": types, "score": scores, **columns})


def drawn(count=500, temperature=1.0, seed=0):
    """Return scores that are overconfident by `temperature`: the share of real at score s is that of logit / t."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 3, count)
    real = rng.random(count) < 1 / (1 + np.exp(-logit / temperature))
    return table(1 / (1 + np.exp(-logit)), real)


def test_reliability_by_hand():
    """Two bins: 0.2 and 0.4 hold one real of two, 0.9 and 1.0 two of two: errors |0.3 - 0.5| and |0.95 - 1|."""
    found = reliability(table([0.2, 0.4, 0.9, 1.0, np.nan], [0, 1, 1, 1, 1]), bins=2)
    np.testing.assert_allclose(found.score, [0.3, 0.95])
    np.testing.assert_allclose(found.real, [0.5, 1.0])
    assert found.count.tolist() == [2, 2]
    assert found.error == pytest.approx((0.2 + 0.05) / 2)
    assert found.low[1] == pytest.approx(0.025 ** (1 / 2))  # Clopper-Pearson for 2 of 2
    assert found.high[1] == 1.0


def test_reliability_is_scikit_learns():
    calibration = pytest.importorskip("sklearn.calibration")
    rows = drawn()
    share, score = calibration.calibration_curve(rows["label"] == "real", rows["score"], n_bins=10)
    found = reliability(rows, bins=10)
    np.testing.assert_allclose(found.real, share)
    np.testing.assert_allclose(found.score, score)


def test_log_loss_is_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics")
    rows = drawn()
    assert log_loss(rows) == pytest.approx(metrics.log_loss(rows["label"] == "real", rows["score"]), rel=1e-6)
    assert np.isfinite(log_loss(table([0.0, 1.0], [1, 0])))


def test_the_temperature_by_hand():
    """Of those at 0.9 three quarters are real, of those at 0.1 a quarter: log 9 / log 3 = 2."""
    rows = table([0.9] * 4 + [0.1] * 4, [1, 1, 1, 0, 1, 0, 0, 0])
    found = fit_temperature(rows)
    assert found.value == pytest.approx(2.0, abs=1e-3)
    np.testing.assert_allclose(found.apply([0.9, 0.1, 0.5, np.nan]), [0.75, 0.25, 0.5, np.nan], atol=1e-3)
    assert found.fitted_on == "dev: 4 real, 4 attacks"


def test_the_temperature_is_found_again_and_mends_what_it_was_not_fitted_on():
    found = fit_temperature(drawn(4000, 3.0))
    assert found.value == pytest.approx(3.0, rel=0.15)
    fresh = drawn(4000, 3.0, seed=1)
    mended = fresh.assign(score=found.apply(fresh["score"]))
    assert reliability(mended).error < 0.5 * reliability(fresh).error
    assert log_loss(mended) < log_loss(fresh)
    assert (np.argsort(mended["score"]) == np.argsort(fresh["score"])).all()


def test_sure_and_right_is_finite():
    assert np.isfinite(fit_temperature(table([0.0, 1.0], [0, 1])).value)
    assert Temperature(2.0, "").apply([0.0, 1.0]).tolist() == pytest.approx([0.001, 0.999], abs=1e-4)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="no test rows"):
        fit_temperature(table([0.1, 0.9], [0, 1], split=["dev", "test"]))
    with pytest.raises(ValueError, match="2 of 2 real"):
        fit_temperature(table([0.1, 0.9], [1, 1]))
    with pytest.raises(ValueError, match="not NaN"):
        reliability(table([np.nan], [1]))
    with pytest.raises(ValueError, match="bins=0"):
        reliability(table([0.1], [1]), bins=0)
