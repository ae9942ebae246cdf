"""Measure attack detection as ISO/IEC 30107-3 does, from scores alone; nothing here sees a model.

rates        APCER by attack type, BPCER, non-response, EER, BPCER10/20/100, AUC, DET points
thresholds   choose a threshold, or a not-sure band, on one split
band         what such a band buys: accuracy with it and without
resampling   the same rates with every presentation weighted
intervals    Clopper-Pearson and a bootstrap over people
evaluation   all rates of a split at a threshold, with intervals
tables       the same to read, as text or Markdown
macro        rates averaged over sources
slices       rates of a part: a device, a light, a size of face
calibration  is a score of 0.8 right eight times in ten? temperature from dev
comparison   two detectors on the same photographs: is the difference real?
paired       exact tests of paired decisions

Photographs that could not be judged (score NaN) count as rejected: an error for a real face, none for an
attack. Their shares (BPNRR, APNRR) are reported beside the rates, so that a detector that finds no
attack's face cannot pass for one that detects attacks.
"""

from __future__ import annotations

from liveliness_lib.metrics.band import ORIGINAL_BAND, BandAccuracy, band_accuracy
from liveliness_lib.metrics.calibration import Reliability, Temperature, fit_temperature, log_loss, reliability
from liveliness_lib.metrics.comparison import Comparison, compare_detectors, compare_errors
from liveliness_lib.metrics.evaluation import Evaluation, Rate, SpeciesRates, evaluate
from liveliness_lib.metrics.intervals import bootstrap_interval, clopper_pearson
from liveliness_lib.metrics.paired import PairedErrors, paired_errors
from liveliness_lib.metrics.rates import (
    ErrorCurve,
    apcer_by_species,
    auc,
    bpcer,
    bpcer_at_apcer,
    equal_error_rate,
    error_curve,
    error_curve_of,
    non_response,
)
from liveliness_lib.metrics.slices import Slice, slice_rates
from liveliness_lib.metrics.tables import format_evaluation
from liveliness_lib.metrics.thresholds import RULES, Threshold, choose_band, choose_threshold

__all__ = [
    "ORIGINAL_BAND",
    "RULES",
    "BandAccuracy",
    "Comparison",
    "ErrorCurve",
    "Evaluation",
    "PairedErrors",
    "Rate",
    "Reliability",
    "Slice",
    "SpeciesRates",
    "Temperature",
    "Threshold",
    "apcer_by_species",
    "auc",
    "band_accuracy",
    "bootstrap_interval",
    "bpcer",
    "bpcer_at_apcer",
    "choose_band",
    "choose_threshold",
    "clopper_pearson",
    "compare_detectors",
    "compare_errors",
    "equal_error_rate",
    "error_curve",
    "error_curve_of",
    "evaluate",
    "fit_temperature",
    "format_evaluation",
    "log_loss",
    "non_response",
    "paired_errors",
    "reliability",
    "slice_rates",
]
