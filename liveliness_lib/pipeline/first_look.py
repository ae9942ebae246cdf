"""Show a verdict to a person: the photo, the face, and the reasons in words; a panel to drop one's own photo into."""

from __future__ import annotations

import io
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.figures.style import GREY, axes_or_new, class_colour, new_figure
from liveliness_lib.images import ImageReadError, read_image
from liveliness_lib.paths import require
from liveliness_lib.pipeline.judge import Judge, Judgement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAYINGS = {
    "score_above_band": "the score is above the band in which this model is not sure",
    "score_below_band": "the score is below the band in which this model is not sure",
    "score_in_band": "the score is in the band in which this model is not sure",
    "out_of_domain": "the face is unlike everything that the model has learnt, so its score is not believed",
    "no_face": "no face was found",
    "more_than_one_face": "there is more than one face; the largest is judged, or one is asked for",
    "cut_off": "the face leaves the picture",
    "too_small": "the face is too small: come closer",
    "eyes_too_close": "the face is too small: come closer",
    "turned_away": "the face is turned too far away from the camera",
    "too_dark": "the face is too dark",
    "too_bright": "the face is too bright",
    "low_contrast": "the face has too little contrast",
    "blurred": "the face is blurred: hold still",
}
"""Reason codes in words."""


def explain(judgement: Judgement) -> list[str]:
    """Return why a photo got its verdict, the deciding reason first, one sentence each."""
    said = [SAYINGS.get(code, code.replace("_", " ")) for code in judgement.reasons]
    if judgement.score is not None:
        said.insert(0, f"P(real) = {judgement.score:.3f} by {judgement.model}")
    if judgement.face is not None:
        said.append(f"the face was found by {judgement.face.detector}")
    return said


def plot_judgement(image: npt.NDArray[np.uint8], judgement: Judgement, *, ax: Axes | None = None) -> Axes:
    """Draw a photo, (H, W, 3) uint8 RGB, with the face that was judged and the verdict above it."""
    from matplotlib.patches import Rectangle

    ax = axes_or_new(ax, size=(3.2, 3.6))
    ax.imshow(image)
    colour = class_colour(judgement.verdict) if judgement.verdict in ("real", "fake") else GREY
    if judgement.face is not None:
        x_min, y_min, x_max, y_max = judgement.face.box
        ax.add_patch(
            Rectangle((x_min, y_min), x_max - x_min, y_max - y_min, fill=False, edgecolor=colour, linewidth=2.5)
        )
    score = "" if judgement.score is None else f"  P(real) {judgement.score:.2f}"
    ax.set_title(f"{judgement.verdict}{score}", fontsize=10)
    ax.set_axis_off()
    return ax


def is_live() -> bool:
    """Tell whether somebody sits before this kernel in JupyterLab or VS Code, who could use a widget."""
    return any(name in os.environ for name in ("JPY_SESSION_NAME", "VSCODE_PID"))


def show_panel(judge: Judge, example: str | os.PathLike[str], *, live: bool | None = None) -> Any:
    """Return a panel to drop a photo into, or the example judged where nobody sits before the kernel.

    Parameters
    ----------
    judge : Judge
    example : path
        What is shown first, and all that a headless run shows.
    live : bool, optional
        Decides instead of :func:`is_live`.
    """
    if is_live() if live is None else live:
        return make_panel(judge, example)
    image = read_image(example)
    return plot_judgement(image, judge.judge(image))


def make_panel(judge: Judge, example: str | os.PathLike[str]) -> Any:
    """Return an ipywidgets box: a button for a file, the webcam, the photo with its verdict, the reasons.

    Photos stay in this process's memory; nothing is saved or sent.

    Raises
    ------
    ImportError
        ipywidgets is missing.
    """
    widgets = require("ipywidgets", extra="notebooks")
    upload = widgets.FileUpload(accept="image/*", multiple=False, description="a photo of yours")
    camera = _webcam()
    picture, words = widgets.Image(format="png"), widgets.HTML()

    def judge_bytes(data: bytes) -> None:
        picture.value, words.value = answer(judge, data)

    def on_upload(change: Any) -> None:
        for file in change["new"]:
            judge_bytes(bytes(file["content"]))

    upload.observe(on_upload, names="value")
    camera.observe(lambda change: judge_bytes(bytes(change["new"])), names="photo")
    judge_bytes(Path(example).read_bytes())
    return widgets.HBox([widgets.VBox([upload, camera]), widgets.VBox([picture, words])])


def answer(judge: Judge, data: bytes) -> tuple[bytes, str]:
    """Return the drawn verdict as PNG and the reasons as HTML; a file that is no picture gets its reason instead."""
    try:
        image = read_image(data)
    except ImageReadError as error:
        return b"", f"<b>not a picture that can be read</b><br>{escape(str(error))}"
    judgement = judge.judge(image)
    figure, axes = new_figure(size=(3.6, 4.2))
    plot_judgement(image, judgement, ax=axes)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=90)
    lines = "".join(f"<li>{escape(line)}</li>" for line in explain(judgement))
    return stream.getvalue(), f"<b>{judgement.verdict}</b><ul>{lines}</ul>"


def _webcam() -> Any:
    """Return a widget whose ``photo`` is what the webcam saw when its button was pressed, as JPEG."""
    anywidget, traitlets = require("anywidget", extra="notebooks"), require("traitlets", extra="notebooks")
    source = Path(__file__).with_name("webcam.js").read_text(encoding="utf-8")
    webcam = type("Webcam", (anywidget.AnyWidget,), {"_esm": source, "photo": traitlets.Bytes(b"")})()
    webcam.on_msg(lambda widget, _content, buffers: setattr(widget, "photo", bytes(buffers[0])) if buffers else None)
    return webcam
