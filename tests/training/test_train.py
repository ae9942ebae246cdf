"""Training: learns, stops, goes on, repeats itself, and leaves a whole run behind."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.faces import Face
from liveliness_lib.images import read_image, write_image
from liveliness_lib.models import OnnxClassifier
from liveliness_lib.results import read_metrics
from liveliness_lib.scores import read_scores
from liveliness_lib.training import TrainConfig, train
from liveliness_lib.training.crops_cache import CropsCache
from liveliness_lib.training.data import check_table, load_splits
from liveliness_lib.training.run_folder import CHECKPOINTS, FILES, is_finished

pytestmark = pytest.mark.models
CONFIG = TrainConfig(image_size=(16, 16), epochs=3, batch_size=8, patience=None, detector="haar")


def splits_of(faces):
    return load_splits(check_table(faces), CONFIG, progress=False)


def fit(faces, folder, **changes):
    from liveliness_lib.training.fit import fit

    splits = splits_of(faces)
    return fit(splits["train"], splits["dev"], dataclasses.replace(CONFIG, **changes), folder, progress=False)


def same_weights(one, other):
    return all((a == b).all() for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.fixture(scope="module")
def run(faces, tmp_path_factory):
    return train(faces, tmp_path_factory.mktemp("runs") / "run", CONFIG, progress=False)


def test_it_overfits_eight_samples(faces, tmp_path):
    from liveliness_lib.training.data import SplitCrops
    from liveliness_lib.training.fit import fit

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    labels = np.array([0, 1] * 4)
    crops = SplitCrops(pd.DataFrame({"label": labels}), np.ones(8, bool), images, labels)
    config = dataclasses.replace(CONFIG, epochs=60, augment=False)
    model, state = fit(crops, crops, config, tmp_path, progress=False)
    assert (model.predict(images.astype(np.float32), verbose=0).argmax(axis=1) == labels).all()
    assert state.best_epoch > 30  # the first half warms up
    assert state.best_loss < 0.2  # a coin's loss is .69


def test_the_same_seed_gives_the_same_weights(faces, tmp_path):
    one, same, other = (fit(faces, tmp_path / str(i), epochs=2, seed=s)[0] for i, s in enumerate((4, 4, 5)))
    assert same_weights(one, same)
    assert not same_weights(one, other)


class Interrupted(Exception):
    pass


def interrupt_at(monkeypatch, epoch):
    from liveliness_lib.training import checkpoint

    kept = checkpoint.Checkpoint.on_epoch_end

    def stop(self, done, logs=None):
        if done + 1 == epoch:
            raise Interrupted
        kept(self, done, logs)

    monkeypatch.setattr(checkpoint.Checkpoint, "on_epoch_end", stop)


def test_an_interrupted_fit_ends_with_the_weights_of_an_uninterrupted_one(faces, tmp_path, monkeypatch):
    whole, state = fit(faces, tmp_path / "whole", epochs=4)
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        with pytest.raises(Interrupted):
            fit(faces, tmp_path / "halves", epochs=4)
    resumed, resumed_state = fit(faces, tmp_path / "halves", epochs=4)
    assert [row["epoch"] for row in resumed_state.history] == [1, 2, 3, 4]
    assert resumed_state.history == state.history
    assert same_weights(whole, resumed)


@pytest.mark.parametrize("damage", ["progress.json", "last-2.keras"])
def test_a_damaged_checkpoint_starts_again(faces, tmp_path, monkeypatch, damage):
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        with pytest.raises(Interrupted):
            fit(faces, tmp_path)
    path = tmp_path / damage
    path.write_bytes(path.read_bytes()[:30])
    assert [row["epoch"] for row in fit(faces, tmp_path)[1].history] == [1, 2, 3]


def test_it_stops_when_dev_no_longer_improves_and_keeps_the_best(faces, tmp_path):
    from liveliness_lib.training.fit import class_weights, fit

    splits = splits_of(faces)
    # dev with its labels turned round: the better the training, the worse its loss
    dev = dataclasses.replace(splits["dev"], labels=1 - splits["dev"].labels)
    config = dataclasses.replace(CONFIG, epochs=60, patience=5, warm_up=6, learning_rate=3e-3, augment=False)
    model, state = fit(splits["train"], dev, config, tmp_path, progress=False)
    losses = [row["val_loss"] for row in state.history]
    assert state.stopped
    assert len(losses) == state.best_epoch + 5 < 60
    assert state.best_epoch > 2  # two epochs of three steps warm up
    assert min(losses[2:]) == losses[state.best_epoch - 1] == state.best_loss
    probabilities = np.clip(model.predict(dev.images.astype(np.float32), verbose=0), 1e-7, 1)
    weights = class_weights(dev.labels, balance=True)
    loss = np.average(-np.log(probabilities[np.arange(len(dev.labels)), dev.labels]), weights=weights)
    assert loss == pytest.approx(state.best_loss, rel=1e-3)  # the weights are the best epoch's, not the last's


def test_a_training_that_diverges_says_so(faces, tmp_path):
    with pytest.raises(ValueError, match=r"lower the rate\. Received: rate 1e\+30"):
        fit(faces, tmp_path, learning_rate=1e30, decay=False)


def test_a_run_folder_is_whole(run):
    assert is_finished(run.folder)
    assert {p.name for p in run.folder.iterdir()} == {*FILES, "run.json"}
    assert json.loads((run.folder / "labels.json").read_text()) == ["fake", "real"]
    assert TrainConfig.from_json((run.folder / "config.json").read_text()) == CONFIG
    assert read_image(run.folder / "training.png").shape[2] == 3
    history = pd.read_csv(run.folder / "history.csv")
    assert list(history["epoch"]) == [1, 2, 3]
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(history.columns)


def test_the_onnx_file_gives_the_scores_of_the_run_and_carries_its_threshold(run, faces):
    classifier = OnnxClassifier(run.folder / "model.onnx")
    assert classifier.metadata == run.metadata
    assert run.metadata.threshold_from.startswith("eer on dev: 3 real, 6 attacks")
    assert run.metadata.band[0] <= run.metadata.threshold <= run.metadata.band[1]
    assert run.metadata.detector == "haar"
    scores = read_scores(run.folder / "scores.csv")
    crops = np.stack([read_image(path) for path in scores["path"]])
    np.testing.assert_allclose(classifier.predict(crops), scores["score"], atol=1e-6)
    assert list(scores["split"]) == ["dev"] * 9 + ["test"] * 9


def test_the_numbers_agree_wherever_they_stand(run):
    metrics = read_metrics(run.folder)
    assert metrics["test"]["acer"] == pytest.approx(run.evaluations["test"].acer.value, rel=1e-5)
    assert metrics["threshold"] == pytest.approx(run.metadata.threshold, rel=1e-5)
    assert metrics["pictures"] == metrics["acquired"] == {"train": 18, "dev": 9, "test": 9}
    report = json.loads((run.folder / "classification_report.json").read_text())
    bpcer = run.evaluations["test"].bpcer.value
    assert report["test"]["real"]["recall"] == pytest.approx(1 - bpcer)
    card = (run.folder / "model_card.md").read_text()
    assert all(part in card for part in ("## Data", "## Protocol", "## Numbers", "## Limits", "print, screen", "haar"))
    assert f"{run.metadata.threshold:.4f}" in card


def test_the_card_warns_of_a_fast_run_and_of_no_test(faces, tmp_path):
    config = dataclasses.replace(CONFIG, epochs=1, fast=True)
    known = train(faces[faces["split"] != "test"], tmp_path / "run", config, progress=False)
    card = (known.folder / "model_card.md").read_text()
    assert "fast run" in card
    assert "no test split" in card
    assert set(known.evaluations) == {"dev"}


def test_a_finished_run_is_kept_and_the_same_run_is_the_same(run, faces, tmp_path):
    with pytest.raises(ValueError, match="finished run"):
        train(faces, run.folder, CONFIG, progress=False)
    again = train(faces, tmp_path / "again", CONFIG, progress=False)
    for name in ("model.onnx", "history.csv", "metrics.json", "scores.csv", "model_card.md", "training.png"):
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_an_interrupted_run_does_not_look_finished_and_goes_on(faces, tmp_path, monkeypatch, run):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        with pytest.raises(Interrupted):
            train(faces, folder, CONFIG, progress=False)
    assert not is_finished(folder)
    assert (folder / CHECKPOINTS / "progress.json").exists()
    again = train(faces, folder, CONFIG, progress=False)
    assert is_finished(folder)
    assert (again.folder / "model.onnx").read_bytes() == (run.folder / "model.onnx").read_bytes()


def test_training_goes_on_from_an_earlier_model(run, faces, tmp_path):
    import keras

    config = dataclasses.replace(CONFIG, epochs=1, learning_rate=1e-9, initial_model=str(run.folder), augment=False)
    more = train(faces, tmp_path / "more", config, progress=False)
    before, after = (keras.models.load_model(f / "model.keras", compile=False) for f in (run.folder, more.folder))
    dense = [w for w in zip(before.get_weights(), after.get_weights(), strict=True) if w[0].ndim == 2]
    assert all(np.allclose(a, b, atol=1e-6) for a, b in dense)
    assert str(run.folder) in (more.folder / "model_card.md").read_text()


def test_a_model_that_cannot_be_gone_on_from_is_named(run, faces, tmp_path):
    for change in ({"initial_model": str(tmp_path / "gone")}, {"initial_model": str(run.folder), "image_size": (8, 8)}):
        with pytest.raises(ValueError, match="Received"):
            fit(faces, tmp_path / "checkpoints", **change)


def test_whole_photographs_are_cut_first_and_lost_ones_count(faces, tmp_path):
    rows = []
    for number, row in enumerate(faces.to_dict("records")):
        photo = np.zeros((48, 64, 3), np.uint8)
        photo[10:26, 20:36] = read_image(row["path"])
        if row["split"] == "test" and row["attack_type"] == "print":
            photo[:] = 0
        path = tmp_path / f"{number}.png"
        write_image(path, photo)
        rows.append(row | {"path": str(path)})

    def detect(image):
        return [Face(box=(20, 10, 36, 26), score=1.0, detector="made up")] if image.any() else []

    config = dataclasses.replace(CONFIG, source="photos", epochs=1)
    run = train(
        pd.DataFrame(rows), tmp_path / "run", config, cache=CropsCache(config, tmp_path / "c", detect), progress=False
    )
    test = run.evaluations["test"]
    assert test.apnrr.value == pytest.approx(0.5)
    assert read_metrics(run.folder)["acquired"] == {"train": 18, "dev": 9, "test": 6}
    assert read_scores(run.folder / "scores.csv")["score"].isna().sum() == 3


def test_the_model_knows_its_limits(run):
    domain = OnnxClassifier(run.folder / "model.onnx").domain
    assert domain is not None
    assert domain.fitted_on == "6 people: 18 training, 9 development faces"
