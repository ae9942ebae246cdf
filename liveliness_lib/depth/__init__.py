"""Ask one picture whether the face in it has relief.

data        rendered heads with their true depth: live, on a screen, on paper
small_dpt   our Dense Prediction Transformer of about a million parameters
crops_cache crops in a folder, rendered once; varied for training
losses      what it is trained towards
training    train it: one command, resumable
onnx        the trained network without torch
pretrained  the large networks of others, through transformers
features    flat or not, whatever the scale and shift of a map
verdict     features -> calibrated score -> real, not sure, fake
quality     errors against the true depth
fusion      beside another detector, and together with it
doubt       how much relief a network draws on a flat picture
show        maps on one colour scale, surfaces that turn

Importing this package loads neither torch nor transformers nor ONNX Runtime.
"""

from __future__ import annotations

from liveliness_lib.depth.features import DepthFeatures, describe_depth
from liveliness_lib.depth.onnx import SmallDepth
from liveliness_lib.depth.pretrained import DepthMap, estimate_depth
from liveliness_lib.depth.verdict import DepthOpinion, DepthVerdict, judge_crop, load_verdict

__all__ = [
    "DepthFeatures",
    "DepthMap",
    "DepthOpinion",
    "DepthVerdict",
    "SmallDepth",
    "describe_depth",
    "estimate_depth",
    "judge_crop",
    "load_verdict",
]
