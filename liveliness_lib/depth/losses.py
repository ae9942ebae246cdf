"""What the small depth network is trained towards: true maps, flat or not, live or not patch by patch."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.depth.verdict import face_in_map
from liveliness_lib.paths import require

if TYPE_CHECKING:
    import torch


def depth_loss(predicted: torch.Tensor, target: torch.Tensor, face_weight: float) -> torch.Tensor:
    """Return the weighted squared error of maps (N, H, W) plus that of their slopes at two scales.

    Squared, not absolute: before screens and faces are told apart the median of the truth is 1 everywhere, and an absolute
    error stays there.
    """
    torch = require("torch", extra="depth")
    height, width = target.shape[1:]
    rows, columns = (torch.linspace(-1, 1, side, device=target.device) for side in (height, width))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    weight = 1.0 + (face_weight - 1.0) * ((x / 0.55) ** 2 + (y / 0.62) ** 2 < 1).float()
    error = predicted - target
    loss = (weight * error**2).mean() / weight.mean()
    for step in (2, 6):
        across, down = error[:, :, step:] - error[:, :, :-step], error[:, step:] - error[:, :-step]
        loss = loss + 0.5 * ((weight[:, step:] * across**2).mean() + (weight[step:] * down**2).mean())
    return loss


def flat_loss(predicted: torch.Tensor, live: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of *live* given how far the face of each map (N, H, W) is from its best plane.

    An error of maps is content with half a relief where it is half sure; this is not. Half a chance at `HALF_RELIEF`.
    """
    torch = require("torch", extra="depth")
    inside, basis = (part.to(predicted.device) for part in _face_and_plane(predicted.shape[1]))
    face = predicted.flatten(1)[:, inside]
    face = face - (face @ basis) @ basis.T
    residual = (face.pow(2).mean(dim=1) + 1e-6).sqrt()
    return torch.nn.functional.binary_cross_entropy_with_logits((residual - HALF_RELIEF) / RELIEF_STEP, live)


HALF_RELIEF, RELIEF_STEP = 0.05, 0.015
"""Residual from the plane, face widths, at which live and flat are equally likely, and the step that multiplies odds by e."""


@functools.lru_cache(maxsize=2)
def _face_and_plane(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the indices of the face's pixels in a flattened map, and an orthonormal basis of planes over them."""
    torch = require("torch", extra="depth")
    inside = face_in_map(side)
    y, x = np.nonzero(inside)
    basis, _ = np.linalg.qr(np.column_stack([np.ones(len(x)), x, y]).astype(np.float64))
    return torch.from_numpy(np.flatnonzero(inside)), torch.from_numpy(basis.astype(np.float32))


def patch_loss(logits: torch.Tensor, live: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of *live* given all patches (N, h, w) together, plus a third of that given each alone."""
    torch = require("torch", extra="depth")
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    return entropy(logits.mean((1, 2)), live) + 0.3 * entropy(logits, live[:, None, None].expand_as(logits))
