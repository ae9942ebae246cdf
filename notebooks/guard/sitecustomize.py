"""Refuse to open a photograph or film from outside the allowed sources, in every kernel of `notebooks/render.py`.

Pictures in kept outputs are published with the repository. They may show rendered people and the public-domain portraits
that dependencies ship, and nobody else: so only files of this repository, of installed packages, and of temporary and
cache folders are opened. Python runs a module of this name by itself when its folder is on ``PYTHONPATH``.
"""

import os
import sys
import sysconfig
import tempfile

SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".webp",
    ".bmp",
    ".tif",
    ".tiff",
    ".heic",
    ".avif",
    ".gif",
    ".mp4",
    ".mov",
    ".avi",
    ".mkv",
)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
ALLOWED = [os.path.realpath(folder) for folder in (
    ROOT, sysconfig.get_path("purelib"), sys.prefix, sys.base_prefix, tempfile.gettempdir(),
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
)]  # fmt: skip


def refuse_other_pictures(event: str, arguments: tuple) -> None:
    """Raise where a picture from elsewhere is opened for reading."""
    if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.fsdecode(arguments[0])
    if path.lower().endswith(SUFFIXES):
        real = os.path.realpath(path)
        if not any(real.startswith(folder + os.sep) for folder in ALLOWED):
            raise PermissionError(
                f"{path} is not among the pictures that kept outputs may show: samples, rendered people, portraits that "
                "packages ship. Run the notebook in JupyterLab for your own photos, and do not commit its outputs"
            )


sys.addaudithook(refuse_other_pictures)
