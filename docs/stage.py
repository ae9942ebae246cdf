"""Gather everything that becomes a page into one source tree, laid out as the repository is."""

from __future__ import annotations

import base64
import importlib.util
import pkgutil
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat

from docs.findings import block, find_all
from docs.pages import CAPTION, PICTURES, Page, alt_of, caption_of, read_page

ROOT = Path(__file__).resolve().parents[1]
PAPERS = (
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "data_samples/README.md",
    "liveliness_lib/models/weights/*.md",
    "liveliness_lib/depth/weights/*.md",
    "benchmarks/results/*.md",
)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
PACKAGES = ("liveliness_lib", "disparity")


def stage(
    folder: Path, *, root: Path = ROOT, notebooks: Sequence[Path] | None = None, reference: bool = True
) -> list[Page]:
    """Write the source tree of the site anew; return its notebooks in order.

    Parameters
    ----------
    folder : Path
        Emptied first.
    root : Path
        The repository.
    notebooks : sequence of Path, optional
        Those to show; all numbered ones by default.
    reference : bool
        Add a page for every room of the library, written from its docstrings.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "notebooks").mkdir(parents=True)
    paths = sorted((root / "notebooks").glob("[0-9]*.ipynb")) if notebooks is None else list(notebooks)
    pages = [read_page(path) for path in paths]
    modules = [m for page in pages for m in page.modules]
    for path, page in zip(paths, pages, strict=True):
        nbformat.write(dress(path, page, linked=modules if reference else ()), folder / "notebooks" / path.name)
        write_key_figure(page, folder / "figures")
    papers = [file for pattern in PAPERS for file in sorted(root.glob(pattern))]
    for file in papers:
        copy_paper(file, root, folder)
    rooms = write_reference(folder / "reference", root) if reference else []
    (folder / "docs").mkdir()
    shutil.copy(root / "docs" / "findings.svg", folder / "docs")
    (folder / "index.md").write_text(
        front_page(pages, [f.relative_to(root) for f in papers], rooms, block(find_all(root))), encoding="utf-8"
    )
    return pages


def dress(path: Path, page: Page, *, linked: Iterable[str] = ()) -> Any:
    """Return a notebook with captions and alternative texts where Sphinx looks for them, and what lies behind it."""
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells
    for index, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = readable_table(output.data["text/html"])
        if any(kind in output.get("data", {}) for output in cell.outputs for kind in PICTURES):
            cell.metadata["mystnb"] = {"image": {"alt": alt_of(cells, index)}}
            if caption := caption_of(cells, index):
                cell.metadata["mystnb"]["figure"] = {"caption": caption}
            cell.outputs = [
                o for o in cell.outputs if not CAPTION.fullmatch(o.get("data", {}).get("text/markdown", ""))
            ]
    for index, cell in enumerate(cells):
        said = cells[index - 1].metadata.get("mystnb", {}).get("figure", {}).get("caption", "") if index else ""
        found = CAPTION.match(cell.source) if said and cell.cell_type == "markdown" else None
        if found and " ".join(found[1].split()) == said:
            cell.source = cell.source[found.end() :]
    cells.append(nbformat.v4.new_markdown_cell(_behind(path, page, set(linked)), id="behind"))
    return notebook


def readable_table(html: str) -> str:
    """Return a table of pandas without its own style, in a box that scrolls sideways and that a keyboard reaches."""
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
    html = re.sub(r'<table border="1"', "<table", html)
    html = re.sub(r"<th></th>", "<td></td>", html)  # a corner heads nothing
    html = re.sub(r"(<thead>.*?</thead>)", lambda m: m[1].replace("<th>", '<th scope="col">'), html, flags=re.DOTALL)
    return f'<div class="wide" role="region" tabindex="0" aria-label="Table">{html}</div>'


def write_key_figure(page: Page, folder: Path) -> None:
    """Write a notebook's figure of the front page."""
    if page.key_figure:
        folder.mkdir(exist_ok=True)
        (folder / f"{page.name}{page.key_figure.suffix}").write_bytes(page.key_figure.data)


def copy_paper(file: Path, root: Path, folder: Path) -> None:
    """Copy a page that is Markdown already; its links to files that are no pages become plain words."""
    target = folder / file.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)

    def keep(match: re.Match[str]) -> str:
        aim = (file.parent / match[2]).resolve()
        is_page = any(aim in map(Path.resolve, root.glob(pattern)) for pattern in PAPERS)
        return match[0] if is_page else match[1]

    target.write_text(LINK.sub(keep, file.read_text(encoding="utf-8")), encoding="utf-8")


def write_reference(folder: Path, root: Path) -> list[str]:
    """Write a page for each room of the library and for `disparity`; return their names."""
    folder.mkdir()
    rooms: dict[str, list[str]] = {}
    for package in PACKAGES:
        rooms.setdefault(package, [package])
        for module in pkgutil.walk_packages([str(root / package)], f"{package}."):
            parts = module.name.split(".")
            if any(part.startswith("_") for part in parts) or not _has_docstring(module.name):
                continue
            rooms.setdefault(".".join(parts[:2]) if package == "liveliness_lib" else package, []).append(module.name)
    for room, modules in rooms.items():
        lines = [f"# {room}"]
        for name in modules:
            lines += [] if name == room else [f"## {name}"]
            lines += ["```{eval-rst}", f".. automodule:: {name}", "   :members:", "```"]
        (folder / f"{room}.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return list(rooms)


def front_page(pages: Sequence[Page], papers: Sequence[Path], rooms: Sequence[str], findings: str) -> str:
    """Return the front page: the numbers; the question, the answer, the doubt and the key figure of every notebook."""
    parts = [OPENING, findings, "## The questions"]
    for page in pages:
        link = f"notebooks/{page.name}"
        parts.append(f"### [{page.number} · {page.question}]({link}.ipynb)")
        if figure := page.key_figure:
            parts.append(
                f"```{{image}} figures/{page.name}{figure.suffix}\n:alt: {figure.alt}\n:target: {link}.html\n"
                ":class: key\n```"
            )
        parts.append(page.answer)
        if page.doubt:
            parts.append(f"**Doubt.** {_without_label(page.doubt)}")
    parts += [_toctree("Questions", [f"notebooks/{page.name}" for page in pages])]
    parts += [_toctree("Cards and results", [str(paper.with_suffix("")) for paper in papers])] if papers else []
    parts += [_toctree("Reference", [f"reference/{room}" for room in rooms])] if rooms else []
    return "\n\n".join(parts) + "\n"


OPENING = """# Liveliness

*Is this picture of a person, or a picture of a picture?*

Face presentation-attack detection from one photograph, measured honestly. Each notebook asks one question and ends on its answer, in numbers with
their intervals, and on the strongest doubt about it. Every face shown here is rendered or in the public domain.

## What it finds"""  # noqa: E501


def _toctree(caption: str, entries: Sequence[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```"])


def _behind(path: Path, page: Page, linked: set[str]) -> str:
    modules = ", ".join(f"{{py:mod}}`{name}`" if name in linked else f"`{name}`" for name in page.modules)
    said = f" It imports {modules}." if modules else ""
    return f"## Behind this page\n\nThe notebook as it ran: {{download}}`{path.name} <{path.name}>`.{said}"


def _without_label(doubt: str) -> str:
    text = re.sub(r"^The (strongest )?doubt(?:[.:]| is (?:that )?)\s*", "", doubt)
    return text[:1].upper() + text[1:]


def _has_docstring(module: str) -> bool:
    found = importlib.util.find_spec(module)
    return bool(found and found.origin and found.origin.endswith(".py"))


def pictures_in(notebook: Any) -> list[bytes]:
    """Return every picture kept in a notebook's outputs."""
    return [
        base64.b64decode(output.data[kind])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in PICTURES
        if kind in output.get("data", {})
    ]
