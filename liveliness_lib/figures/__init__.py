"""Draw what was computed: one style, fixed colours, every plot ``plot_…(data, *, ax=None) -> Axes``.

style       colours by attack type and by detector, figures outside of pyplot, saving
curves      DET and ROC
scores      score histograms by attack type, confusion, rates with intervals
parts       reliability, rates by device, light, face size and skin tone
history     loss and accuracy by epoch
caption     a figure in a notebook with its finding under it
sheets      contact sheets, the worst mistakes

Without `ax` a plot opens a pyplot figure of its own, so a notebook shows it. Nothing here changes rcParams or calls
``show``. Importing this package does not load matplotlib.
"""

from __future__ import annotations

from liveliness_lib.figures.caption import show_with_caption
from liveliness_lib.figures.curves import plot_det, plot_roc
from liveliness_lib.figures.history import plot_history
from liveliness_lib.figures.parts import plot_reliability, plot_slices
from liveliness_lib.figures.scores import plot_confusion, plot_rates_with_intervals, plot_score_histogram
from liveliness_lib.figures.sheets import plot_contact_sheet, plot_worst_mistakes, worst_mistakes
from liveliness_lib.figures.style import class_colour, detector_style, new_figure, save_figure

__all__ = [
    "class_colour",
    "detector_style",
    "new_figure",
    "plot_confusion",
    "plot_contact_sheet",
    "plot_det",
    "plot_history",
    "plot_rates_with_intervals",
    "plot_reliability",
    "plot_roc",
    "plot_score_histogram",
    "plot_slices",
    "plot_worst_mistakes",
    "save_figure",
    "show_with_caption",
    "worst_mistakes",
]
