"""Run notebooks through papermill, several at a time, each in a process and a kernel of its own."""

from __future__ import annotations

import ast
import logging
import multiprocessing
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liveliness_lib.results import read_metrics

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ran:
    """What became of one notebook: its metrics, or why there are none."""

    notebook: str
    seconds: float
    metrics: dict[str, Any] = field(default_factory=dict)
    error: str = ""


def find_notebooks(names: Sequence[str] = (), folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the numbered notebooks in order; those whose names begin with one of `names` where some are given.

    Raises
    ------
    ValueError
        A name that no notebook begins with; lists those there are.
    """
    paths = sorted(folder.glob("[0-9]*.ipynb"))
    for name in names:
        if not any(path.stem.startswith(name) for path in paths):
            raise ValueError(f"expected the beginning of one of {[p.stem for p in paths]}. Received: {name!r}")
    return [path for path in paths if not names or any(path.stem.startswith(name) for name in names)]


def parse_value(text: str) -> Any:
    """Return the value that a command line means: a Python literal, ``true``/``false``, or the text itself.

    Examples
    --------
    >>> parse_value("7"), parse_value("0.5"), parse_value("true"), parse_value("my_photos")
    (7, 0.5, True, 'my_photos')
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def declared_by(path: Path) -> set[str]:
    """Return the parameters that a notebook declares: papermill only warns about others."""
    import papermill

    return set(papermill.inspect_notebook(str(path)))


def choose_parameters(paths: Sequence[Path], given: Mapping[str, Any], *, full: bool) -> dict[Path, dict[str, Any]]:
    """Give each notebook those of the parameters that it declares.

    Raises
    ------
    ValueError
        A parameter that none of the notebooks declares.
    """
    declared = {path: declared_by(path) for path in paths}
    for name in given:
        if not any(name in names for names in declared.values()):
            known = sorted(set().union(*declared.values()) - {"out", "fast"})
            raise ValueError(f"expected a parameter that a notebook declares, one of {known}. Received: {name!r}")
    wanted = {"fast": not full, **given}
    return {path: {k: v for k, v in wanted.items() if k in names} for path, names in declared.items()}


def run_all(chosen: Mapping[Path, Mapping[str, Any]], out: Path, *, jobs: int) -> Iterator[Ran]:
    """Run the notebooks, `jobs` at a time, and yield each as it ends; one that breaks does not stop the others."""
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(run_one, path, dict(parameters), out): path for path, parameters in chosen.items()}
        for done in as_completed(waiting):
            try:
                yield done.result()
            except Exception as error:  # the process itself died: out of memory, or killed
                yield Ran(waiting[done].stem, 0.0, error=f"{type(error).__name__}: {error}")


def run_one(path: Path, parameters: dict[str, Any], out: Path) -> Ran:
    """Run one notebook; what it wrote lies in ``out/NAME``, itself as executed in ``out/NAME.ipynb``."""
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    os.environ.setdefault("PYTHONHASHSEED", "0")
    left = (out / path.stem).resolve()
    (left / "metrics.json").unlink(missing_ok=True)  # an older run's numbers must not speak for this one
    left.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    try:
        papermill.execute_notebook(
            str(path), str(out / path.name), {**parameters, "out": str(left)}, cwd=str(path.parent), progress_bar=False
        )
        return Ran(path.stem, time.monotonic() - start, read_metrics(left))
    except Exception as error:  # whatever a notebook can raise, in a kernel that may have died
        return Ran(path.stem, time.monotonic() - start, error=_last_line(error))


def _last_line(error: Exception) -> str:
    count = getattr(error, "exec_count", None)
    where = f"cell {count - 1}: " if count else ""  # papermill has put a cell of parameters before it
    if hasattr(error, "ename"):
        return ANSI.sub("", f"{where}{error.ename}: {getattr(error, 'evalue', '')}")[:500]
    return f"{type(error).__name__}: {error}"[:500]
