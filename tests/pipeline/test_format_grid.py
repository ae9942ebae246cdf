"""The grid of formats: every pair measured once, resumed, summarised with its interval."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.dataset.manifest import complete_columns
from liveliness_lib.images import write_image
from liveliness_lib.pipeline.format_grid import compare_formats, format_effects, grid_matrix, summarise_grid


def cells(values):
    rows = [("png", "jpg", seed, value, 10.0) for seed, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["trained_on", "tested_on", "seed", "acer", "bytes"])


def test_the_interval_is_students():
    row = summarise_grid(cells([0.1, 0.2, 0.3])).iloc[0]
    # t(0.975, 2) = 4.303; sd 0.1; 4.303 * 0.1 / sqrt(3) = 0.2484
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((0.2, 0.0, 0.4484), abs=1e-3)


def test_one_seed_has_no_interval():
    row = summarise_grid(cells([0.1])).iloc[0]
    assert np.isnan(row["low"])


def test_the_matrix_keeps_the_order():
    rows = [(a, b, 0, x) for x, (a, b) in enumerate([("png", "png"), ("png", "jpg"), ("jpg", "png"), ("jpg", "jpg")])]
    matrix = grid_matrix(pd.DataFrame(rows, columns=["trained_on", "tested_on", "seed", "acer"]))
    assert matrix.to_numpy().tolist() == [[0, 1], [2, 3]]


def test_effects_are_of_pairs_that_share_all_else():
    """Networks differ by tenths, the format by a hundredth always: the pairs see it, the means would not."""
    rows = []
    for seed, level in enumerate([0.1, 0.4, 0.25]):
        for trained, learnt in (("png", 0.0), ("jpg", 0.02 if seed else 0.05)):
            for tested, shown in (("png", 0.0), ("jpg", 0.01)):
                rows.append((trained, tested, seed, level + learnt + shown))
    found = format_effects(pd.DataFrame(rows, columns=["trained_on", "tested_on", "seed", "acer"]))
    shown, learnt = found.to_dict("records")
    assert (shown["changed"], shown["format"], shown["pairs"]) == ("tested", "jpg", 6)
    assert (shown["mean"], shown["low"], shown["high"]) == pytest.approx((0.01, 0.01, 0.01))
    # three pairs, .05 .02 .02: mean .03, sd .01732, t(.975, 2) 4.303: half 0.0430
    assert (learnt["changed"], learnt["pairs"]) == ("trained", 3)
    assert (learnt["mean"], learnt["high"] - learnt["mean"]) == pytest.approx((0.03, 0.0430), abs=1e-4)


@pytest.fixture
def faces(tmp_path):
    rows = []
    for k in range(36):
        rng, label = np.random.default_rng(k), "real" if k % 2 else "fake"
        noise = (
            rng.integers(0, 256, (32, 32, 3))
            if label == "fake"
            else np.tile(rng.integers(0, 256, (1, 32, 3)), (32, 1, 1))
        )
        write_image(tmp_path / f"faces/{k}.png", noise.astype(np.uint8))
        split = "train" if k < 20 else "dev" if k < 28 else "test"
        rows.append({"path": str(tmp_path / f"faces/{k}.png"), "label": label, "subject": f"s{k}", "split": split})
    return complete_columns(pd.DataFrame(rows))


@pytest.mark.models
def test_every_pair_is_measured_and_kept(faces, tmp_path):
    from liveliness_lib.training import TrainConfig

    config = TrainConfig(source="faces", epochs=1, batch_size=16, fast=True)
    settings = {"formats": ("png", "jpeg50"), "seeds": (0,), "config": config, "progress": False}
    found = compare_formats(faces, tmp_path / "grid", **settings)
    assert len(found) == 2 * 2
    assert found[["acer", "auc"]].to_numpy().min() >= 0
    assert (found["acer_low"] <= found["acer"]).all()
    assert (found["acer"] <= found["acer_high"]).all()
    assert found.groupby("tested_on")["bytes"].nunique().tolist() == [1, 1]
    assert compare_formats(faces, tmp_path / "grid", **settings).equals(pd.read_csv(tmp_path / "grid" / "grid.csv"))


def test_without_a_test_split(faces, tmp_path):
    with pytest.raises(ValueError, match="test split"):
        compare_formats(faces[faces["split"] != "test"], tmp_path)
