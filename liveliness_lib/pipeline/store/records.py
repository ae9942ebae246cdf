"""What goes into the store and what comes out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from typing import Any

from liveliness_lib.images.sniff import sniff_format
from liveliness_lib.pipeline.store.names import clean_name

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif"}
_NO_COLUMNS = ("data", "keep_image", "ref")


class ConflictError(ValueError):
    """An idempotency key came again with another photo."""


@dataclass(frozen=True)
class NewPhoto:
    """A judged photo on its way into the store.

    Attributes
    ----------
    data : bytes
        The photo as it came.
    label, reason, band, score
        The decision and P(real).
    confidence, quality : float
        The second opinion's, or -1 not called, -2 failed.
    opinion, judgement : dict
        Plain values, kept as JSON.
    name, person, source : str
        What the sender calls the photo and whose it is; where it came from.
    keep_image : bool
    idempotency_key : str or None
        The same key never makes a second row.
    ref : str or None
        What a watched source calls it (hashed); the same source and ref never make a second row, even after deletion.
    """

    data: bytes
    label: str
    reason: str
    band: str
    score: float | None = None
    confidence: float = -1.0
    quality: float = -1.0
    opinion: dict[str, Any] = field(default_factory=dict)
    judgement: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    person: str | None = None
    source: str = "http"
    keep_image: bool = True
    idempotency_key: str | None = None
    ref: str | None = None

    def row(self, identity: str, received_at: float) -> dict[str, Any]:
        """Return the values of its row."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name not in _NO_COLUMNS}
        return values | {
            "id": identity,
            "sha256": digest(self.data),
            "name": clean_name(self.name),
            "received_at": received_at,
            "opinion": json.dumps(self.opinion),
            "judgement": json.dumps(self.judgement),
            "file": identity + suffix_of(self.data) if self.keep_image else None,
        }


@dataclass(frozen=True)
class StoredPhoto:
    """A row of the store; see `NewPhoto`. `number` grows with time, `file` is None where no image is kept."""

    number: int
    id: str
    idempotency_key: str | None
    sha256: str
    name: str
    person: str | None
    source: str
    received_at: float
    label: str
    reason: str
    band: str
    score: float | None
    confidence: float
    quality: float
    opinion: dict[str, Any]
    judgement: dict[str, Any]
    file: str | None
    review: str | None
    reviewed_at: float | None

    @property
    def code(self) -> str:
        """Label and reason as one word."""
        return f"{self.label},{self.reason}"

    @classmethod
    def from_row(cls, row: Any) -> StoredPhoto:
        """Read a row of the database."""
        values = {entry.name: row[entry.name] for entry in fields(cls)}
        return cls(**values | {name: json.loads(row[name]) for name in ("opinion", "judgement")})


def digest(data: bytes) -> str:
    """Return the SHA-256 of a photo."""
    return hashlib.sha256(data).hexdigest()


def hash_ref(ref: str) -> str:
    """Return what the table of seen photos keeps of a name: nothing that could be read back."""
    return hashlib.sha256(ref.encode("utf-8", "surrogatepass")).hexdigest()


def suffix_of(data: bytes) -> str:
    """Return the file suffix of an encoded picture, by its content."""
    try:
        return _SUFFIXES[sniff_format(data, "<bytes>")]
    except ValueError:
        return ".bin"
