"""Show depth maps: rows of maps on one colour scale, and a surface that can be turned."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.figures.style import new_figure
from liveliness_lib.paths import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NEARNESS = (0.4, 1.4)
"""One colour scale for all maps, face widths: a map that is stretched to its own range shows relief that is noise."""
ERROR = (-0.3, 0.3)
Maps = NDArray[np.floating]


def plot_maps(
    pictures: NDArray[np.uint8],
    maps: Mapping[str, Maps],
    titles: Sequence[str],
    *,
    truth: str = "truth",
    limits: tuple[float, float] = NEARNESS,
) -> Figure:
    """Draw pictures and what several sources say of their depth, a column a picture, all on one colour scale.

    Parameters
    ----------
    pictures : (N, H, W, 3) uint8
    maps : dict
        Name of the source -> (N, h, w) nearness; each other than `truth` is followed by a row of its errors.
    titles : sequence of str
        Of the columns.
    truth : str
        Which source the others are held against, where it is there.
    limits : (low, high)
        Of the colours.

    Raises
    ------
    ValueError
        As many maps as pictures are expected, and as many titles.
    """
    if {len(m) for m in maps.values()} | {len(titles)} != {len(pictures)}:
        counts = {name: len(m) for name, m in maps.items()}
        raise ValueError(f"expected {len(pictures)} maps of each source and titles. Received: {counts}, {len(titles)}")
    rows: list[tuple[str, Maps, bool]] = []
    for name, shown in maps.items():
        rows.append((name, shown, False))
        if name != truth and truth in maps:
            rows.append((f"{name} - {truth}", shown.astype(float) - maps[truth].astype(float), True))
    figure, axes = new_figure(len(rows) + 1, len(pictures), size=(1.75, 1.75))
    axes = np.asarray(axes).reshape(len(rows) + 1, len(pictures))
    for axis, picture, title in zip(axes[0], pictures, titles, strict=True):
        axis.imshow(picture)
        axis.set_title(title)
    for line, (name, shown, error) in zip(axes[1:], rows, strict=True):
        low, high = ERROR if error else limits
        for axis, one in zip(line, shown, strict=True):
            drawn = axis.imshow(one.astype(float), vmin=low, vmax=high, cmap="RdBu" if error else "viridis")
        line[0].set_ylabel(name)
        bar = figure.colorbar(drawn, ax=line.tolist(), shrink=0.9, extend="both")
        bar.set_label("difference" if error else "nearness,\nface widths", fontsize=8)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    return figure


def plot_surfaces(
    maps: Mapping[str, Maps], *, elevation: float = 60.0, turn: float = -70.0, limits: tuple[float, float] = NEARNESS
) -> Figure:
    """Draw the middle of maps (h, w) as surfaces side by side, seen from one direction (degrees), on one scale."""
    require("mpl_toolkits.mplot3d", extra="train")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(maps), 3.3), layout="constrained", facecolor="white")
    for place, (title, shown) in enumerate(maps.items(), start=1):
        side = shown.shape[0]
        rows, columns = np.mgrid[side // 6 : side - side // 6, side // 6 : side - side // 6]
        axis: Any = figure.add_subplot(1, len(maps), place, projection="3d")
        axis.plot_surface(
            columns, -rows, shown[rows, columns].astype(float), cmap="viridis", vmin=limits[0], vmax=limits[1],
            linewidth=0, rstride=1, cstride=1,
        )  # fmt: skip
        axis.set(title=title, zlim=(0, 1.5), xticks=[], yticks=[])
        axis.view_init(elev=elevation, azim=turn)
    figure.supxlabel("height and colour: nearness, face widths", fontsize=8)
    return figure


def show_surfaces(maps: Mapping[str, Maps], *, live: bool = True) -> Any:
    """Return surfaces that two sliders turn (`live`), or still ones for a notebook that runs headlessly."""
    return make_turntable(maps) if live else plot_surfaces(maps)


def make_turntable(maps: Mapping[str, Maps]) -> Any:
    """Return an ipywidgets box: two sliders, and the surfaces as they are seen from there.

    Raises
    ------
    ImportError
        ipywidgets is missing.
    """
    widgets = require("ipywidgets", extra="notebooks")
    turn = widgets.IntSlider(value=-70, min=-180, max=180, step=5, description="turn", continuous_update=False)
    tilt = widgets.IntSlider(value=60, min=0, max=90, step=5, description="tilt", continuous_update=False)
    picture = widgets.Image(format="png")

    def redraw(_change: object = None) -> None:
        stream = io.BytesIO()
        plot_surfaces(maps, elevation=tilt.value, turn=turn.value).savefig(stream, format="png", dpi=80)
        picture.value = stream.getvalue()

    for control in (turn, tilt):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([widgets.HBox([turn, tilt]), picture])
