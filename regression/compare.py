"""Hold what a notebook recorded against its bounds and against the last accepted run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveliness_lib.paths import atomic_path

ROOT = Path(__file__).resolve().parents[1]
BOUNDS = ROOT / "tests" / "notebooks" / "bounds.json"
ACCEPTED = ROOT / "tests" / "notebooks" / "accepted.json"

RED = ("outside", "no bound", "missing", "failed")
"""Verdicts that make a run fail: out of its bound, without a bound, bounded but not recorded, the notebook broke."""

SAME = 1e-5
"""Metrics are recorded to six significant digits; a smaller relative difference is no change."""


@dataclass(frozen=True)
class Row:
    """One metric of one notebook.

    Attributes
    ----------
    notebook, metric : str
    bound : mapping
        ``min``, ``max``, both or neither.
    last, now : Any
        The accepted and the present value; None where there is none.
    verdict : str
        ``same``, ``changed`` or ``new`` beside the accepted run; one of `RED` where the run fails.
    note : str
        What broke, for a notebook that did.
    """

    notebook: str
    metric: str
    bound: Mapping[str, float]
    last: Any
    now: Any
    verdict: str
    note: str = ""

    @property
    def is_red(self) -> bool:
        """Tell whether this row fails the run."""
        return self.verdict in RED

    @property
    def bound_text(self) -> str:
        """Return the bound as a reader writes it.

        Examples
        --------
        >>> Row("n", "m", {"min": 0.5}, None, 1, "new").bound_text
        '≥ 0.5'
        >>> Row("n", "m", {"min": 0, "max": 2}, None, 1, "new").bound_text
        '0 … 2'
        """
        low, high = self.bound.get("min"), self.bound.get("max")
        if low is not None and high is not None:
            return f"{low:g}" if low == high else f"{low:g} … {high:g}"
        return f"≥ {low:g}" if low is not None else f"≤ {high:g}" if high is not None else "none"


def compare(
    notebook: str,
    metrics: Mapping[str, Any],
    bounds: Mapping[str, Mapping[str, Any]],
    last: Mapping[str, Any] | None = None,
    *,
    full: bool = False,
) -> list[Row]:
    """Return a row a metric, in the notebook's order, and one for each bounded metric that was not recorded.

    Parameters
    ----------
    notebook : str
    metrics : mapping
        Metric -> value as `results.record_metrics` kept it. Text needs no bound, only numbers do.
    bounds : mapping
        Metric -> ``{"min": …, "max": …}``; an inner ``"full"`` replaces the bound in runs with ``fast=False``.
    last : mapping, optional
        The accepted values.
    full : bool
        The run had ``fast=False``.

    Examples
    --------
    >>> [row.verdict for row in compare("n", {"a": 3, "b": 1}, {"a": {"max": 2}, "c": {"min": 0}})]
    ['outside', 'no bound', 'missing']
    """
    accepted = last or {}
    rows = [
        _row(notebook, name, value, _bound(bounds.get(name, {}), full), accepted) for name, value in metrics.items()
    ]
    for name in bounds:
        if name not in metrics:
            rows.append(Row(notebook, name, _bound(bounds[name], full), accepted.get(name), None, "missing"))
    return rows


def failed(notebook: str, why: str) -> list[Row]:
    """Return the row of a notebook that did not run to its end."""
    return [Row(notebook, "(the notebook runs)", {}, None, None, "failed", why)]


def is_within(value: float, bound: Mapping[str, float]) -> bool:
    """Tell whether a value keeps to its bound; NaN keeps to none."""
    return bound.get("min", -math.inf) <= value <= bound.get("max", math.inf)


def read_bounds(path: Path = BOUNDS) -> dict[str, dict[str, dict[str, Any]]]:
    """Return notebook -> metric -> bound.

    Raises
    ------
    ValueError
        A bound that bounds nothing, or whose ends are the wrong way round; names it.
    """
    held: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    for notebook, metrics in held.items():
        for name, bound in metrics.items():
            for one in (bound, bound.get("full", bound)):
                ends = [one[end] for end in ("min", "max") if end in one]
                if not ends or ends != sorted(ends) or set(one) - {"min", "max", "full"}:
                    raise ValueError(f"expected min <= max, or one of them, for {notebook} {name}. Received: {one}")
    return held


def read_accepted(path: Path = ACCEPTED) -> dict[str, dict[str, dict[str, Any]]]:
    """Return ``fast``/``full`` -> notebook -> metrics and the reason they were accepted for; empty without a file."""
    if not path.is_file():
        return {"fast": {}, "full": {}}
    held: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return held


def accept(
    recorded: Mapping[str, Mapping[str, Any]], reason: str, *, full: bool = False, path: Path = ACCEPTED
) -> list[str]:
    """Keep the metrics of notebooks as the last accepted ones; return the names of those that changed.

    Raises
    ------
    ValueError
        No reason was given.
    """
    if not reason.strip():
        raise ValueError("expected a reason, for example: make accept REASON='the detector finds smaller faces'")
    held = read_accepted(path)
    mode = held.setdefault("full" if full else "fast", {})
    changed = [name for name, metrics in recorded.items() if mode.get(name, {}).get("metrics") != dict(metrics)]
    for name in changed:
        mode[name] = {"metrics": dict(recorded[name]), "reason": reason.strip()}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(held, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return changed


def _bound(bound: Mapping[str, Any], full: bool) -> dict[str, float]:
    chosen = bound.get("full", bound) if full else bound
    return {end: chosen[end] for end in ("min", "max") if end in chosen}


def _row(notebook: str, name: str, value: Any, bound: dict[str, float], accepted: Mapping[str, Any]) -> Row:
    last = accepted.get(name)
    number = isinstance(value, (int, float))
    if bound and not (number and is_within(value, bound)):
        verdict = "outside"
    elif number and not bound:
        verdict = "no bound"
    elif name not in accepted:
        verdict = "new"
    else:
        verdict = "same" if _is_same(value, last) else "changed"
    return Row(notebook, name, bound, last, value, verdict)


def _is_same(value: Any, last: Any) -> bool:
    if isinstance(value, (int, float)) and isinstance(last, (int, float)):
        return math.isclose(value, last, rel_tol=SAME, abs_tol=1e-12)
    return bool(value == last)
