"""Show a figure in a notebook with the finding under it, in words that are computed from what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveliness_lib.paths import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def show_with_caption(drawn: Axes | Figure, words: str) -> None:
    """Show a figure now, and `words` in italics under it; the site makes them the figure's caption.

    A caption in the text of a notebook says what is drawn; a finding, with its numbers, belongs in here, where another
    run cannot make it wrong.

    Parameters
    ----------
    drawn : Axes or Figure
    words : str
        Markdown without emphasis of its own.

    Raises
    ------
    ImportError
        IPython is missing.
    """
    pyplot = require("matplotlib.pyplot", extra="train")
    shown: Any = require("IPython.display", extra="notebooks")
    figure = drawn if hasattr(drawn, "savefig") else drawn.figure
    shown.display(figure)
    pyplot.close(figure)  # the notebook would show it once more at the end of the cell
    shown.display(shown.Markdown(f"*{' '.join(words.split())}*"))
