"""The commands as functions: files in, files out, lines to read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from disparity.boards import Board
from disparity.calibration import CameraCalibration, StereoCalibration, View, calibrate_camera, calibrate_stereo
from disparity.calibration_file import save_calibration
from disparity.coverage import coverage_share, plot_coverage
from disparity.depth import InverseFit, depth_from_disparity, fit_inverse
from disparity.figures import Scale, plot_disparity
from disparity.judge import StereoJudge, settings_for
from disparity.matching import DisparityMap, MatchSettings, match
from disparity.pairs import require_pair
from disparity.pointcloud import to_points, write_ply
from disparity.rectification import load_rectification, rectify_calibrated, save_rectification
from disparity.rig import Rig
from disparity.sliders import plot_grid, write_tuner_notebook
from disparity.uncalibrated import rectify_uncalibrated
from liveliness_lib.figures.style import new_figure, save_figure
from liveliness_lib.images import list_images, read_image
from liveliness_lib.paths import atomic_path

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class OpenedPair:
    """Hold two rectified pictures, their rig where it is known, and what there is to say about them."""

    left: Image
    right: Image
    rig: Rig | None
    note: str = ""


def calibrate_folders(left: Path, right: Path | None, board: Board, out: Path) -> Iterator[str]:
    """Calibrate from one folder or two; write calibration.json, coverage pictures, and maps.npz for a pair."""
    images = [_read_folder(folder) for folder in (left, right) if folder is not None]
    result = calibrate_camera(images[0], board) if right is None else calibrate_stereo(images[0], images[1], board)
    cameras = {"": result} if isinstance(result, CameraCalibration) else {"left": result.left, "right": result.right}
    for name, camera in cameras.items():
        yield from _camera_lines(name, camera)
        figure, axes = new_figure(size=(5.6, 4.4))
        plot_coverage(camera, ax=axes)
        picture = f"coverage_{name}.png" if name else "coverage.png"
        yield f"wrote {save_figure(figure, out / picture)}"
    if isinstance(result, StereoCalibration):
        yield f"pair: baseline {1000 * result.baseline_m:.2f} mm, reprojection error {result.error_px:.3f} px"
        yield from _rejected(result.views)
        yield f"wrote {save_rectification(out / 'maps.npz', rectify_calibrated(result))}"
    yield f"wrote {save_calibration(out / 'calibration.json', result)}"


def open_pair(
    left: Path,
    right: Path,
    *,
    maps: Path | None = None,
    uncalibrated: bool = False,
    focal: float | None = None,
    baseline_mm: float | None = None,
    min_disparity: float = 0.0,
) -> OpenedPair:
    """Read two pictures and rectify them as asked; refuse what is no pair.

    Raises
    ------
    PairError, ImageReadError, FileNotFoundError
        With the remedy.
    """
    a, b = read_image(left), read_image(right)
    if uncalibrated:
        found = rectify_uncalibrated(a, b)
        low, high = found.disparity_range_px
        note = f"{found.inliers} features agree, rows to {found.row_error_px:.2f} px, disparities {low:.0f} to {high:.0f} px"
        return OpenedPair(found.left, found.right, None, f"{note}; {found.lost}")
    rig = None if focal is None or baseline_mm is None else Rig(focal, baseline_mm / 1000)
    if maps is not None:
        rectification = load_rectification(maps)
        a, b = rectification.apply(a, b)
        rig = rectification.rig
    check = require_pair(a, b, min_disparity=min(min_disparity, 0.0))
    return OpenedPair(
        a, b, rig, check.advice or f"rows agree to {check.row_error_px:.2f} px ({check.matches} features)"
    )


def match_to_file(pair: OpenedPair, settings: MatchSettings, out: Path) -> Iterator[str]:
    """Match and write the map as NPZ, with a picture on the scale of the search range."""
    yield pair.note
    found = match(pair.left, pair.right, settings)
    with atomic_path(out) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, disparity=found.disparity, confidence=found.confidence)
    yield f"{100 * found.valid_fraction:.0f} % matched, {_span(found)}"
    figure, axes = new_figure(size=(6.4, 4.6))
    low = settings.min_disparity
    plot_disparity(found.disparity, (low, low + settings.num_disparities), title=settings.method, ax=axes)
    yield f"wrote {out} and {save_figure(figure, out.with_suffix('.png'))}"


def depth_to_file(pair: OpenedPair, ply: Path, *, near_m: float, measured: Path | None) -> Iterator[str]:
    """Match, measure depth by the rig or by a fit to measured pairs, and write a point cloud."""
    values: npt.NDArray[np.floating[Any]]
    sigma: npt.NDArray[np.floating[Any]]
    if measured is not None:
        fit = _fit_file(measured)
        yield f"depth = {fit.m:.3f} / d {fit.c:+.4f} m, residual {1000 * fit.residual_m:.1f} mm"
        count = 16 * int(np.ceil((1.2 * fit.range_px[1]) / 16))
        found = match(pair.left, pair.right, MatchSettings(num_disparities=count))
        values, sigma = fit.predict(found.disparity, sigma_px=0.25)
        rig = pair.rig or Rig(_guessed_focal(pair.left), 0.06)
        if pair.rig is None:
            yield "the focal length is a guess (60 degrees across): the cloud's width is to no scale"
    else:
        rig = _needs_rig(pair)
        found = match(pair.left, pair.right, settings_for(rig, near_m=near_m, far_m=8 * near_m))
        measured_depth = depth_from_disparity(found.disparity, rig)
        values, sigma = measured_depth.depth, measured_depth.sigma
    if not found.valid.any():
        raise ValueError(f"nothing matched between {near_m} and {8 * near_m} m: move `--near`. Received: no disparity")
    yield f"median depth {np.nanmedian(values):.3f} m, one standard deviation there {1000 * np.nanmedian(sigma):.1f} mm"
    points, colours = to_points(np.asarray(values), pair.left, rig)
    yield f"wrote {write_ply(ply, points, colours)}: {len(points)} points"


def judge_pair(pair: OpenedPair, *, box: str | None, detector: str) -> tuple[list[str], bool]:
    """Judge the faces of a pair; return lines and whether any face got a verdict."""
    judge = StereoJudge(_needs_rig(pair), check=False)
    if box is not None:
        found = [(parse_box(box), judge.judge(pair.left, pair.right, parse_box(box)))]
    else:
        from liveliness_lib.faces import load_detector

        found = judge.judge_faces(pair.left, pair.right, load_detector(detector))
    if not found:
        return [f"abstain: {detector} finds no face in the left picture (give one with --box)"], False
    lines = [f"{f.verdict}: {f.reason} (box {', '.join(f'{v:.0f}' for v in b)})" for b, f in found]
    return lines, any(f.verdict != "abstain" for _, f in found)


def write_grid(pair: OpenedPair, scale: Scale, out: Path) -> Path:
    """Write a grid of results for many settings."""
    count = 16 * int(np.ceil(max(scale[1], 16) / 16))
    return save_figure(plot_grid(pair.left, pair.right, scale, settings=MatchSettings(num_disparities=count)), out)


def open_tuner(left: Path, right: Path, scale: Scale, *, maps: Path | None, folder: Path) -> None:
    """Write the sliders' notebook and open JupyterLab on it."""
    names = [str(p.resolve()) for p in (left, right)]
    notebook = write_tuner_notebook(
        folder / "tune.ipynb", names[0], names[1], scale, maps=str(maps.resolve()) if maps else None
    )
    subprocess.run([sys.executable, "-m", "jupyter", "lab", str(notebook)], check=True)


def parse_box(text: str) -> tuple[float, float, float, float]:
    """Read ``x_min,y_min,x_max,y_max``.

    Examples
    --------
    >>> parse_box("1,2,30,40")
    (1.0, 2.0, 30.0, 40.0)
    """
    try:
        x0, y0, x1, y1 = (float(v) for v in text.split(","))
    except ValueError as error:
        raise ValueError(f"expected a box as x_min,y_min,x_max,y_max in pixels. Received: {text!r}") from error
    return x0, y0, x1, y1


def _read_folder(folder: Path) -> dict[str, Image]:
    if not folder.is_dir():
        raise FileNotFoundError(f"expected a folder with pictures of the board. Received: {folder}")
    return {path.name: read_image(path) for path in sorted(Path(p) for p in list_images(folder))}


def _read_measured(path: Path) -> npt.NDArray[np.float64]:
    rows = path.read_text(encoding="utf-8").splitlines()[1:]
    try:
        return np.array([[float(v) for v in row.split(",")[:2]] for row in rows if row.strip()]).reshape(-1, 2)
    except ValueError as error:
        raise ValueError(f"expected a CSV with the header disparity,depth_m in {path}. Received: {error}") from error


def _fit_file(path: Path) -> InverseFit:
    try:
        return fit_inverse(*_read_measured(path).T)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _needs_rig(pair: OpenedPair) -> Rig:
    if pair.rig is None:
        raise ValueError(
            "expected the rig: --maps from `disparity calibrate`, or --focal and --baseline-mm. Received: neither"
        )
    return pair.rig


def _guessed_focal(image: Image) -> float:
    return float(image.shape[1] / 2 / np.tan(np.deg2rad(30)))


def _span(found: DisparityMap) -> str:
    if not found.valid.any():
        return "no disparity"
    low, high = np.nanpercentile(found.disparity, (2, 98))
    return f"disparities {low:.1f} to {high:.1f} px"


def _camera_lines(name: str, camera: CameraCalibration) -> Iterator[str]:
    fx, fy, cx, cy = camera.matrix[0, 0], camera.matrix[1, 1], camera.matrix[0, 2], camera.matrix[1, 2]
    label = f"{name} camera" if name else "camera"
    yield f"{label}: fx {fx:.2f} ± {camera.focal_sigma_px:.2f}, fy {fy:.2f}, cx {cx:.2f}, cy {cy:.2f} px"
    yield f"{label}: reprojection error {camera.error_px:.3f} px, {100 * coverage_share(camera):.0f} % of the image covered"
    yield from _rejected(camera.views)


def _rejected(views: tuple[View, ...]) -> Iterator[str]:
    for view in views:
        if view.rejected:
            yield f"  left out {view.name}: {view.rejected}"
