"""One answer explained: where it hangs, and where the network looked."""

from __future__ import annotations

import numpy as np
import pytest

from liveliness_lib.failcases.explain import occlusion_of_face
from liveliness_lib.failcases.panel import explain_face, plot_explanation
from liveliness_lib.models import ModelMetadata


class RedCorner:
    """Says real by the red of the upper left quarter of the face."""

    metadata = ModelMetadata(name="red corner")

    def score_faces(self, image, boxes):
        x_min, y_min, x_max, y_max = (int(v) for v in boxes[0])
        part = image[y_min : (y_min + y_max) // 2, x_min : (x_min + x_max) // 2, 0]
        return np.array([part.mean() / 255], np.float32)


@pytest.fixture
def photo():
    image = np.zeros((120, 160, 3), np.uint8)
    image[20:60, 40:80, 0] = 255
    return image


BOX = (40, 20, 120, 100)


def test_the_quarter_that_decides_lights_up_in_the_photograph(photo):
    found = occlusion_of_face(photo, BOX, RedCorner(), patches=8)
    assert found.shape == (8, 8)
    assert found[:3, :3].min() > 0.02
    assert np.abs(found[5:, 5:]).max() < 1e-6
    assert photo[20, 40, 0] == 255  # the photograph itself is as it was


def test_an_explanation_has_what_there_is(photo):
    found = explain_face(photo, BOX, RedCorner())
    assert found.score == pytest.approx(1)
    assert found.attention is None
    assert found.maps is None
    assert found.spectrum.shape == (64, 64)
    assert len(plot_explanation(found, title="a case").axes) == 3
    assert explain_face(photo, (40, 20, 60, 40), RedCorner()).spectrum is None


@pytest.mark.models
def test_grad_cam_of_a_network_worked_out_by_hand():
    import keras

    from liveliness_lib.failcases.gradcam import grad_cam

    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.Conv2D(2, 1, use_bias=False, name="maps"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax", use_bias=False),
        ]
    )
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0, 0] = kernel[0, 0, 1, 1] = 1 / 255  # map 0 is red, map 1 is green
    model.set_weights([kernel, np.array([[0, 2], [1, 0]], np.float32)])  # red speaks for class 1, green for class 0
    crop = np.zeros((6, 6, 3), np.uint8)
    crop[1, 2, 0], crop[4, 4, 1] = 255, 255
    heat = grad_cam(model, crop, output=1)
    expected = np.zeros((6, 6))
    expected[1, 2] = 1  # weights: 2/36 of red, -1/36 of green, which the ReLU cuts
    np.testing.assert_allclose(heat, expected, atol=1e-6)
    assert grad_cam(model, crop, output=0)[4, 4] == 1
    with pytest.raises(ValueError, match="Received"):
        grad_cam(model, crop, output=0, layer="dense")
    with pytest.raises(ValueError, match="Received"):
        grad_cam(model, crop[:5], output=0)
