"""Run notebooks in place and keep their outputs, so that a second run gives the same files.

python notebooks/render.py             every notebook, in order, fast=False, as many at a time as there are cores
python notebooks/render.py 03 04       only those whose name begins so
python notebooks/render.py --fast 02   with fast=True, to see that it runs (writes nothing back)
python notebooks/render.py --check     say which kept outputs did not come from this command; runs nothing

Kept outputs are made with the optional weights present (`liveliness models fetch yunet retinaface minifasnet`): without
them some rows are missing. Photographs from outside this repository and the installed packages cannot be opened
meanwhile, and LIVELINESS_REAL is not seen: what is kept is published. People in runs/data are rendered anew: those of
an earlier state of the code are not what this one draws. `make render` builds the site afterwards. Exit code
1 where a notebook failed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import papermill
from PIL import Image

from liveliness_lib.paths import atomic_path

HERE = Path(__file__).resolve().parent
PEOPLE = HERE.parent / "runs" / "data"
KEPT_METADATA = ("kernelspec", "language_info")
KEPT_CELL_METADATA = ("tags", "jupyter", "alt")
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
VOLATILE = re.compile(r" at 0x[0-9a-f]{6,}")
MOST_BYTES = 500_000
NUMERICS = {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""As the Makefile sets them: the number of threads and the kernels chosen change the last digits of a training."""
OURS = "liveliness"
"""Key of the notebook metadata in which the digests of the pictures that this command has kept stand."""


def main(arguments: list[str] | None = None) -> int:
    """Render the notebooks asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="beginnings of notebook names; all where none is given")
    parser.add_argument("--fast", action="store_true", help="fast=True, into a temporary file")
    parser.add_argument("--check", action="store_true", help="only check where kept pictures come from")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="notebooks at a time")
    asked = parser.parse_args(arguments)
    every = sorted(HERE.glob("[0-9]*.ipynb"))
    paths = [p for p in every if not asked.names or any(p.name.startswith(name) for name in asked.names)]
    if not paths:
        parser.error(f"expected the beginning of one of {[p.stem for p in every]}. Received: {asked.names}")
    if asked.check:
        found = [line for path in paths for line in strangers(path)]
        print("\n".join(found) or f"every picture in {len(paths)} notebooks came from this command")
        return int(bool(found))
    if not asked.fast and any("runs/data/people-" in path.read_text(encoding="utf-8") for path in paths):
        for stale in PEOPLE.glob("people-*"):
            shutil.rmtree(stale)
    with ProcessPoolExecutor(asked.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {path: pool.submit(_render_one, path, asked.fast) for path in paths}
        return max(_told(path, future) for path, future in waiting.items())


def render(path: Path, *, fast: bool = False, keep: bool | None = None) -> dict[str, Any]:
    """Execute one notebook; with `keep` (default: unless fast) replace it by its cleaned, executed self.

    Raises
    ------
    ValueError
        It has grown over 500 kB; what was kept before stays.
    """
    os.environ.update({"PYTHONHASHSEED": "0", "PYTHONPATH": str(HERE / "guard")} | NUMERICS)
    os.environ.pop("LIVELINESS_REAL", None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / path.name
        parameters = {"fast": True, "out": str(Path(folder) / "out")} if fast else {}
        papermill.execute_notebook(str(path), str(out), parameters, cwd=str(HERE), progress_bar=False)
        notebook = clean(nbformat.read(out, as_version=4), nbformat.read(path, as_version=4))
    text = nbformat.writes(notebook)
    if len(text) > MOST_BYTES:
        raise ValueError(
            f"expected {path.name} below {MOST_BYTES} bytes: draw fewer or smaller figures. Received: {len(text)}"
        )
    if not fast if keep is None else keep:
        with atomic_path(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return notebook


def clean(executed: Any, source: Any) -> Any:
    """Drop what changes from run to run: timings, papermill's cells and notes, memory addresses, progress bars."""
    executed.cells = [c for c in executed.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    executed.metadata = {key: executed.metadata[key] for key in KEPT_METADATA if key in executed.metadata}
    executed.metadata.get("language_info", {}).pop("version", None)
    for number, (cell, original) in enumerate(zip(executed.cells, source.cells, strict=True)):
        cell["id"] = original.get("id", f"cell-{number:02d}")
        cell.metadata = {key: value for key, value in original.metadata.items() if key in KEPT_CELL_METADATA}
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        cell.outputs = [_clean_output(output, count) for output in cell.outputs if output.get("name") != "stderr"]
    executed.metadata[OURS] = {"pictures": [digest for _, digest in pictures_of(executed)]}
    return executed


def pictures_of(notebook: Any) -> list[tuple[int, str]]:
    """Return cell number and digest of every picture in a notebook: kept outputs, text, attachments."""
    found = []
    for number, cell in enumerate(notebook.cells):
        bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
        bundles += list(cell.get("attachments", {}).values())
        found += [(number, _digest(bundle[kind])) for bundle in bundles for kind in PICTURES if kind in bundle]
        texts = [cell.source, *(str(bundle.get("text/html", "")) for bundle in bundles)]
        found += [
            (number, _digest(data))
            for text in texts
            for data in re.findall(r"data:image/[\w+]+;base64,[^\"')\s]+", text)
        ]
    return found


def strangers(path: Path) -> list[str]:
    """Return a line for every picture in a notebook that was not kept by this command."""
    notebook = nbformat.read(path, as_version=4)
    ours = set(notebook.metadata.get(OURS, {}).get("pictures", []))
    return [
        f"{path.name}, cell {number}: a picture that `make render` did not make; it may show somebody. Render it again"
        for number, digest in pictures_of(notebook)
        if digest not in ours
    ]


def _digest(data: str) -> str:
    return hashlib.sha256("".join(data.split()).encode()).hexdigest()[:16]


def _render_one(path: Path, fast: bool) -> float:
    start = time.monotonic()
    render(path, fast=fast)
    return time.monotonic() - start


def _told(path: Path, future: Any) -> int:
    try:
        print(f"{path.name}  {future.result():.0f} s", flush=True)
    except Exception as error:  # whatever a notebook can raise; the others go on
        print(f"{path.name}  FAILED: {str(error)[-2000:]}", file=sys.stderr, flush=True)
        return 1
    return 0


def _smaller(picture: str) -> str:
    """Return a base64 PNG with at most 256 colours where it is large: a page of figures must stay under 500 kB."""
    if len(picture) < 60_000:
        return picture
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        buffer = io.BytesIO()
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return min(base64.b64encode(buffer.getvalue()).decode(), picture, key=len)


def _clean_output(output: Any, count: int) -> Any:
    if "execution_count" in output:
        output.execution_count = count
    output.get("metadata", {}).clear()
    if "text" in output:
        output.text = VOLATILE.sub("", output.text)
    if "image/png" in output.get("data", {}):
        output.data["image/png"] = _smaller(output.data["image/png"])
    for kind in ("text/plain", "text/html"):
        if kind in output.get("data", {}):
            output.data[kind] = VOLATILE.sub("", output.data[kind])
    return output


if __name__ == "__main__":
    sys.exit(main())
