"""Refuse files over 2 MB, and photographs and films that are not the project's own. Usage: large_files.py FILE …"""

import sys
from pathlib import Path

MOST_BYTES = 2_000_000
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".gif", ".mp4", ".mov", ".avi", ".mkv"}
OURS = ("data_samples/",)
LARGE = ("liveliness_lib/models/weights/", "liveliness_lib/depth/weights/")
"""Models that ship; up to five times the limit."""


def complaint(name: str) -> str:
    """Return what is wrong with a file, nothing where nothing is."""
    path = Path(name)
    size = path.stat().st_size if path.is_file() else 0
    if size > MOST_BYTES * (5 if name.startswith(LARGE) else 1):
        return f"{name}: {size / 1e6:.1f} MB; what is made or fetched stays outside (runs/, the cache)"
    if path.suffix.lower() in PICTURES and not name.startswith(OURS):
        return f"{name}: a picture outside {', '.join(OURS)}; faces are personal data"
    return ""


if __name__ == "__main__":
    found = [line for line in map(complaint, sys.argv[1:]) if line]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
