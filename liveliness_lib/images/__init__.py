"""Pictures and films: read from anywhere, bounded and upright; write; resize. The only room that knows BGR.

read.py     `read_image`, the one door for paths, bytes, base64 and arrays; `list_images`
sources.py  paths and base64 to bytes, without hanging
sniff.py    formats from first bytes
strip.py    metadata off, before anything decodes it; tiff.py the same for TIFF and EXIF
decode.py   bytes to RGB with Pillow
pixels.py   arrays to RGB uint8, BGR, resizing; shrink.py the quick half of it
write.py    `write_image`, `encode_image`
video.py    `iter_video_frames`, `stated_length_s`
errors.py   `ImageReadError`, `VideoReadError`, `ImageLimits`
"""

from liveliness_lib.images.errors import DEFAULT_LIMITS, ImageLimits, ImageReadError, VideoReadError
from liveliness_lib.images.pixels import from_bgr, resize_image, to_bgr, to_rgb
from liveliness_lib.images.read import IMAGE_SUFFIXES, ImageSource, list_images, read_image
from liveliness_lib.images.sources import decode_base64
from liveliness_lib.images.video import VideoFrame, iter_video_frames, stated_length_s
from liveliness_lib.images.write import encode_image, write_image

__all__ = [
    "DEFAULT_LIMITS",
    "IMAGE_SUFFIXES",
    "ImageLimits",
    "ImageReadError",
    "ImageSource",
    "VideoFrame",
    "VideoReadError",
    "decode_base64",
    "encode_image",
    "from_bgr",
    "iter_video_frames",
    "list_images",
    "read_image",
    "resize_image",
    "stated_length_s",
    "to_bgr",
    "to_rgb",
    "write_image",
]
