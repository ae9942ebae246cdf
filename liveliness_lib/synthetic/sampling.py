"""Run the per-sample loops of the simulator, compiled by numba."""

from __future__ import annotations

from math import cos, exp, pi, sin

import numpy as np
from numpy.typing import NDArray

from ..paths import require

njit = require("numba", extra="synthetic").njit

Single = NDArray[np.float32]


@njit(cache=True)
def interpolate(lattice: NDArray[np.float64], step: int, height: int, width: int) -> Single:
    """Interpolate node values, (rows, columns, channels), bilinearly at sample centres, (height, width, channels)."""
    channels = lattice.shape[2]
    out = np.empty((height, width, channels), np.float32)
    for y in range(height):
        row = y // step
        fy = (y + 0.5) / step - row
        for column in range((width + step - 1) // step):
            for c in range(channels):
                left = lattice[row, column, c] * (1 - fy) + lattice[row + 1, column, c] * fy
                right = lattice[row, column + 1, c] * (1 - fy) + lattice[row + 1, column + 1, c] * fy
                slope = (right - left) / step
                for x in range(column * step, min(column * step + step, width)):
                    out[y, x, c] = left + slope * (x + 0.5 - column * step)
    return out


@njit(cache=True)
def transfer(fx: float, fy: float, variance_x: float, variance_y: float, aperture: float) -> float:
    """Return the modulation left by a Gaussian lens and a square sample of this width, at cycles per sample."""
    value = exp(-2 * pi * pi * (fx * fx * variance_x + fy * fy * variance_y))
    for f in (fx * aperture * pi, fy * aperture * pi):
        if abs(f) > 1e-9:
            value *= sin(f) / f
    return value


@njit(cache=True, fastmath=True)
def sample_waves(
    cycles: NDArray[np.float64],
    step: int,
    size: tuple[int, int],
    orders: NDArray[np.int64],
    weights: NDArray[np.complex128],
    plane_of: NDArray[np.int64],
    variance: NDArray[np.float64],
    aperture: float,
) -> Single:
    """Sum the harmonics of a periodic pattern as each sample sees them, without the constant term.

    Every harmonic is attenuated by lens and sample at its local frequency, so what remains above half a cycle per
    sample aliases as it does on a sensor, and nothing else does.

    Parameters
    ----------
    cycles : (rows, columns, 2) phase of the cell in cycles at the lattice nodes.
    orders : (K, 2) harmonic numbers; of every conjugate pair one.
    weights : (planes, K) complex Fourier coefficients of each plane relative to its mean.
    plane_of : (2, 2) plane that the sample at (row % 2, column % 2) sees.
    variance : (rows, columns, 2) blur variance along x and y at the nodes, samples squared.
    """
    height, width = size
    count = orders.shape[0]
    planes = weights.shape[0]
    out = np.zeros((height, width), np.float32)
    local = np.empty((planes, count), np.complex128)
    kept = np.empty(count, np.int64)
    waves = np.empty(count, np.complex128)
    turns = np.empty(count, np.complex128)
    for row in range((height + step - 1) // step):
        for column in range((width + step - 1) // step):
            u, v = cycles[row, column, 0], cycles[row, column, 1]
            ux = (cycles[row, column + 1, 0] - u) / step
            vx = (cycles[row, column + 1, 1] - v) / step
            uy = (cycles[row + 1, column, 0] - u) / step
            vy = (cycles[row + 1, column, 1] - v) / step
            uxy = (cycles[row + 1, column + 1, 0] - cycles[row, column + 1, 0]) / step - uy
            vxy = (cycles[row + 1, column + 1, 1] - cycles[row, column + 1, 1]) / step - vy
            alive = 0
            for k in range(count):
                a, b = orders[k, 0], orders[k, 1]
                seen = transfer(
                    a * ux + b * vx, a * uy + b * vy, variance[row, column, 0], variance[row, column, 1], aperture
                )
                largest = 0.0
                for p in range(planes):
                    largest = max(largest, abs(weights[p, k] * seen))
                if largest > 0.0015:
                    kept[alive] = k
                    for p in range(planes):
                        local[p, alive] = 2.0 * seen * weights[p, k]
                    alive += 1
            if alive == 0:
                continue
            for y in range(row * step, min(row * step + step, height)):
                dy = y + 0.5 - row * step
                # Along one row of a tile the phase is linear, so each harmonic turns by a constant factor.
                u_row, v_row = u + uy * dy, v + vy * dy
                u_step, v_step = ux + uxy * dy / step, vx + vxy * dy / step
                for i in range(alive):
                    a, b = orders[kept[i], 0], orders[kept[i], 1]
                    slope = 2 * pi * (a * u_step + b * v_step)
                    start = 2 * pi * (a * u_row + b * v_row) + 0.5 * slope
                    waves[i] = complex(cos(start), sin(start))
                    turns[i] = complex(cos(slope), sin(slope))
                for x in range(column * step, min(column * step + step, width)):
                    p = plane_of[y & 1, x & 1]
                    total = 0.0
                    for i in range(alive):
                        w = waves[i]
                        c = local[p, i]
                        total += c.real * w.real - c.imag * w.imag
                        waves[i] = w * turns[i]
                    out[y, x] = total
    return out


@njit(cache=True)
def to_maps(where: Single, scale_x: float, scale_y: float) -> Single:
    """Return OpenCV's pixel positions, (H, W, 2), of continuous ones in a picture of another scale."""
    out = np.empty_like(where)
    across, down, half = np.float32(scale_x), np.float32(scale_y), np.float32(0.5)
    for y in range(where.shape[0]):
        for x in range(where.shape[1]):
            out[y, x, 0] = where[y, x, 0] * across - half
            out[y, x, 1] = where[y, x, 1] * down - half
    return out


@njit(cache=True)
def towards(sharp: Single, soft: Single, down: Single, across: Single) -> None:
    """Move each sample from `sharp` to `soft`, in place, by the share ``down[y] + across[x]``."""
    for y in range(sharp.shape[0]):
        for x in range(sharp.shape[1]):
            share = down[y] + across[x]
            for c in range(3):
                sharp[y, x, c] += (soft[y, x, c] - sharp[y, x, c]) * share


@njit(cache=True)
def mosaic(scene: Single, plane_of: NDArray[np.int64], gains: Single, down: Single, across: Single) -> Single:
    """Keep the filter's colour of every sample, (H, W), times its channel's gain and ``1 - down[y] - across[x]``."""
    height, width = scene.shape[:2]
    out = np.empty((height, width), np.float32)
    one = np.float32(1.0)
    for y in range(height):
        for x in range(width):
            c = plane_of[y & 1, x & 1]
            out[y, x] = scene[y, x, c] * gains[c] * (one - (down[y] + across[x]))
    return out


@njit(cache=True)
def balance(raw: Single, plane_of: NDArray[np.int64], gains: Single) -> None:
    """Multiply every sample by its channel's gain and clip it at 1, in place."""
    one = np.float32(1.0)
    for y in range(raw.shape[0]):
        for x in range(raw.shape[1]):
            raw[y, x] = min(raw[y, x] * gains[plane_of[y & 1, x & 1]], one)


@njit(cache=True)
def expose_raw(raw: Single, deviates: Single, electrons: float, read: float, levels: float) -> None:
    """Turn clean samples (1 = saturation) into noisy, clipped, quantised ones, in place.

    Variance in electrons is the signal (shot noise, Gaussian limit) plus `read` squared (EMVA 1288).
    """
    height, width = raw.shape
    for y in range(height):
        for x in range(width):
            signal = max(raw[y, x], np.float32(0.0)) * electrons
            signal += deviates[y, x] * (signal + read * read) ** 0.5
            # A pedestal of 1/16 keeps the noise of black samples symmetric until black is subtracted.
            value = np.floor((signal / electrons * 0.9375 + 0.0625) * levels + 0.5) / levels
            raw[y, x] = (min(max(value, 0.0), 1.0) - 0.0625) / 0.9375


@njit(cache=True)
def demosaic_bilinear(raw: Single, plane_of: NDArray[np.int64]) -> Single:
    """Fill the missing colours by the mean of the nearest samples of each, (H, W, 3). `raw` is padded by 2."""
    height, width = raw.shape[0] - 4, raw.shape[1] - 4
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            j, i = y + 2, x + 2
            here = raw[j, i]
            c = plane_of[y & 1, x & 1]
            cross = (raw[j - 1, i] + raw[j + 1, i] + raw[j, i - 1] + raw[j, i + 1]) * np.float32(0.25)
            if c != 1:
                diagonal = raw[j - 1, i - 1] + raw[j - 1, i + 1] + raw[j + 1, i - 1] + raw[j + 1, i + 1]
                out[y, x, c], out[y, x, 1], out[y, x, 2 - c] = here, cross, diagonal * np.float32(0.25)
            else:
                beside = plane_of[y & 1, (x + 1) & 1]
                out[y, x, 1] = here
                out[y, x, beside] = (raw[j, i - 1] + raw[j, i + 1]) * np.float32(0.5)
                out[y, x, 2 - beside] = (raw[j - 1, i] + raw[j + 1, i]) * np.float32(0.5)
    return out


@njit(cache=True)
def demosaic_gradient(raw: Single, plane_of: NDArray[np.int64]) -> Single:
    """Fill the missing colours with the 5x5 linear filters of Malvar, He and Cutler (2004). `raw` is padded by 2."""
    height, width = raw.shape[0] - 4, raw.shape[1] - 4
    out = np.empty((height, width, 3), np.float32)
    eighth, half = np.float32(0.125), np.float32(0.5)
    for y in range(height):
        for x in range(width):
            j, i = y + 2, x + 2
            here = raw[j, i]
            c = plane_of[y & 1, x & 1]
            vertical, horizontal = raw[j - 1, i] + raw[j + 1, i], raw[j, i - 1] + raw[j, i + 1]
            far_v, far_h = raw[j - 2, i] + raw[j + 2, i], raw[j, i - 2] + raw[j, i + 2]
            diagonal = raw[j - 1, i - 1] + raw[j - 1, i + 1] + raw[j + 1, i - 1] + raw[j + 1, i + 1]
            out[y, x, c] = here
            if c != 1:
                out[y, x, 1] = (4 * here + 2 * (vertical + horizontal) - far_v - far_h) * eighth
                out[y, x, 2 - c] = (6 * here + 2 * diagonal - (far_v + far_h) * np.float32(1.5)) * eighth
            else:
                beside = plane_of[y & 1, (x + 1) & 1]
                out[y, x, beside] = (5 * here + 4 * horizontal - diagonal - far_h + half * far_v) * eighth
                out[y, x, 2 - beside] = (5 * here + 4 * vertical - diagonal - far_v + half * far_h) * eighth
    return out


@njit(cache=True)
def colour_and_tone(rgb: Single, gain: Single, matrix: Single, table: Single) -> None:
    """Multiply by a gain, (H, W) or (1, 1), mix colours, (3, 3), and look them up in a tone table over [0, 1], in place."""
    last = table.shape[0] - 1
    local = gain.shape[0] > 1
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            lift = gain[y, x] if local else gain[0, 0]
            r, g, b = rgb[y, x, 0] * lift, rgb[y, x, 1] * lift, rgb[y, x, 2] * lift
            for c in range(3):
                value = matrix[c, 0] * r + matrix[c, 1] * g + matrix[c, 2] * b
                # A square-root index spends the table on the shadows, where the curve is steep.
                where = np.sqrt(min(max(value, np.float32(0.0)), np.float32(1.0))) * last
                low = min(int(where), last - 1)
                rgb[y, x, c] = table[low] + (table[low + 1] - table[low]) * np.float32(where - low)


@njit(cache=True)
def core_and_sharpen(luma: Single, smooth: Single, threshold: float, strength: float) -> None:
    """Shrink detail by d^2 / (d^2 + threshold) and multiply what is left by `strength`, in place of `luma`."""
    least, factor = np.float32(threshold), np.float32(strength)
    for y in range(luma.shape[0]):
        for x in range(luma.shape[1]):
            detail = luma[y, x] - smooth[y, x]
            if least > 0:
                power = detail * detail
                detail *= power / (power + least)
            luma[y, x] = smooth[y, x] + detail * factor


@njit(cache=True)
def light_panel(shown: Single, gain: Single, reflected: Single, inside: Single, ripple: Single) -> None:
    """Turn what a panel shows into all its light, and the ripple of that into the factor on the sum; both in place."""
    zero, one, least = np.float32(0.0), np.float32(1.0), np.float32(1e-6)
    for y in range(shown.shape[0]):
        for x in range(shown.shape[1]):
            share = zero
            for c in range(3):
                emitted = max(shown[y, x, c], zero) * gain[y, x]
                total = emitted + reflected[y, x, c]
                shown[y, x, c] = total
                if c == 1:
                    share = inside[y, x] * (emitted / max(total, least))
            ripple[y, x] = max(one + share * (ripple[y, x] - one), zero)


@njit(cache=True)
def tint(light: Single, white: Single, gain: Single) -> None:
    """Multiply light, (H, W, 3), by a colour, (3,), and by a gain, (H, W), in place."""
    for y in range(light.shape[0]):
        for x in range(light.shape[1]):
            for c in range(3):
                light[y, x, c] *= white[c] * gain[y, x]
