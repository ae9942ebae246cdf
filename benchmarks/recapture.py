"""Time the camera and recapture simulator on a 720x1280 photo: python benchmarks/recapture.py [--repeats 3]

One thread; the best of the repeats, in milliseconds of processor time, after the loops are compiled. Aim: 150 ms.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np

from liveliness_lib.synthetic.camera import CAMERAS, photograph
from liveliness_lib.synthetic.light import photo_to_linear
from liveliness_lib.synthetic.recapture import PRINTERS, SCREENS, recapture_print, recapture_screen, rephotograph

AIM_MS = 150.0


def milliseconds(call: Callable[[], object], repeats: int) -> float:
    """Return the shortest processor time of a call, compiled beforehand."""
    call()
    spans = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spans.append(time.process_time() - start)
    return 1e3 * min(spans)


def measure(repeats: int) -> dict[str, list[float]]:
    """Return for each function its milliseconds with every camera, on one thread."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    photo = cv2.resize(rng.integers(0, 256, (80, 45, 3), dtype=np.uint8), (720, 1280), interpolation=cv2.INTER_CUBIC)
    screens, printers = list(SCREENS), list(PRINTERS)
    rows: dict[str, list[float]] = {}
    for index, camera in enumerate(CAMERAS):
        screen, printer = screens[index % len(screens)], printers[index % len(printers)]
        calls: dict[str, Callable[[], object]] = {
            "photograph": partial(photograph, photo_to_linear(photo), camera, seed=index),
            "rephotograph": partial(rephotograph, photo, camera, seed=index),
        }
        for framing in ("close", "device"):
            common: dict[str, Any] = {"seed": index, "framing": framing}
            calls[f"recapture_screen {framing}"] = partial(recapture_screen, photo, screen, camera, **common)
            calls[f"recapture_print {framing}"] = partial(recapture_print, photo, printer, camera, **common)
        for name, call in calls.items():
            rows.setdefault(name, []).append(milliseconds(call, repeats))
    return rows


def main() -> None:
    """Print the median and the slowest of each function over every camera."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    for name, spans in sorted(measure(parser.parse_args().repeats).items()):
        within = f"{sum(span <= AIM_MS for span in spans)}/{len(spans)} in aim"
        print(f"{name:26s} median {np.median(spans):6.0f} ms  slowest {max(spans):6.0f} ms  {within}")


if __name__ == "__main__":
    main()
