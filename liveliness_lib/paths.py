"""Where things are kept, how files are written whole, and how optional libraries are asked for."""

from __future__ import annotations

import errno
import importlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

PACKAGE_ROOT = Path(__file__).resolve().parent


def cache_dir() -> Path:
    """Return the folder for derived files: ``$XDG_CACHE_HOME/liveliness`` or ``~/.cache/liveliness``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "liveliness"


def config_dir() -> Path:
    """Return the folder of a user's own choices: ``$XDG_CONFIG_HOME/liveliness`` or ``~/.config/liveliness``."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "liveliness"


def models_dir() -> Path:
    """Return the folder of fetched weights: ``$LIVELINESS_MODELS`` or ``models`` in the cache."""
    chosen = os.environ.get("LIVELINESS_MODELS")
    return Path(chosen) if chosen else cache_dir() / "models"


def real_photographs_dir() -> Path | None:
    """Return the folder of real photographs named by ``$LIVELINESS_REAL``, or None where there is none."""
    chosen = os.environ.get("LIVELINESS_REAL")
    return Path(chosen) if chosen and Path(chosen).is_dir() else None


def samples_dir() -> Path:
    """Return ``data_samples/`` of this checkout.

    Raises
    ------
    FileNotFoundError
        The package was installed without its checkout; says how to make the samples.
    """
    folder = PACKAGE_ROOT.parent / "data_samples"
    if not (folder / "manifest.csv").is_file():
        raise FileNotFoundError(f"no samples at {folder}: make them with `liveliness samples make --out {folder}`")
    return folder


def packaged_model(name: str) -> Path:
    """Return the path of a file that ships in ``liveliness_lib/models/weights``.

    Raises
    ------
    FileNotFoundError
        There is no such file; lists what there is.
    """
    folder = PACKAGE_ROOT / "models" / "weights"
    path = folder / name
    if not path.is_file():
        there = sorted(p.name for p in folder.glob("*")) if folder.is_dir() else []
        raise FileNotFoundError(f"expected a packaged model, one of {there}. Received: {name!r}")
    return path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block ends well.

    A reader therefore sees the old file or the whole new one, never half of one. When the block
    raises, the temporary file is removed and `path` is as it was. The suffix is kept, for
    writers that choose a format by it. The error of a full disk names `path`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".partial-{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:  # a write that fails does not know its file's name
            raise OSError(
                error.errno, f"{error.strerror or 'the disk is full'}; make room and run it again", str(target)
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional library.

    Raises
    ------
    ImportError
        It is not installed; names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if error.name and error.name.split(".")[0] != module.split(".")[0]:
            raise  # the library is there; something inside it is broken and its own message is better
        raise ImportError(f"{module} is not installed: pip install 'liveliness[{extra}]'", name=module) from error
