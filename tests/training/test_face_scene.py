"""A run of FaceSceneNet from end to end on made-up takes, interrupted and not, and what it leaves."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.models
pytest.importorskip("keras")

from liveliness_lib import paths  # noqa: E402
from liveliness_lib.dataset.face_bank import CLOSE_SIDE, WIDE_SIDE, FaceBank, bank_of_rows  # noqa: E402
from liveliness_lib.dataset.manifest import load_table  # noqa: E402
from liveliness_lib.models import OnnxClassifier  # noqa: E402
from liveliness_lib.training import bank_fit, face_scene  # noqa: E402
from liveliness_lib.training.bank_augment import CropChanges  # noqa: E402
from liveliness_lib.training.bank_fit import BankConfig, fit_banks, still_crops  # noqa: E402
from liveliness_lib.training.bank_photos import photo_bank  # noqa: E402
from liveliness_lib.training.face_scene import Banks, FaceSceneConfig, train_face_scene  # noqa: E402

STILL = CropChanges(
    gain=0.02, gamma=0.05, lift=0, noise=0, blur=0, detail=1, quality=(95, 100), frame=0, face_only=0, covered=0
)
NO_TONE = dataclasses.replace(
    STILL, gain=0.0, gamma=0.0, saturation=(1.0, 1.0), contrast=(1.0, 1.0), quality=(100, 100), same_colour=0.0
)
SMALL = BankConfig(steps=6, batch_size=8, widths=(4, 6, 6, 8, 8, 8, 8), changes=STILL, dropout=0.0, averaged=0.8)


def made_up(people, kinds=("none", "screen", "print"), first=0, framing="device"):
    """Takes of smooth noise; attacks are striped, so that a network learns them in a few steps."""
    rows = []
    for person in range(first, first + people):
        for kind in kinds:
            rng = np.random.default_rng((person, len(kind)))
            crops = []
            for side in (CLOSE_SIDE, WIDE_SIDE):
                crop = np.full((side, side, 3), rng.uniform(60, 180), float) + rng.normal(0, 4, (side, side, 3))
                if kind != "none":
                    crop[:, ::4] -= 50
                crops.append(np.clip(crop, 1, 255).astype(np.uint8))
            rows.append((*crops, kind, framing, "camera", f"p{person}", np.float32(90)))
    return bank_of_rows(rows)


@pytest.fixture
def rendered(monkeypatch):
    """Rendering takes minutes: made-up takes in its place, through the same files."""
    monkeypatch.setattr(face_scene, "make_bank", lambda folder, people, split="train", **how: [(split, people)])
    monkeypatch.setattr(face_scene, "read_bank", lambda files: made_up(files[0][1], first=500 * (files[0][0] == "dev")))


def test_what_differs_plainly_is_learnt(tmp_path):
    bank = made_up(6)
    config = dataclasses.replace(SMALL, steps=60, learning_rate=5e-3)
    model, losses = fit_banks([bank], config, tmp_path, progress=False)
    real = np.asarray(model(still_crops(bank).astype(np.float32), training=False)[1]).mean(axis=(1, 2, 3))
    assert losses[-1] < 1.0  # 2 ln 2 = 1.39 is a coin toss
    assert real[bank.real].min() > real[~bank.real].max()


def test_an_interrupted_fit_ends_where_an_uninterrupted_one_does(tmp_path, monkeypatch):
    monkeypatch.setattr(bank_fit, "SAVE_EVERY", 3)
    bank = made_up(3)
    whole, _ = fit_banks([bank], SMALL, tmp_path / "whole", progress=False)
    steps = bank_fit._step

    def failing(*arguments):
        learn, calls = steps(*arguments), []

        def once(*batch):
            calls.append(batch)
            if len(calls) == 5:
                raise KeyboardInterrupt
            return learn(*batch)

        return once

    monkeypatch.setattr(bank_fit, "_step", failing)
    with pytest.raises(KeyboardInterrupt):
        fit_banks([bank], SMALL, tmp_path / "parts", progress=False)
    monkeypatch.setattr(bank_fit, "_step", steps)
    resumed, _ = fit_banks([bank], SMALL, tmp_path / "parts", progress=False)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize(("framing", "moves"), [("device", True), ("close", False)])
def test_a_scene_learns_from_attacks_whose_edges_can_be_seen_alone(tmp_path, framing, moves):
    config = dataclasses.replace(SMALL, steps=2)
    model, _ = fit_banks([made_up(4, framing=framing)], config, tmp_path, progress=False)
    fresh = face_scene_network(config)
    assert changed(model, fresh, "face_conv")
    assert changed(model, fresh, "scene_conv") == moves


def test_a_scene_that_shows_the_face_alone_learns_that_it_cannot_tell(tmp_path):
    changes = dataclasses.replace(STILL, face_only=1.0)
    config = dataclasses.replace(SMALL, steps=120, learning_rate=5e-3, changes=changes)
    bank = made_up(6)
    model, _ = fit_banks([bank], config, tmp_path, progress=False)
    draw = bank_fit._Draw([bank], config)
    crops, labels, _ = draw.batch(0)
    face, scene = np.asarray(model(crops.astype(np.float32), training=False)[1]).mean(axis=(2, 3)).T
    assert np.abs(scene).max() < 0.5
    assert face[labels == 1].min() > face[labels == 0].max() + 0.5


def test_the_scene_goes_on_alone_and_the_face_stays(tmp_path, rendered):
    how = {"people": 8, "settings": ("near",), "dev_people": 4, "fit": SMALL}
    once = train_face_scene(tmp_path / "once", FaceSceneConfig(**how, scene_rounds=0), progress=False)
    thrice = train_face_scene(tmp_path / "thrice", FaceSceneConfig(**how, scene_rounds=2), progress=False)
    import keras

    first, last = (keras.models.load_model(run.folder / "model.keras") for run in (once, thrice))
    face = [layer.name for layer in first.layers if layer.name.startswith("face") and layer.get_weights()]
    assert face
    for name in face:
        pairs = zip(first.get_layer(name).get_weights(), last.get_layer(name).get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)
    assert changed(last, first, "scene_conv")
    again = train_face_scene(tmp_path / "thrice", FaceSceneConfig(**how, scene_rounds=2), progress=False)
    assert again.metadata.threshold == thrice.metadata.threshold


def test_the_weights_kept_are_the_mean_of_the_last_three_rounds(tmp_path, rendered, monkeypatch):
    ends = []

    def noted(*given, **named):
        model, losses = fit_banks(*given, **named)
        ends.append(model.get_weights())
        return model, losses

    monkeypatch.setattr(face_scene, "fit_banks", noted)
    fit = dataclasses.replace(SMALL, steps=2)
    people = {"people": 8, "settings": ("near",), "dev_people": 4}
    run = train_face_scene(tmp_path / "run", FaceSceneConfig(**people, fit=fit, scene_rounds=4), progress=False)
    import keras

    kept = keras.models.load_model(run.folder / "model.keras").get_weights()
    assert len(ends) == 5
    for mean, *each in zip(kept, *ends[2:], strict=True):
        assert mean == pytest.approx(np.mean(each, axis=0), abs=1e-6)
    assert any(not np.array_equal(mean, last) for mean, last in zip(kept, ends[-1], strict=True))


def test_half_a_network_may_be_left_as_it_was(tmp_path):
    first, _ = fit_banks([made_up(4)], dataclasses.replace(SMALL, steps=2), tmp_path / "first", progress=False)
    first.save(tmp_path / "first.keras")
    config = dataclasses.replace(SMALL, steps=3, learns=("scene",), seed=1)
    then, _ = fit_banks([made_up(4)], config, tmp_path / "then", initial=tmp_path / "first.keras", progress=False)
    for one in first.layers:
        before, after = one.get_weights(), then.get_layer(one.name).get_weights()
        if one.name.startswith("face"):
            assert all(np.array_equal(b, a) for b, a in zip(before, after, strict=True))
    assert changed(then, first, "scene_conv")
    with pytest.raises(ValueError, match="nose"):
        dataclasses.replace(SMALL, learns=("nose",))


def test_a_scene_that_learns_alone_is_shown_nothing_that_it_is_not_asked_about():
    """Half of the attacks would otherwise be looked at for nothing."""
    parts = [made_up(4, framing="close"), made_up(4, first=10)]
    bank = FaceBank(*(np.concatenate(pair) for pair in zip(*map(dataclasses.astuple, parts), strict=True)))
    asked = {}
    for learns in (("face", "scene"), ("scene",)):
        draw = bank_fit._Draw([bank], dataclasses.replace(SMALL, learns=learns))
        rows = np.concatenate([draw.rows[kind][0] for kind in ("screen", "print")])
        asked[learns] = sorted(bank.framing[rows])
        assert len(draw.rows["real"][0]) == bank.real.sum()
    assert asked == {("face", "scene"): ["close"] * 8 + ["device"] * 8, ("scene",): ["device"] * 8}
    with pytest.raises(ValueError, match="screen"):
        bank_fit._Draw([parts[0]], dataclasses.replace(SMALL, learns=("scene",)))


@pytest.mark.parametrize(("whole", "seen"), [(0.0, {0.25, 1.0}), (1.0, {1.0})])
def test_pairs_may_be_drawn_among_those_that_show_their_surroundings(whole, seen):
    """Half of the real takes end soon after the face; left to chance, half of the pairs show no surroundings."""
    bank = made_up(8)
    edge = WIDE_SIDE // 4
    cut = np.flatnonzero(bank.real)[::2]
    inner = bank.wide[cut, edge:-edge, edge:-edge].copy()
    bank.wide[cut] = 0
    bank.wide[cut, edge:-edge, edge:-edge] = inner
    config = dataclasses.replace(
        SMALL, batch_size=32, whole=whole, changes=dataclasses.replace(NO_TONE, shift=0, zoom=0)
    )
    draw = bank_fit._Draw([bank], config)
    rng = np.random.default_rng(0)
    rows = [draw._one("real", rng, whole=bool(whole))[1] for _ in range(40)]
    shares = (bank.wide[rows].max(axis=3) > 0).mean(axis=(1, 2))
    assert set(shares.round(2).tolist()) == seen
    crops, labels, _ = draw.batch(0)
    assert len(crops) == len(labels) == 32
    frame = (crops[:, 1].max(axis=3) > 0).mean(axis=(1, 2))
    assert (frame.min() > 0.85) == bool(whole)


def test_where_no_take_shows_its_surroundings_all_are_drawn(tmp_path):
    bank = made_up(4)
    bank.wide[:, : WIDE_SIDE // 2] = 0
    draw = bank_fit._Draw([bank], dataclasses.replace(SMALL, whole=1.0))
    assert len(draw.batch(0)[0]) == SMALL.batch_size


@pytest.mark.parametrize("covered", [0.0, 1.0])
def test_both_takes_of_a_pair_are_beneath_the_same_cover(monkeypatch, covered):
    """Whatever is laid over one take alone would tell it from the other."""
    levels = iter(range(20, 240, 20))

    def plain(rng, side, face):
        return np.full((side, side, 3), next(levels), np.float32), np.ones((side, side), np.float32)

    monkeypatch.setattr(bank_fit, "draw_cover", plain)
    config = dataclasses.replace(SMALL, changes=dataclasses.replace(NO_TONE, covered=covered))
    crops, _, _ = bank_fit._Draw([made_up(4)], config).batch(0)
    assert crops[:, 0].std() > 10
    means = crops[:, 1].mean(axis=(1, 2, 3)).reshape(-1, 2)
    expected = [[level, level] for level in (20, 40, 60, 80)]
    assert (np.abs(means - expected).max() < 2) == bool(covered)


def face_scene_network(config):
    from liveliness_lib.models.face_scene import build_face_scene

    return build_face_scene(seed=config.seed, widths=config.widths, thetas=config.thetas, dropout=config.dropout)


def changed(model, fresh, layer):
    """Whether the kernels of a trunk have moved by more than weight decay moves them."""
    names = [one.name for one in fresh.layers if one.name.startswith(layer)]
    assert len(names) == 7
    moves = [np.abs(model.get_layer(n).get_weights()[0] - fresh.get_layer(n).get_weights()[0]).max() for n in names]
    return max(moves) > 1e-5


@pytest.mark.parametrize("kinds", [("none",), ("screen", "print")])
def test_one_class_alone_is_refused(tmp_path, kinds):
    with pytest.raises(ValueError, match="both classes"):
        fit_banks([made_up(2, kinds)], SMALL, tmp_path, progress=False)


def test_a_run_leaves_a_model_that_knows_its_limits(tmp_path, rendered):
    config = FaceSceneConfig(people=8, settings=("near", "room"), dev_people=6, fit=SMALL)
    run = train_face_scene(tmp_path, config, progress=False)
    assert run.regime == "R0"
    classifier = OnnxClassifier(tmp_path / "model.onnx")
    assert "no photograph of anyone" in classifier.metadata.trained_on
    assert classifier.metadata.band[0] <= classifier.metadata.threshold <= classifier.metadata.band[1]
    assert "rendered" in classifier.metadata.threshold_from
    card = (tmp_path / "model_card.md").read_text()
    assert f"{classifier.metadata.threshold:.4f}" in card
    assert json.loads((tmp_path / "metrics.json").read_text())
    again = train_face_scene(tmp_path, config, progress=False)
    assert again.metadata == run.metadata
    with pytest.raises(ValueError, match="same settings"):
        train_face_scene(tmp_path, dataclasses.replace(config, seed=1), progress=False)


def test_other_settings_have_people_in_proportion_to_those_near_the_camera(monkeypatch, tmp_path):
    asked = {}

    def rendered_nothing(folder, people, *, setting, split="train", **how):
        asked[setting, split] = people
        return [tmp_path]

    monkeypatch.setattr(face_scene, "make_bank", rendered_nothing)
    monkeypatch.setattr(face_scene, "read_bank", lambda paths: made_up(2))
    Banks.gather(FaceSceneConfig(people=88, dev_people=3, settings=("near", "plain")), None, tmp_path, 1, False)
    assert asked == {("near", "train"): 88, ("near", "dev"): 3, ("plain", "train"): 30, ("plain", "dev"): 3}


@pytest.fixture(scope="module")
def photos():
    table = load_table(paths.samples_dir())
    return table[table["subject"].isin(sorted(set(table["subject"]))[:6])]


def test_photographs_of_people_are_attacked_in_simulation(photos):
    real = photos[photos["label"] == "real"].iloc[:2]
    bank = photo_bank(real, detector=None, attack=True, progress=False)
    assert isinstance(bank, FaceBank)
    assert pd.Series(bank.attack_type).value_counts().to_dict() == {"none": 6, "screen": 4, "print": 4}
    assert set(bank.subject) == set(real["subject"])


@pytest.mark.parametrize(("labels", "regime"), [(("real",), "R1"), (("real", "fake"), "R2")])
def test_the_regime_follows_from_the_photographs(photos, tmp_path, rendered, labels, regime):
    people = sorted(set(photos["subject"]))
    split = photos["subject"].map(lambda name: "dev" if name in people[4:] else "train")
    table = photos.assign(split=split)
    config = FaceSceneConfig(people=4, settings=("near",), dev_people=4, detector=None, fit=SMALL)
    run = train_face_scene(tmp_path, config, photos=table[table["label"].isin(labels)], progress=False)
    assert run.regime == regime
    assert set(run.scores["what"]) == {"rendered", "photographs"}
    assert "photographs" in run.metadata.threshold_from


def test_nothing_to_learn_from_is_refused(tmp_path):
    with pytest.raises(ValueError, match="neither"):
        train_face_scene(
            tmp_path,
            FaceSceneConfig(people=0, dev_people=0),
            progress=False,
        )
