"""What is sent: photos of rendered people in rooms, and uploads that are wrong in every way."""

from __future__ import annotations

import base64
import json
from functools import cache

import numpy as np

from liveliness_lib.images import encode_image, resize_image

BOUNDARY = "liveliness-benchmark"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@cache
def portraits(count: int, size: tuple[int, int] = (1280, 720)) -> list[bytes]:
    """Return JPEGs of `count` rendered people, (height, width) as given; same count and size, same bytes."""
    from liveliness_lib.synthetic.heads import sample_scene

    # rendered at half the size and enlarged: what is timed does not depend on the finest detail
    half = (size[0] // 2, size[1] // 2)
    return [encode_image(resize_image(sample_scene(seed, half).image, size), "jpeg", 90) for seed in range(count)]


def form(photo: bytes, name: str = "a.jpg") -> bytes:
    """Wrap a photo as multipart/form-data."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'
    return head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


@cache
def bomb() -> bytes:
    """Return a small file of many pixels."""
    return encode_image(np.zeros((3000, 3000, 3), np.uint8), "png")


def hostile(rng: np.random.Generator, photo: bytes) -> tuple[bytes, bytes, int]:
    """Return content type, body and announced length of one upload that is wrong in some way.

    Bytes flipped, bodies cut off, foreign boundaries, hundreds of parts, lies about type and length, JSON of all
    shapes, damaged pictures, bombs, headers without end, noise.
    """
    boundary = b"b" + bytes(rng.integers(97, 122, 8, dtype=np.uint8))
    name = bytes(rng.choice(list(b'a./\\\x00"\xff\r\n;='), 5).astype(np.uint8))
    part = b'--%b\r\nContent-Disposition: form-data; name="photo"; filename="%b"\r\n\r\n%b\r\n' % (
        boundary,
        name,
        photo,
    )
    kind, body = _wrong(rng, photo, boundary, part)
    length = len(body)
    if rng.integers(10) == 0:  # more than comes, or less
        length = max(0, length + int(rng.integers(-50, 50)))
    return kind.translate(None, b"\r\n"), body, length


def _wrong(rng: np.random.Generator, photo: bytes, boundary: bytes, part: bytes) -> tuple[bytes, bytes]:
    announced, whole = b"multipart/form-data; boundary=" + boundary, part + b"--" + boundary + b"--\r\n"
    lies = (b"application/json", b"image/jpeg", b"", b"\xff\xfe", b"multipart/form-data", announced + b"; charset=\xff")
    texts = (b"{", b"[" * 5000, b'{"image": "' + b"A" * 4001 + b'"}', b'{"image": null}', b'"\\ud800"', b"\xff", b"NaN")
    made = (
        lambda: (announced, _damaged(rng, whole, 20)),
        lambda: (announced, whole[: rng.integers(len(whole))]),
        lambda: (b"multipart/form-data; boundary=other", whole),
        lambda: (announced, part * int(rng.integers(2, 30)) + b"--" + boundary + b"--"),
        lambda: (lies[rng.integers(len(lies))], whole),
        lambda: (b"application/json", texts[rng.integers(len(texts))]),
        lambda: (b"application/json", as_json(_damaged(rng, photo, 8))),
        lambda: (b"application/json", as_json(bomb())),
        lambda: (announced, b"--%b\r\nContent-Disposition: %b" % (boundary, b"x" * int(rng.integers(1, 30_000)))),
        lambda: (announced, rng.bytes(int(rng.integers(1, 3000)))),
    )
    return made[rng.integers(len(made))]()


def as_json(photo: bytes) -> bytes:
    """Wrap a photo as JSON with base64."""
    return json.dumps({"image": base64.b64encode(photo).decode()}).encode()


def _damaged(rng: np.random.Generator, data: bytes, count: int) -> bytes:
    changed = bytearray(data)
    for place in rng.integers(0, len(changed), count):
        changed[place] = rng.integers(256)
    return bytes(changed)
