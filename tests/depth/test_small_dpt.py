"""Our Dense Prediction Transformer: shapes, files, export, training that resumes."""

import hashlib
import json
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from liveliness_lib.cli import build_app
from liveliness_lib.depth.crops_cache import augment
from liveliness_lib.depth.data import HeadCrops, make_crops
from liveliness_lib.depth.losses import HALF_RELIEF, depth_loss, flat_loss, patch_loss
from liveliness_lib.depth.onnx import SmallDepth, export_small_dpt
from liveliness_lib.depth.small_dpt import (
    build_small_dpt,
    load_small_dpt,
    parameter_count,
    patch_logits,
    predict,
    save_small_dpt,
    scaled,
    to_input,
)
from liveliness_lib.depth.training import DepthTraining, EpochBatches, train_small_dpt

pytestmark = pytest.mark.models
TINY = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 16,
        "neck_hidden_sizes": [4, 4, 8, 8], "fusion_hidden_size": 8,
        "stem_channels": [4, 8], "stem_blocks": [1, 1, 0]}  # fmt: skip


@pytest.fixture(scope="module")
def crops():
    return make_crops("train", 1, progress=False)


@pytest.fixture(scope="module")
def tiny():
    return build_small_dpt(3, **TINY)


def test_about_a_million_parameters():
    assert 0.8e6 < parameter_count(build_small_dpt()) < 1.5e6


def test_a_stem_of_the_former_form_is_refused():
    with pytest.raises(ValueError, match="3 widths"):
        build_small_dpt(**(TINY | {"stem_channels": [4, 4, 8, 8]}))


def test_the_seed_is_the_network(tiny, crops):
    same, other = build_small_dpt(3, **TINY), build_small_dpt(4, **TINY)
    np.testing.assert_array_equal(predict(tiny, crops.images), predict(same, crops.images))
    assert np.abs(predict(tiny, crops.images) - predict(other, crops.images)).max() > 1e-4


def test_an_untrained_map_is_the_face_and_not_dead(tiny, crops):
    maps = predict(tiny, crops.images)
    assert maps.shape == (4, 64, 64)
    assert maps.mean() == pytest.approx(1.0, abs=0.3)
    assert maps.std() > 0


def test_half_precision_costs_a_thousandth(tiny, crops, tmp_path):
    loaded = load_small_dpt(save_small_dpt(tmp_path / "a.safetensors", tiny))
    np.testing.assert_allclose(predict(loaded, crops.images), predict(tiny, crops.images), atol=2e-3)


@pytest.mark.parametrize("keep", [0, 20, 2000])
def test_half_a_file_is_named(tiny, tmp_path, keep):
    file = save_small_dpt(tmp_path / "a.safetensors", tiny)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"a\.safetensors"):
        load_small_dpt(file)


def test_no_file_says_how_to_train_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="liveliness depth train"):
        load_small_dpt(tmp_path / "none.safetensors")


def test_onnx_gives_what_torch_gives(tiny, crops, tmp_path):
    exported = SmallDepth(export_small_dpt(tiny, tmp_path / "a.onnx"), batch_size=3)
    np.testing.assert_allclose(exported.predict(crops.images), predict(tiny, crops.images), atol=1e-4)


def test_the_loss_of_a_shift_by_hand():
    import torch

    target = torch.zeros(1, 64, 64)
    assert float(depth_loss(target + 0.3, target, 3.0)) == pytest.approx(0.09, abs=1e-5)  # no slope differs


def test_a_flat_map_is_called_flat_and_a_nose_live():
    import torch

    y, x = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    tilted, nose = 1 + 0.4 * x - 0.2 * y, 1 + 0.5 * torch.exp(-20 * (x**2 + y**2))
    flat, live = torch.zeros(1), torch.ones(1)
    assert float(flat_loss(tilted[None], flat)) < 0.05 < 2.0 < float(flat_loss(tilted[None], live))
    assert float(flat_loss(nose[None], live)) < 0.1
    halfway = tilted + HALF_RELIEF * torch.sign(torch.rand(64, 64, generator=torch.Generator().manual_seed(0)) - 0.5)
    assert float(flat_loss(halfway[None], live)) == pytest.approx(np.log(2), abs=0.1)


def test_the_loss_of_undecided_patches_by_hand():
    import torch

    labels = torch.tensor([0.0, 1.0])
    assert float(patch_loss(torch.zeros(2, 8, 8), labels)) == pytest.approx(1.3 * np.log(2))
    right = torch.tensor([-9.0, 9.0])[:, None, None].expand(2, 8, 8)
    assert float(patch_loss(right, labels)) < 1e-3 < 5 < float(patch_loss(-right, labels))


def test_augmentation_mirrors_and_moves_picture_and_truth_together():
    corner = np.zeros((20, 96, 96, 3), np.uint8)
    corner[:, :48, 48:] = 200
    nearness = np.full((20, 64, 64), 0.6, np.float16)
    nearness[:, :32, 32:] = 1.4
    pictures, targets = augment(corner, nearness, np.random.default_rng(0))
    assert pictures.shape == corner.shape
    assert (pictures.dtype, targets.dtype) == (np.uint8, np.float32)
    pixels = (1.5 * np.arange(64) + 0.75).astype(int)  # of the picture, under each of the map
    bright = (pictures.mean(axis=3) > 100)[:, pixels][:, :, pixels]
    np.testing.assert_array_equal(bright, targets > 1)
    assert len({tuple(one.ravel()) for one in bright}) > 10


def test_the_high_pass_is_the_picture_without_its_mean_in_any_precision(tiny):
    import torch

    layer = tiny.dpt.embeddings.patch_embeddings.projection[0]
    picture = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 2 - 1
    mean = torch.nn.functional.avg_pool2d(picture, 3, 1, 1, count_include_pad=False)  # of fewer pixels at the edge
    expected = torch.cat([picture, 4 * (picture - mean)], dim=1)
    np.testing.assert_allclose(layer(picture), expected, atol=1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        np.testing.assert_allclose(layer(picture), expected, atol=1e-5)


def test_degrading_changes_pictures_of_both_kinds_and_no_truth(crops):
    """Blur and lost resolution take detail away, whatever the class; the map is that of the crop as it was."""
    images, nearness = np.repeat(crops.images, 40, axis=0), np.repeat(crops.nearness, 40, axis=0)
    clean, before = augment(images, nearness, np.random.default_rng(1))
    worse, after = augment(images, nearness, np.random.default_rng(1), degraded=1.0)
    np.testing.assert_array_equal(before, after)
    changed = np.abs(worse - clean.astype(float)).mean(axis=(1, 2, 3)) > 0.1
    live = np.repeat(crops.live, 40)
    assert min(changed[live].mean(), changed[~live].mean()) > 0.85  # 31 of 32 draws change something, some of it little
    some, _ = augment(images, nearness, np.random.default_rng(1), degraded=0.3)
    same = (some == clean).all(axis=(1, 2, 3)).mean()
    assert 0.5 < same < 0.9


@pytest.mark.parametrize("first", [1, 2])
def test_a_stopped_run_goes_on_to_the_same_weights(crops, tmp_path, first):
    """Stopped among the passes of the patches, and after the first of the whole network."""
    config = DepthTraining(train_heads=1, patch_epochs=1, epochs=2, batch_size=2, precision="float32")
    if first == 1:
        config = replace(config, patch_epochs=2, epochs=1)
    train_small_dpt(tmp_path / "whole", config, crops=crops, progress=False, **TINY)
    train_small_dpt(tmp_path / "parts", config, crops=crops, stop_after=first, progress=False, **TINY)
    train_small_dpt(tmp_path / "parts", config, crops=crops, progress=False, **TINY)
    one, other = (load_small_dpt(tmp_path / name / "small_dpt.safetensors") for name in ("whole", "parts"))
    np.testing.assert_array_equal(predict(one, crops.images), predict(other, crops.images))
    assert len((tmp_path / "parts" / "history.csv").read_text().splitlines()) == 4


def test_crops_varied_by_other_processes_give_the_same_weights(crops, tmp_path):
    config = DepthTraining(train_heads=1, patch_epochs=1, epochs=1, batch_size=2, precision="float32", degraded=0.5)
    for name, loaders in (("here", 0), ("there", 2)):
        train_small_dpt(tmp_path / name, config, crops=crops, loaders=loaders, progress=False, **TINY)
    one, other = ((tmp_path / name / "small_dpt.safetensors").read_bytes() for name in ("here", "there"))
    assert one == other


def test_batches_hold_every_crop_once_and_no_two_passes_are_alike(crops):
    data = HeadCrops(*(np.concatenate([getattr(crops, f.name)] * 3) for f in fields(HeadCrops)))
    config = DepthTraining(batch_size=5, degraded=0.0)
    first, second = (EpochBatches(data, config, epoch) for epoch in (0, 1))
    assert sorted(first.order) == list(range(len(data)))
    sizes = [len(first[index][2]) for index in range(len(first))]
    assert sum(sizes) in (len(data), len(data) - 1)
    assert min(sizes) > 1
    np.testing.assert_array_equal(first[1][0], first[1][0])
    assert not np.array_equal(first[0][0], second[0][0])


def test_a_batch_on_the_device_is_what_the_network_takes(crops):
    import torch

    pixels = torch.from_numpy(crops.images).permute(0, 3, 1, 2).float()
    np.testing.assert_array_equal(scaled(pixels), to_input(crops.images))


def test_the_gpu_learns_what_the_processor_learns(crops, tmp_path):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    config = DepthTraining(train_heads=1, patch_epochs=1, epochs=1, batch_size=2, precision="float32")
    for device in ("cpu", "cuda"):
        train_small_dpt(tmp_path / device, config, crops=crops, device=device, progress=False, **TINY)
    one, other = (load_small_dpt(tmp_path / device / "small_dpt.safetensors") for device in ("cpu", "cuda"))
    np.testing.assert_allclose(predict(one, crops.images), predict(other, crops.images), atol=0.02)


def test_the_command_trains_as_it_is_told_and_measures(tmp_path):
    told = {"heads": 1, "rounds": 1, "patch-epochs": 0, "epochs": 1, "batch-size": 3, "learning-rate": 4e-4, "seed": 7}
    small = {"dev-heads": 4, "test-heads": 2, "jobs": 1, "loaders": 1, "device": "cpu"}
    options = [part for name, value in (told | small).items() for part in (f"--{name}", str(value))]
    ran = CliRunner().invoke(build_app(), ["depth", "train", "--out", str(tmp_path), *options])
    assert ran.exit_code == 0, ran.output
    assert "on unseen people and devices" in ran.output
    config = json.loads((tmp_path / "config.json").read_text())
    names = {"heads": "train_heads"}
    assert {name: config[names.get(name, name.replace("-", "_"))] for name in told} == told
    assert len(pd.read_csv(tmp_path / "scores_test.csv")) == 8
    assert SmallDepth(tmp_path / "small_dpt.onnx").predict(np.zeros((1, 96, 96, 3), np.uint8)).shape == (1, 64, 64)
    refused = CliRunner().invoke(build_app(), ["depth", "train", "--out", str(tmp_path / "other"), "--device", "tpu"])
    assert refused.exit_code != 0


def test_a_device_that_is_not_here_is_refused(crops, tmp_path):
    with pytest.raises(ValueError, match="a device that is here"):
        train_small_dpt(tmp_path, DepthTraining(), crops=crops, device="tpu", progress=False)


def _losses_on(model, crops):
    """Patch, map and flat loss on crops as they are: a batch's own loss is mostly how it was moved."""
    import torch

    live = torch.from_numpy(crops.live.astype(np.float32))
    maps = torch.from_numpy(predict(model, crops.images))
    with torch.inference_mode():
        patches = patch_loss(patch_logits(model.eval(), torch.from_numpy(to_input(crops.images))), live)
    return float(patches), float(flat_loss(maps, live))


@pytest.mark.parametrize(("passes", "which"), [((40, 1), 0), ((0, 30), 1)])
def test_training_lowers_the_loss(crops, tmp_path, passes, which):
    config = DepthTraining(train_heads=1, batch_size=4, patch_epochs=passes[0], epochs=passes[1])
    trained = load_small_dpt(train_small_dpt(tmp_path, config, crops=crops, progress=False, **TINY))
    assert _losses_on(trained, crops)[which] < 0.97 * _losses_on(build_small_dpt(0, **TINY), crops)[which]


def test_a_run_goes_on_from_weights_and_says_from_which(crops, tmp_path):
    start = save_small_dpt(tmp_path / "start.safetensors", build_small_dpt(5, **TINY))
    config = DepthTraining(train_heads=1, patch_epochs=0, epochs=1, learning_rate=1e-12, weight_decay=0.0)
    held = train_small_dpt(tmp_path / "run", config, crops=crops, weights=start, progress=False)
    one, other = load_small_dpt(held).state_dict(), load_small_dpt(start).state_dict()
    assert all(np.allclose(one[name], other[name]) for name, _ in load_small_dpt(start).named_parameters())
    digest = hashlib.sha256(start.read_bytes()).hexdigest()
    assert json.loads((tmp_path / "run" / "config.json").read_text())["start_from"] == digest
    with pytest.raises(ValueError, match="same config"):  # from random weights it is another run
        train_small_dpt(tmp_path / "run", config, crops=crops, progress=False)
    with pytest.raises(FileNotFoundError):
        train_small_dpt(tmp_path / "other", config, crops=crops, weights=tmp_path / "none", progress=False)


def test_a_folder_of_another_config_is_refused(crops, tmp_path):
    train_small_dpt(tmp_path, DepthTraining(patch_epochs=0, epochs=1), crops=crops, progress=False, **TINY)
    with pytest.raises(ValueError, match="same config"):
        train_small_dpt(tmp_path, DepthTraining(patch_epochs=0, epochs=2), crops=crops, progress=False, **TINY)


@pytest.mark.parametrize("wrong", [np.zeros((1, 64, 64, 3), np.uint8), np.zeros((1, 96, 96, 3), np.float32)])
def test_other_crops_are_refused(tiny, wrong):
    with pytest.raises(ValueError, match="expected crops"):
        predict(tiny, wrong)


def test_nothing_to_train():
    with pytest.raises(ValueError, match="at least one"):
        DepthTraining(epochs=0)
    with pytest.raises(ValueError, match="precision"):
        DepthTraining(precision="half")
