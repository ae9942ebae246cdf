"""Build our small depth network: a Dense Prediction Transformer (Ranftl et al. 2021) of a million and a half parameters.

A 96x96 crop becomes 64 patches of 12x12 pixels; four transformer layers; the neck reassembles 16x16, 8x8, 4x4 and 2x2
maps and fuses them to 32x32; the head gives 64x64. Patches are embedded by a few convolutions (Xiao et al. 2021, "Early
convolutions help transformers see better") that also see the picture's high-pass: what tells a screen or paper from a
face is texture, and one linear map of a patch does not see it. torch is imported inside the functions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.data import CROP_SIZE
from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    import torch
    from transformers import DPTForDepthEstimation

SETTINGS: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "image_size": CROP_SIZE,
    "patch_size": 12,
    "num_channels": 3,
    "is_hybrid": False,
    "backbone_out_indices": [0, 1, 2, 3],
    "readout_type": "ignore",
    "reassemble_factors": [2, 1, 0.5, 0.25],
    "neck_hidden_sizes": [24, 32, 48, 64],
    "fusion_hidden_size": 24,
    "use_auxiliary_head": False,
    "use_bias_in_fusion_residual": True,
    "stem_channels": [32, 64],
    "stem_blocks": [3, 4, 1],
}
"""Arguments of ``transformers.DPTConfig``, and two of ours: channels of the convolutions that embed a patch at half and at
a quarter of the resolution, and residual blocks there and at the patches' own."""


def build_small_dpt(seed: int = 0, **changes: Any) -> DPTForDepthEstimation:
    """Return an untrained network.

    Parameters
    ----------
    seed : int
        Of the initial weights; torch's own state is left as it was.
    **changes
        Replace entries of `SETTINGS`.
    """
    torch = require("torch", extra="depth")
    transformers = require("transformers", extra="depth")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings = SETTINGS | changes
        model = transformers.DPTForDepthEstimation(transformers.DPTConfig(**settings))
        _wake_convolutions(model)
        channels = [*settings["stem_channels"], settings["hidden_size"]]
        stem = convolutional_stem(channels, settings["stem_blocks"])
        model.dpt.embeddings.patch_embeddings.projection = stem
        model.patch_head = torch.nn.Conv2d(settings["hidden_size"], 1, 1)
    return model


def convolutional_stem(channels: list[int], blocks: list[int]) -> torch.nn.Module:
    """Return what embeds patches: (N, 3, 96, 96) to (N, channels[2], 8, 8), twelvefold smaller by strides 2, 2 and 3.

    After each stride come residual blocks (He et al. 2016): a stem of five plain convolutions was too small, and erred
    nearly as often on the people that it had learnt from as on others.

    Raises
    ------
    ValueError
        Other than three widths and three numbers of blocks: weights of the form before, for one.
    """
    torch = require("torch", extra="depth")
    if (len(channels), len(blocks)) != (3, 3):
        raise ValueError(f"expected 3 widths and 3 numbers of blocks in the stem. Received: {channels}, {blocks}")

    class WithHighPass(torch.nn.Module):  # type: ignore[name-defined]
        """Put what is left of a picture when its local mean is taken away beside it.

        The mean over what there is of 3x3 pixels; as a convolution over channels kept last it takes a fraction of the
        time of a pooling. Always in 32 bits: in bfloat16 the mean alone would be off by half a grey level and more.
        """

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("box", torch.ones(3, 1, 3, 3), persistent=False)

        def forward(self, picture: Any) -> Any:
            with torch.autocast(picture.device.type, enabled=False):
                counted = torch.nn.functional.conv2d(torch.ones_like(picture[:1]), self.box, padding=1, groups=3)
                mean = torch.nn.functional.conv2d(picture, self.box, padding=1, groups=3) / counted
            return torch.cat([picture, 4.0 * (picture - mean)], dim=1)

    def layer(inputs: int, outputs: int, kernel: int, stride: int) -> Any:
        convolution = torch.nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        return torch.nn.Sequential(convolution, torch.nn.BatchNorm2d(outputs), torch.nn.ReLU(inplace=True))

    class Residual(torch.nn.Module):  # type: ignore[name-defined]
        """Add two convolutions to what comes in; they begin at nothing."""

        def __init__(self, width: int) -> None:
            super().__init__()
            self.first = layer(width, width, 3, 1)
            self.second = torch.nn.Conv2d(width, width, 3, 1, 1, bias=False)
            self.norm = torch.nn.BatchNorm2d(width)
            torch.nn.init.zeros_(self.norm.weight)

        def forward(self, maps: Any) -> Any:
            return torch.nn.functional.relu(maps + self.norm(self.second(self.first(maps))))

    parts: list[Any] = [WithHighPass()]
    before = 6
    for width, count, (kernel, stride) in zip(channels, blocks, ((5, 2), (3, 2), (3, 3)), strict=True):
        parts += [layer(before, width, kernel, stride), *(Residual(width) for _ in range(count))]
        before = width
    return torch.nn.Sequential(*parts)


def patch_logits(model: DPTForDepthEstimation, inputs: torch.Tensor) -> torch.Tensor:
    """Return how much each patch looks like part of a live face, (N, 8, 8): used in training, before there are maps."""
    head, patches = cast("Any", model.patch_head), cast("Any", model.dpt.embeddings.patch_embeddings)
    return cast("torch.Tensor", head(patches.projection(inputs))[:, 0])


def _wake_convolutions(model: DPTForDepthEstimation) -> None:
    """Draw the convolutions again, as He et al. (2015) do.

    transformers draws them with a deviation of 0.02, meant for weights that are loaded next: through a dozen layers
    nothing arrives. A second convolution of a residual block begins at 0, so that depth adds no noise. The head's last
    ReLU goes: once below 0 everywhere it would stay there. The map begins at 1, the face.
    """
    torch = require("torch", extra="depth")
    for module in (*model.neck.modules(), *model.head.modules()):
        if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    for block in model.neck.modules():
        if hasattr(block, "convolution2"):
            torch.nn.init.zeros_(cast("Any", block.convolution2).weight)
    model.head.head[5] = torch.nn.Identity()
    torch.nn.init.normal_(model.head.head[4].weight, std=0.005)
    torch.nn.init.ones_(model.head.head[4].bias)


def parameter_count(model: DPTForDepthEstimation) -> int:
    """Return the number of weights."""
    return sum(weight.numel() for weight in model.parameters())


def to_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return crops (N, 96, 96, 3) as the network takes them: (N, 3, 96, 96), -1 to 1.

    Raises
    ------
    ValueError
        Another shape or type.
    """
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[1:] != (CROP_SIZE, CROP_SIZE, 3) or array.dtype != np.uint8:
        raise ValueError(
            f"expected crops (N, {CROP_SIZE}, {CROP_SIZE}, 3) uint8. Received: {array.shape} {array.dtype}"
        )
    return scaled(np.ascontiguousarray(array.transpose(0, 3, 1, 2), np.float32))


def scaled(pixels: Any) -> Any:
    """Return pixels, 0 to 255 in 32 bits, as -1 to 1; of an array or a tensor."""
    return pixels / np.float32(127.5) - np.float32(1.0)


def both_ways(
    forward: Callable[[NDArray[np.float32]], NDArray[np.float32]], inputs: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mean of the maps of crops (N, 3, H, W) and of their mirror images: a face has no better side.

    Examples
    --------
    >>> slope = np.arange(4, dtype=np.float32).reshape(1, 1, 4)
    >>> both_ways(lambda crops: slope, np.zeros((1, 3, 4, 4), np.float32))[0, 0].tolist()
    [1.5, 1.5, 1.5, 1.5]
    """
    mirrored = forward(np.ascontiguousarray(inputs[..., ::-1]))
    return (forward(inputs) + mirrored[..., ::-1]) * np.float32(0.5)


def predict(model: DPTForDepthEstimation, images: NDArray[np.uint8], *, batch_size: int = 64) -> NDArray[np.float32]:
    """Return the nearness of crops, (N, 64, 64), each seen `both_ways`."""
    torch = require("torch", extra="depth")
    model.eval()
    inputs = to_input(images)
    with torch.inference_mode():
        maps = [
            both_ways(lambda crops: model(torch.from_numpy(crops)).predicted_depth.numpy(), inputs[i : i + batch_size])
            for i in range(0, len(inputs), batch_size)
        ]
    return np.concatenate(maps).astype(np.float32) if maps else np.zeros((0, 64, 64), np.float32)


def save_small_dpt(path: str | os.PathLike[str], model: DPTForDepthEstimation, *, half: bool = True) -> Path:
    """Write the weights as safetensors with the settings in its header; `half` keeps 16 bits a weight."""
    torch = require("torch", extra="depth")
    safetensors = require("safetensors.torch", extra="depth")
    kind = torch.float16 if half else torch.float32
    weights = {
        name: value.detach().to("cpu", kind if value.ndim > 1 else torch.float32).contiguous()
        for name, value in model.state_dict().items()
    }  # vectors stay: variances are small, and there are few of them
    settings = {key: value for key, value in model.config.to_dict().items() if key in SETTINGS}
    with atomic_path(path) as temporary:
        safetensors.save_file(weights, temporary, metadata={"settings": json.dumps(settings, sort_keys=True)})
    return Path(path)


def load_small_dpt(path: str | os.PathLike[str]) -> DPTForDepthEstimation:
    """Read a network that `save_small_dpt` wrote, ready to predict, in 32 bits.

    Raises
    ------
    FileNotFoundError
        No such file; says how to train one.
    ValueError
        A damaged or foreign file; names it.
    """
    safetensors = require("safetensors", extra="depth")
    if not Path(path).is_file():
        raise FileNotFoundError(f"no depth network at {path}: train one with `liveliness depth train`")
    try:
        with safetensors.safe_open(str(path), framework="pt") as held:
            settings = json.loads(held.metadata()["settings"])
            weights: dict[str, torch.Tensor] = {name: held.get_tensor(name).float() for name in held.keys()}  # noqa: SIM118
        model = build_small_dpt(**settings)
        model.load_state_dict(weights)
    except (safetensors.SafetensorError, KeyError, TypeError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise ValueError(f"{path} is no depth network of ours, or only half of one ({reason}): get it again") from error
    return model.eval()
