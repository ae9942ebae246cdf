"""Measure what the dataset room promises and write ``benchmarks/results/dataset.md``.

    python -m benchmarks.dataset                  everything that is not measured yet, then the page
    python -m benchmarks.dataset names memory     only these of: names recapture cutting memory
    python -m benchmarks.dataset --films 2 --slides 10 --samples 300 --out /tmp/quick     a quick look, page included

Every film and every part is kept below ``--out`` once it is measured, so an interrupted run goes on; remove the folder
to measure anew. Times are of the processor (user and system) on one thread, not of the wall.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm.auto import tqdm

from benchmarks.__main__ import machine
from benchmarks.dataset_page import write_page
from benchmarks.recapture import measure as measure_recapture
from liveliness_lib import images
from liveliness_lib.dataset.filming import Filming, draw_filming, film_slideshow
from liveliness_lib.dataset.generate import Plan, generate
from liveliness_lib.dataset.naive import cut_naively
from liveliness_lib.dataset.order import Order, read_order
from liveliness_lib.dataset.recording import cut_recording
from liveliness_lib.dataset.slideshow import find_photos, make_slideshow
from liveliness_lib.paths import atomic_path
from liveliness_lib.synthetic import heads

PARTS = ("names", "recapture", "cutting", "memory")
DEVICES = (
    ("monitor_24_ips_matte", "phone_2019_mid"),
    ("phone_oled_pentile", "phone_2021_flagship"),
    ("tv_40_led", "phone_2023_flagship"),
)
KINDS = {"codes": 1.0, "content": 1.0, "codes, through displays and cameras": 0.3}
"""How slides are told, and on which part of the films."""


def main() -> None:
    """Measure what is asked for and not there yet; write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all where none is given")
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--slides", type=int, default=60)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path("runs/benchmarks/dataset"))
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"expected parts among {', '.join(PARTS)}. Received: {', '.join(sorted(unknown))}")
    cv2.setNumThreads(1)
    asked.out.mkdir(parents=True, exist_ok=True)
    for part in asked.parts or PARTS:
        if part == "names":
            measure_names(asked.out, asked.films, asked.slides)
        elif not (asked.out / f"{part}.json").is_file():
            measure = {"recapture": recapture, "cutting": cutting, "memory": memory}[part]
            _keep(asked.out / f"{part}.json", measure(asked.out, asked.samples) | {"machine": machine()})
    usual = asked.out == Path("runs/benchmarks/dataset")
    write_page(asked.out, Path(__file__).with_name("results") / "dataset.md" if usual else asked.out / "dataset.md")


def _keep(file: Path, content: dict[str, Any]) -> None:
    with atomic_path(file) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def people(folder: Path, count: int, image_size: tuple[int, int]) -> Path:
    """Render `count` people who are not there yet."""
    for seed in range(count):
        if not (folder / f"{seed:03d}.png").is_file():
            images.write_image(folder / f"{seed:03d}.png", heads.sample_scene(seed, image_size=image_size).image)
    return folder


def measure_names(folder: Path, films: int, slides: int) -> None:
    """Show, film and cut; count names that are wrong, slides that are there, and what the naive rule makes of it."""
    wanted = [(kind, seed) for kind, share in KINDS.items() for seed in range(max(1, round(films * share)))]
    shows = {codes: _show(folder, slides, codes) for codes in (True, False)}
    for kind, seed in tqdm(wanted, desc="films", unit="film"):
        record = folder / "films" / f"{kind.split()[-1]}-{seed:02d}.json"
        if not record.is_file():
            _keep(record, {"kind": kind, "seed": seed} | _one_film(shows[kind != "content"], folder, kind, seed))


def _show(folder: Path, slides: int, codes: bool) -> Order:
    out = folder / f"show-{'coded' if codes else 'bare'}-{slides}"
    if not (out / "order.txt").is_file():  # written last
        photos = find_photos([people(folder / f"photos-{slides}", slides, (320, 180))])
        make_slideshow(photos, out, canvas=(960, 540) if codes else (640, 360), codes=codes, progress=False)
    return read_order(out / "order.json")


def _one_film(order: Order, folder: Path, kind: str, seed: int) -> dict[str, Any]:
    how = draw_filming(seed, image_size=(480, 270), dropped=0.05)
    if "displays" in kind:  # a fixed stand: the simulated camera gives the view
        screen, camera = DEVICES[seed % len(DEVICES)]
        how = replace(how, screen=screen, camera=camera, image_size=(960, 540))
    film = folder / f"film-{kind.split()[-1]}-{seed:02d}.mp4"
    began = time.process_time()
    truth = film_slideshow(order, film, how, seed=seed).set_index("frame")
    filmed = time.process_time()
    report = cut_recording(film, order, folder / "cuts" / film.stem, progress=False)
    cut = time.process_time()
    shown = truth.loc[report.table["frame"]]
    wrong = (shown["slide"].to_numpy() != report.table["slide"].to_numpy()) | shown["mixed"].to_numpy()
    first = int((truth["slide"] == 0).to_numpy().argmax())  # the naive rule is told where the first slide begins
    named = cut_naively(film, order, skip=first)
    right = sum(truth.loc[one.index, "slide"] == one.slide for one in named)
    film.unlink()
    return {
        "slides": len(order.slides), "frames": len(truth), "kept": len(report.table), "wrong": int(wrong.sum()),
        "naive_wrong": int(len(order.slides) - right), "clock_drift": report.clock_drift, "true_drift": how.drift,
        "turned": how.turned, "least_match": float(report.table["match"].min()), "unplaced": report.unplaced,
        "film_s": filmed - began, "cut_s": cut - filmed,
    }  # fmt: skip


def recapture(folder: Path, samples: int) -> dict[str, Any]:
    """Time the recapture of a 720x1280 photo over all cameras."""
    return {"milliseconds": measure_recapture(repeats=3)}


def cutting(folder: Path, samples: int) -> dict[str, Any]:
    """Cut a film of 1080p at 30 frames a second, coded and bare; how many times faster than it plays."""
    photos = find_photos([people(folder / "photos-hd", 10, (640, 360))])
    found = {}
    for name, codes in (("codes", True), ("content", False)):
        show = make_slideshow(photos, folder / f"hd-{name}", codes=codes, progress=False)
        film = folder / f"hd-{name}.mp4"
        truth = film_slideshow(show.order, film, Filming(image_size=(1920, 1080), shake=0.002), seed=0)
        began = time.process_time()
        report = cut_recording(film, show.order, folder / f"hd-{name}-cut-{os.getpid()}", progress=False)
        spent = time.process_time() - began
        found[name] = {"film_s": len(truth) / 30, "cut_s": spent, "kept": len(report.table), "slides": len(photos)}
        film.unlink()
    return found


def memory(folder: Path, samples: int) -> dict[str, Any]:
    """Generate small samples in this process and note its resident memory every few seconds."""
    out, points, done = folder / f"samples-{os.getpid()}", [], threading.Event()
    generate(Plan(people=10, image_size=(64, 48), seed=1), out / "warm", progress=False)  # compiles

    def watch() -> None:
        while not done.wait(5):
            points.append((len(list((out / "set/records").glob("*.json"))) * 3, resident_mb()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        table = generate(Plan(people=-(-samples // 3), image_size=(64, 48)), out / "set")
    finally:
        done.set()
        watcher.join()
    return {"samples": len(table), "points": [*points, (len(table), resident_mb())]}


def resident_mb() -> float:
    """Return the resident memory of this process in megabytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(np.round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1))


if __name__ == "__main__":
    main()
