"""Read from a kept notebook what a front page needs: its question, answer, doubt, and its figures with their words."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

PICTURES = {"image/png": ".png", "image/jpeg": ".jpg"}
CAPTION = re.compile(r"\A\*(?!\*)(.+?)(?<!\*)\*(?!\*)\s*", re.DOTALL)
ANSWER = re.compile(r"\*\*(?:The )?answer[.:]?\*\*:?", re.IGNORECASE)
NEXT_PART = re.compile(
    r"\*\*(?:The strongest doubt|The doubt|Next|Which to trust|What could be wrong)|The strongest doubt"
)
KEY = "key-figure"
"""Tag of the cell whose figure stands on the front page; the last figure stands there where none has it."""


@dataclass(frozen=True)
class Figure:
    """A figure as kept: its cell, its bytes, its file suffix, and its words."""

    cell: int
    data: bytes
    suffix: str
    alt: str
    caption: str
    is_key: bool


@dataclass(frozen=True)
class Page:
    """A notebook as its readers meet it.

    Attributes
    ----------
    name, number, question : str
        ``03_livenessnet_training``, ``03``, and its title without the number.
    summary, answer, doubt : str
        Markdown: what its opening says, what it concludes, and the strongest doubt about that.
    figures : tuple of Figure
    modules : tuple of str
        The modules of this project that it imports from.
    """

    name: str
    number: str
    question: str
    summary: str
    answer: str
    doubt: str
    figures: tuple[Figure, ...]
    modules: tuple[str, ...]

    @property
    def key_figure(self) -> Figure | None:
        """Return the figure of the front page."""
        tagged = [figure for figure in self.figures if figure.is_key]
        return next(reversed(tagged or self.figures), None)


def read_page(path: Path) -> Page:
    """Read one notebook.

    Raises
    ------
    ValueError
        Its first line is no question with a number, or it has no closing words; names the notebook.
    """
    cells = nbformat.read(path, as_version=4).cells
    title = re.fullmatch(r"# (\d\d) · (.+\?)", cells[0].source.splitlines()[0])
    if title is None:
        raise ValueError(
            f"expected '# 03 · A question?' as the first line of {path}. Received: {cells[0].source[:60]!r}"
        )
    answer, doubt = _closing(path, cells)
    return Page(
        name=path.stem,
        number=title[1],
        question=title[2],
        summary=_opening(cells[0].source),
        answer=answer,
        doubt=doubt,
        figures=tuple(_figures(cells)),
        modules=_modules(cells),
    )


def caption_of(cells: list[Any], index: int) -> str:
    """Return a figure's caption: what its cell said in italics, or the italics with which the text after it begins."""
    for output in cells[index].get("outputs", []):
        if found := CAPTION.fullmatch(output.get("data", {}).get("text/markdown", "")):
            return " ".join(found[1].split())
    if index + 1 < len(cells) and cells[index + 1].cell_type == "markdown":
        found = CAPTION.match(cells[index + 1].source)
        return " ".join(found[1].split()) if found else ""
    return ""


def alt_of(cells: list[Any], index: int) -> str:
    """Return a figure's alternative text: its cell's ``alt`` metadata, else its caption, else the text that leads to it."""
    cell = cells[index]
    if given := cell.metadata.get("alt"):
        return plain(str(given))
    if caption := caption_of(cells, index):
        return plain(caption)
    before = [c.source for c in cells[:index] if c.cell_type == "markdown"]
    heading = next((m[1] for s in reversed(before) if (m := re.search(r"^##+ (.+)$", s, re.MULTILINE))), "")
    text = [line for line in (before[-1] if before else "").split("\n\n") if not line.startswith("#")]
    sentence = re.split(r"(?<=[.?!:])\s", plain(text[-1]))[0] if text else ""
    return plain(f"Figure: {heading}. {sentence}".replace(".. ", ". ")).strip()


def plain(markdown: str) -> str:
    """Return Markdown as plain words.

    Examples
    --------
    >>> plain("**No**: see [the table](a.md), `read_image` and *this*.")
    'No: see the table, read_image and this.'
    """
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"(\*\*|\*|`|^#+ )", "", text, flags=re.MULTILINE)
    return " ".join(text.split())


def _opening(source: str) -> str:
    paragraphs = [p for p in source.split("\n\n")[1:] if not p.startswith("**Reads")]
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def _closing(path: Path, cells: list[Any]) -> tuple[str, str]:
    """Return answer and doubt: they are marked so in the last text, or they are its first and following sentences."""
    last = next((c.source for c in reversed(cells) if c.cell_type == "markdown"), "")
    text = re.sub(r"^##+ .+$", "", last, flags=re.MULTILINE).strip()
    if not text:
        raise ValueError(f"expected the answer and the strongest doubt in the last text of {path}. Received: nothing")
    start = ANSWER.search(text)
    rest = text[start.end() :] if start else text
    parts = NEXT_PART.search(rest)
    answer = rest[: parts.start()] if parts else rest.split("\n\n")[0]
    doubt = rest[parts.start() :] if parts and "doubt" in parts[0].lower() else ""
    doubt = re.split(r"\*\*Next|\n\n|The next notebook", doubt)[0]
    doubt = re.sub(r"^\*\*(.+?)\*\*:?", r"\1", doubt)
    return " ".join(answer.split()).strip(" *"), " ".join(doubt.split()).strip(" *")


def _figures(cells: list[Any]) -> Iterator[Figure]:
    for index, cell in enumerate(cells):
        for output in cell.get("outputs", []):
            kind = next((kind for kind in PICTURES if kind in output.get("data", {})), None)
            if kind:
                yield Figure(
                    index,
                    base64.b64decode(output.data[kind]),
                    PICTURES[kind],
                    alt_of(cells, index),
                    caption_of(cells, index),
                    KEY in cell.metadata.get("tags", []),
                )


def _modules(cells: list[Any]) -> tuple[str, ...]:
    found: set[str] = set()
    for cell in cells:
        if cell.cell_type == "code":
            for package, names in re.findall(
                r"^from ((?:liveliness_lib|disparity)[\w.]*) import (.+)$", cell.source, re.MULTILINE
            ):
                inner = [] if "." in package or package == "disparity" else re.findall(r"\w+", names)
                found |= {f"{package}.{name}" for name in inner} if inner else {package}
    return tuple(sorted(found))
