"""Evaluate inks, and printed dots under every sample of a sensor, compiled by numba."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from ..paths import require
from .sampling import transfer

njit = require("numba", extra="synthetic").njit


@njit(cache=True, fastmath=True)
def print_samples(
    coverage: NDArray[np.float32],
    positions: NDArray[np.float64],
    step: int,
    grids: NDArray[np.float64],
    series: NDArray[np.float64],
    orders: NDArray[np.int64],
    solid: NDArray[np.float64],
    plane_of: NDArray[np.int64],
    variance: NDArray[np.float64],
    aperture: float,
) -> NDArray[np.float32]:
    """Return, (H, W), the light of the dots over the light of even ink, as each filtered sample sees them.

    Parameters
    ----------
    coverage : (H, W, 4) even ink coverages at the samples.
    positions : (rows, columns, 2) sheet positions at the lattice nodes.
    grids : (4, 2, 2) from sheet positions to cycles, per ink.
    series : (levels, K) Fourier coefficients by coverage, at harmonics `orders` (K, 2).
    solid : (4, 3) absorption of each ink.
    variance : (rows, columns, 2) blur variance at the nodes, samples squared.
    """
    height, width = coverage.shape[:2]
    levels, count = series.shape
    out = np.ones((height, width), np.float32)
    seen = np.empty(count)
    for ink in range(4):
        for row in range((height + step - 1) // step):
            for column in range((width + step - 1) // step):
                x0, y0 = positions[row, column, 0], positions[row, column, 1]
                xx, yx = (positions[row, column + 1, 0] - x0) / step, (positions[row, column + 1, 1] - y0) / step
                xy, yy = (positions[row + 1, column, 0] - x0) / step, (positions[row + 1, column, 1] - y0) / step
                xxy = (positions[row + 1, column + 1, 0] - positions[row + 1, column, 0]) / step - xx
                yxy = (positions[row + 1, column + 1, 1] - positions[row + 1, column, 1]) / step - yx
                g = grids[ink]
                ux, uy = g[0, 0] * xx + g[0, 1] * yx, g[0, 0] * xy + g[0, 1] * yy
                vx, vy = g[1, 0] * xx + g[1, 1] * yx, g[1, 0] * xy + g[1, 1] * yy
                strongest = 0.0
                for k in range(count):
                    a, b = orders[k, 0], orders[k, 1]
                    seen[k] = 2.0 * transfer(
                        a * ux + b * vx, a * uy + b * vy, variance[row, column, 0], variance[row, column, 1], aperture
                    )
                    strongest = max(strongest, abs(seen[k]))
                if strongest < 0.01:
                    continue
                uxx, vxx = g[0, 0] * xxy + g[0, 1] * yxy, g[1, 0] * xxy + g[1, 1] * yxy
                u0, v0 = g[0, 0] * x0 + g[0, 1] * y0, g[1, 0] * x0 + g[1, 1] * y0
                for y in range(row * step, min(row * step + step, height)):
                    dy = y + 0.5 - row * step
                    # Along one row of a tile both phases are linear, so their waves turn by constant factors.
                    u_turn, v_turn = 2 * pi * (ux + uxx * dy / step), 2 * pi * (vx + vxx * dy / step)
                    u, v = 2 * pi * (u0 + uy * dy) + 0.5 * u_turn, 2 * pi * (v0 + vy * dy) + 0.5 * v_turn
                    wu, tu = complex(cos(u), sin(u)), complex(cos(u_turn), sin(u_turn))
                    wv, tv = complex(cos(v), sin(v)), complex(cos(v_turn), sin(v_turn))
                    for x in range(column * step, min(column * step + step, width)):
                        ink_here = min(max(coverage[y, x, ink], np.float32(0.0)), np.float32(1.0))
                        if ink_here > 0.004:
                            cu, su, cv, sv = wu.real, wu.imag, wv.real, wv.imag
                            place = ink_here * (levels - 1)
                            low = min(int(place), levels - 2)
                            part = place - low
                            waves = (cu, cv, cu * cv - su * sv, cu * cv + su * sv, 2 * cu * cu - 1, 2 * cv * cv - 1)
                            dots = 0.0
                            for k in range(count):
                                c = series[low, k] + (series[low + 1, k] - series[low, k]) * part
                                dots += c * seen[k] * waves[k]
                            absorbed = solid[ink, plane_of[y & 1, x & 1]]
                            # Cut short, the series overshoots a little; clipping it here would shift the mean.
                            shift = absorbed * dots / (1.0 - absorbed * ink_here)
                            out[y, x] *= max(1.0 - shift, 0.0)
                        wu *= tu
                        wv *= tv
    return out


@njit(cache=True)
def ink_coverage(
    levels: NDArray[np.integer], tables: NDArray[np.float32], share: np.float32, growth: np.float32
) -> NDArray[np.float32]:
    """Return coverages, (N, 4), of cyan, magenta, yellow and black for a picture, (N, 3), of levels of light.

    Parameters
    ----------
    tables : (3, L) ink that matches each level of grey.
    share : of what the three inks have in common (squared) that black prints.
    growth : four times the dot gain at 50 %.
    """
    one = np.float32(1.0)
    out = np.empty((len(levels), 4), np.float32)
    for i in range(len(levels)):
        c, m, y = tables[0, levels[i, 0]], tables[1, levels[i, 1]], tables[2, levels[i, 2]]
        least = min(min(c, m), y)
        black = share * (least * least)
        rest = one / max(one - black, np.float32(1e-3))
        c, m, y = (c - black) * rest, (m - black) * rest, (y - black) * rest
        out[i, 0] = c + growth * c * (one - c)
        out[i, 1] = m + growth * m * (one - m)
        out[i, 2] = y + growth * y * (one - y)
        out[i, 3] = black + growth * black * (one - black)
    return out


@njit(cache=True)
def inked_light(
    coverage: NDArray[np.float32],
    solid: NDArray[np.float32],
    paper: NDArray[np.float32],
    shading: NDArray[np.float32],
    shine: NDArray[np.float32],
    white: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the light, (N, 3), of inks, (N, 4), on `paper`, (3,), under `shading`, (N,), with `shine`, (N,), on top."""
    out = np.empty((len(coverage), 3), np.float32)
    for i in range(len(coverage)):
        for c in range(3):
            light = paper[c]
            for ink in range(4):
                light *= np.float32(1.0) - coverage[i, ink] * solid[ink, c]
            out[i, c] = light * shading[i] * white[c] + shine[i] * white[c]
    return out
