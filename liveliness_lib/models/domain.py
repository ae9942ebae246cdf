"""Say how far a face lies from everything that a network has learnt from: a network answers for any pixels.

The distance is Mahalanobis' to the nearer class mean in the network's own features, with one covariance for both
classes (Lee and others, NeurIPS 2018, "A simple unified framework for detecting out-of-distribution samples") shrunk as
Ledoit and Wolf (2004) do, because there are rarely enough faces for a full one. Its limit is a quantile of the
development faces, so by construction one in a hundred of those is called strange. What is stored is plain JSON.

`attach_domain` in `models.domain_onnx` fits it and writes it into a model's file; `pipeline.judge` answers *not sure*
beyond the limit.
"""

from __future__ import annotations

import base64
import functools
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from liveliness_lib.paths import require

DOMAIN_KEY = "liveliness_domain"
"""The key in the ONNX ``metadata_props`` that holds the JSON."""

FEATURES = "features"
"""Name of the output that holds the features, (N, D), beside the probabilities."""

MAX_FEATURES = 512
"""More would make a model file of mostly covariance."""

_VERSION = 1


@dataclass(frozen=True)
class Domain:
    """Where the training faces lie in a network's features.

    Attributes
    ----------
    means : (C, D) float32
        One row a class.
    whitening : (D, D) float32
        Makes the shrunk covariance of the training faces about their class means the identity.
    limit : float
        Distance beyond which a face is strange.
    quantile : float
        The share of the development faces within the limit.
    fitted_on : str
        How many faces of what.
    """

    means: npt.NDArray[np.float32]
    whitening: npt.NDArray[np.float32]
    limit: float
    quantile: float
    fitted_on: str

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other, and limits that nothing can exceed or meet."""
        size = self.means.shape[-1] if self.means.ndim == 2 else 0
        finite = bool(np.isfinite(self.means).all() and np.isfinite(self.whitening).all())
        if not (1 <= size <= MAX_FEATURES and self.whitening.shape == (size, size) and finite):
            raise ValueError(
                f"expected means (C, D) and whitening (D, D), finite, D up to {MAX_FEATURES}. "
                f"Received: {self.means.shape}, {self.whitening.shape}"
            )
        if not (np.isfinite(self.limit) and self.limit > 0 and 0 < self.quantile < 1):
            raise ValueError(f"expected a limit above 0, quantile in (0, 1). Received: {self.limit}, {self.quantile}")

    def distances(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the distance of each row of `features` (N, D) to the nearest class mean, 1 on average per feature."""
        means, whitening = self._exact
        apart = _rows(features, self.means.shape[1])[:, None] - means
        to_each = np.sqrt(np.square(apart @ whitening).sum(axis=2))
        return np.asarray(to_each.min(axis=1) / np.sqrt(self.means.shape[1]), np.float64)

    @functools.cached_property
    def _exact(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Hold both arrays as float64, the second transposed: converting them took longer than the distance."""
        return self.means.astype(np.float64), np.ascontiguousarray(self.whitening.T, np.float64)

    def strangeness(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return distance / limit of each row: above 1 the face is out of the domain."""
        return self.distances(features) / self.limit

    def to_json(self) -> str:
        """Return one line of JSON; arrays as base64 of little-endian float32."""
        values = {"version": _VERSION, "limit": self.limit, "quantile": self.quantile, "fitted_on": self.fitted_on}
        arrays = {"means": _packed(self.means), "whitening": _packed(self.whitening)}
        return json.dumps(values | arrays | {"shape": list(self.means.shape)}, sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Domain:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            Anything else.
        """
        try:
            held = json.loads(text)
            if held["version"] != _VERSION:
                raise ValueError(f"version {held['version']}")
            classes, size = (int(n) for n in held["shape"])
            return cls(
                _unpacked(held["means"]).reshape(classes, size),
                _unpacked(held["whitening"]).reshape(size, size),
                float(held["limit"]),
                float(held["quantile"]),
                str(held["fitted_on"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"expected a domain as Domain.to_json writes it ({error}). Received: {text[:80]!r}"
            ) from None


def fit_domain(
    train: npt.ArrayLike,
    labels: npt.ArrayLike,
    dev: npt.ArrayLike,
    *,
    quantile: float = 0.99,
    fitted_on: str = "",
) -> Domain:
    """Fit a domain to features of training faces; the limit comes from development faces.

    Parameters
    ----------
    train : (N, D)
        Features of the training faces.
    labels : (N,)
        Their classes, as any values.
    dev : (M, D)
        Features of faces that were not learnt from: on its own training faces a network's features lie too close.
    quantile : float
        The share of `dev` that the limit lets in.
    fitted_on : str
        What the faces are; counts are added.

    Returns
    -------
    Domain

    Raises
    ------
    ValueError
        Fewer than two training faces of a class, no development face, or shapes that do not fit.
    """
    learnt, held = _rows(train), _rows(dev)
    names, classes = np.unique(np.asarray(labels), return_inverse=True)
    counts = np.bincount(classes)
    if (
        classes.shape != (len(learnt),)
        or counts.min(initial=2) < 2
        or not len(held)
        or learnt.shape[1] != held.shape[1]
    ):
        raise ValueError(
            "expected a label a training face, two faces a class, and development faces with the same features. "
            f"Received: {learnt.shape}, {dict(zip(names.tolist(), counts.tolist()))}, {held.shape}"
        )
    means = np.stack([learnt[classes == index].mean(axis=0) for index in range(len(names))])
    whitening = _whitening(learnt - means[classes])
    said = f"{fitted_on + ': ' if fitted_on else ''}{len(learnt)} training, {len(held)} development faces"
    domain = Domain(means.astype(np.float32), whitening.astype(np.float32), 1.0, quantile, said)
    limit = float(np.quantile(domain.distances(held), quantile))
    return Domain(domain.means, domain.whitening, limit, quantile, said)


def _whitening(residuals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return W with W cov W^T = 1; features that never move get the spread of the least moving that do."""
    covariance = (
        require("sklearn.covariance", extra="train").LedoitWolf(assume_centered=True).fit(residuals).covariance_
    )
    values, vectors = np.linalg.eigh(covariance)
    floor = max(float(values.max()) * 1e-6, 1e-12)
    return np.asarray((vectors / np.sqrt(np.maximum(values, floor))).T, np.float64)


def _rows(features: npt.ArrayLike, size: int | None = None) -> npt.NDArray[np.float64]:
    rows = np.asarray(features, np.float64)
    if rows.ndim != 2 or (size is not None and rows.shape[1] != size) or not np.isfinite(rows).all():
        raise ValueError(f"expected finite features of shape (N, {size or 'D'}). Received: shape {rows.shape}")
    return rows


def _packed(values: npt.NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def _unpacked(text: str) -> npt.NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
