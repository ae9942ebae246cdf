"""Light a screen: what it emits and reflects, its sub-pixels, its ripple, its frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .devices import CameraProfile
from .isp import colour_matrix
from .layers import Box, cover_of, paste
from .light import look_up, white_of
from .optics import STEP, SheetView, spread
from .sampling import light_panel, sample_waves
from .screens import ScreenProfile, panel_table, subpixel_pattern
from .sensor import filter_planes
from .settings import CameraSettings
from .sheet import blur_variance, unit_white, warp
from .surroundings import add_fingers, draw_glare, draw_gradient, draw_room, fit_background


@dataclass(frozen=True)
class Lit:
    """Hold light on the sensor grid: scene (H, W, 3), factor on filtered samples (H, W), white (R, G, B), record."""

    scene: NDArray[np.float32]
    modulation: NDArray[np.float32]
    white: tuple[float, float, float]
    record: dict[str, Any]


@dataclass(frozen=True)
class Showing:
    """Hold what one session drew for a screen: signal, light, ripple, and the scale of the photo upon it."""

    gamma: float
    gamut: float
    kelvin: float
    contrast: float
    luminance: float
    ambient: float
    ambient_kelvin: float
    glare: float
    pwm_hz: float
    pwm_depth: float
    pwm_phase: float
    angle_loss: float
    pixels_per_photo_pixel: float
    phase: tuple[float, float]
    around: float
    white_seen: float


def draw_showing(screen: ScreenProfile, photo_size: tuple[int, int], rng: np.random.Generator) -> Showing:
    """Draw one session with a screen. The photo is shown as large as it fits, or on monitors in a window."""
    rows, columns = screen.resolution
    if screen.kind in ("phone", "tablet") and (photo_size[0] > photo_size[1]) != (rows > columns):
        rows, columns = columns, rows
    window = float(rng.uniform(0.6, 1.0)) if screen.kind in ("monitor", "laptop") and rng.uniform() < 0.5 else 1.0
    luminance = float(rng.uniform(*screen.luminance))
    # A white wall of reflectance one has lux / pi candela per square metre.
    lux = float(np.exp(rng.uniform(*np.log(screen.room_lux))))
    return Showing(
        gamma=float(rng.uniform(*screen.gamma)),
        gamut=float(rng.uniform(*screen.gamut)),
        kelvin=float(rng.uniform(*screen.white)),
        contrast=float(rng.uniform(*screen.contrast)),
        luminance=luminance,
        ambient=lux / np.pi / luminance,
        ambient_kelvin=float(np.exp(rng.normal(np.log(3900), 0.25)).clip(2500, 8000)),
        glare=float(rng.uniform(0.02, 0.45 if screen.glossy else 0.15)) if rng.uniform() < 0.4 else 0.0,
        pwm_hz=float(rng.uniform(*screen.pwm_hz)),
        pwm_depth=float(rng.uniform(*screen.pwm_depth)),
        pwm_phase=float(rng.uniform(0, 2 * np.pi)),
        angle_loss=screen.angle_loss * float(abs(rng.normal(0, 0.7))),
        pixels_per_photo_pixel=window * min(rows / photo_size[0], columns / photo_size[1]),
        phase=(float(rng.uniform()), float(rng.uniform())),
        around=float(rng.choice([0.0, 0.0, 0.03, 0.8])),
        # A white balance that follows the room, or the last scene, leaves the screen blue; one that follows the screen
        # does not.
        white_seen=float(rng.uniform(0.0, 1.0) ** 1.4),
    )


def row_ripple(rows: int, frequency: float, depth: float, phase: float, row_time: float, exposure_time: float) -> Any:
    """Return the gain of each row, (rows,), of a rolling shutter under a rippling light.

    ``1 + m cos(2 pi f y t_row + phase) sinc(f t_exp)``: an exposure of whole periods averages the ripple away.
    Times in seconds, frequency in hertz.
    """
    wave = np.cos(2 * np.pi * frequency * np.arange(rows) * row_time + phase)
    return (1.0 + depth * wave * np.sinc(frequency * exposure_time)).astype(np.float32)


def light_screen(
    photo: NDArray[np.uint8],
    screen: ScreenProfile,
    camera: CameraProfile,
    settings: CameraSettings,
    view: SheetView,
    rng: np.random.Generator,
    *,
    framing: str,
    background: NDArray[Any] | None,
) -> Lit:
    """Return the light of a screen that shows a photo, on the sensor grid; 1 is the screen's white."""
    session = draw_showing(screen, view.photo_size, rng)
    lattice = view.lattice()
    where = spread(lattice, view.sensor_size)
    inside, scene = _emit(photo, screen, session, view, where, framing)
    gradient = draw_gradient(rng, view, session.angle_loss)
    white = unit_white(session.ambient_kelvin)
    reflected = _reflect(screen, session, view, rng, white)
    record: dict[str, Any] = {"screen": screen.name, "screen_kind": screen.kind, "session": vars(session).copy()}
    modulation = _modulate(screen, session, camera, settings, view, lattice)
    light_panel(scene, gradient, reflected, inside, modulation)
    if framing == "device":
        scene = _before_room(scene, inside, where, screen, session, view, rng, background, white, record)
    room, panel = np.array(white_of(session.ambient_kelvin)), np.array(white_of(session.kelvin))
    seen = room + session.white_seen * (panel - room)
    return Lit(scene, modulation, tuple(seen.tolist()), record)


def screen_box(screen: ScreenProfile, session: Showing, photo_size: tuple[int, int]) -> Box:
    """Return the lit area of the device in photo pixels, the photo being in its middle."""
    rows, columns = screen.resolution
    if screen.kind in ("phone", "tablet") and (photo_size[0] > photo_size[1]) != (rows > columns):
        rows, columns = columns, rows
    half_x, half_y = columns / session.pixels_per_photo_pixel / 2, rows / session.pixels_per_photo_pixel / 2
    x, y = photo_size[1] / 2, photo_size[0] / 2
    return (x - half_x, y - half_y, x + half_x, y + half_y)


def _emit(
    photo: NDArray[np.uint8],
    screen: ScreenProfile,
    session: Showing,
    view: SheetView,
    where: NDArray[np.float32],
    framing: str,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the cover of the lit area and the light it emits there, before angle and reflections."""
    table = panel_table(session.gamma, session.contrast)
    white = unit_white(session.kelvin)
    matrix = colour_matrix(session.gamut, np.zeros((3, 3))) * white[:, None]
    light = cv2.transform(look_up(photo, table), matrix)
    around = table[round(255 * session.around)] * white
    shown = warp(light, view, where, fill=around, coarsest=session.pixels_per_photo_pixel)
    if framing == "close":
        return np.ones(view.sensor_size, np.float32), shown
    return cover_of(where, screen_box(screen, session, view.photo_size), 0.0, view.magnification), shown


def _reflect(
    screen: ScreenProfile, session: Showing, view: SheetView, rng: np.random.Generator, white: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the room's light off the screen: haze, on glossy panels the room itself, and glare."""
    haze = session.ambient * screen.reflectance
    rows, columns = (-(-side // STEP) + 1 for side in view.sensor_size)
    room = draw_room(rng, (rows, columns), white) if screen.glossy else np.full((rows, columns, 3), 0.6) * white
    light = spread(haze * room, view.sensor_size)
    if session.glare:
        light += session.glare * draw_glare(rng, view, spots=int(rng.integers(1, 3)), sharp=screen.glossy) * white
    return light


def _modulate(
    screen: ScreenProfile,
    session: Showing,
    camera: CameraProfile,
    settings: CameraSettings,
    view: SheetView,
    lattice: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the factor of sub-pixels and ripple on every filtered sample."""
    pattern = subpixel_pattern(screen.layout, screen.fill)
    cycles = lattice * (session.pixels_per_photo_pixel / np.array(pattern.cell)) + np.array(session.phase)
    waves = sample_waves(
        np.ascontiguousarray(cycles),
        STEP,
        view.sensor_size,
        pattern.orders,
        pattern.weights,
        filter_planes(camera.cfa),
        blur_variance(camera, settings, view),
        camera.aperture,
    )
    rows = view.sensor_size[0]
    row_time = camera.row_time_us * 1e-6 * 1080 / rows
    ripple = row_ripple(rows, session.pwm_hz, session.pwm_depth, session.pwm_phase, row_time, settings.exposure_time)
    return (1.0 + waves) * ripple[:, None]


def _before_room(
    total: NDArray[np.float32],
    inside: NDArray[np.float32],
    where: NDArray[np.float32],
    screen: ScreenProfile,
    session: Showing,
    view: SheetView,
    rng: np.random.Generator,
    background: NDArray[Any] | None,
    white: NDArray[np.float32],
    record: dict[str, Any],
) -> NDArray[np.float32]:
    """Return the device before what is behind it."""
    if background is None:
        scene = draw_room(rng, view.sensor_size, white * session.ambient)
    else:
        scene = fit_background(background, view.sensor_size).copy()
    unit = screen.ppi / 25.4 / session.pixels_per_photo_pixel  # photo pixels per millimetre
    side, top, bottom = (width * unit for width in screen.bezel_mm)
    lit = screen_box(screen, session, view.photo_size)
    body = (lit[0] - side, lit[1] - top, lit[2] + side, lit[3] + bottom)
    radius = (9.0 if screen.kind == "phone" else 3.0) * unit if side else 0.0
    frame = np.array(screen.bezel, np.float32) * session.ambient * white
    paste(scene, frame, cover_of(where, body, radius, view.magnification), draw_gradient(rng, view, 0.6))
    paste(scene, total, inside)
    if screen.kind in ("phone", "tablet") and rng.uniform() < 0.6:
        record["fingers"] = add_fingers(
            scene, where, body, rng, width=16 * unit, light=session.ambient * white, magnification=view.magnification
        )
    return scene
