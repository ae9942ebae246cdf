"""What the review page shows of a photo: the face, and which parts of it the model's answer hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from liveliness_lib import crops, images
from liveliness_lib.failcases.explain import face_pixels, occlusion_of_face

CROP_SIZE = (256, 256)
_CELLS = 7


def face_crop(path: Path, box: list[float]) -> bytes:
    """Return the face, half as wide again as its box, as JPEG."""
    image = images.read_image(path)
    cut = crops.cut_face(image, box, scale=1.5, square=True, image_size=CROP_SIZE, border="shift")
    return images.encode_image(cut, "jpeg", 88)


def occlusion_picture(path: Path, box: list[float], classifier: Any) -> bytes:
    """Return the face with what speaks for *fake* in red and for *real* in blue, as JPEG; see `occlusion_of_face`."""
    image = images.read_image(path)
    part = face_pixels(box, image.shape[:2])
    falls = occlusion_of_face(image, box, classifier, patches=_CELLS)
    strength = np.abs(falls) / max(float(np.abs(falls).max()), 1e-6)
    colour = np.where(falls[..., None] > 0, (33, 102, 172), (214, 50, 50))
    veil = np.concatenate([colour, 140 * strength[..., None]], axis=-1).astype(np.uint8)
    veil = np.asarray(Image.fromarray(veil, "RGBA").resize(image[part].shape[1::-1], Image.Resampling.BILINEAR), float)
    alpha = veil[..., 3:] / 255
    tinted = image.copy()
    tinted[part] = ((1 - alpha) * image[part] + alpha * veil[..., :3]).astype(np.uint8)
    cut = crops.cut_face(tinted, box, scale=1.5, square=True, image_size=CROP_SIZE, border="shift")
    return images.encode_image(cut, "jpeg", 88)
