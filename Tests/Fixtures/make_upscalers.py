"""What spandrel (PyPI) makes of small upscalers: `upscaling.safetensors` holds
a picture and, for each file of `upscalers/`, the result as numbers.

The files: BasicSR's with EMA in a `.pth`, the first release's names, twofold with folded pixels,
and the small network. Weights are f16.
"""

import os
import sys
from unittest.mock import MagicMock

from oracle import path, save
from make_editing import picture

import torch
from safetensors.torch import save_file

# Other networks of spandrel's import it; those used here do not need it.
for name in ("torchvision", "torchvision.transforms", "torchvision.transforms.functional",
             "torchvision.ops", "torchvision.models"):
    sys.modules.setdefault(name, MagicMock())

from spandrel import ModelLoader
from spandrel.architectures.Compact import Compact
from spandrel.architectures.ESRGAN import ESRGAN

WIDTH, HEIGHT = 14, 10


def randomized(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            fan = max(parameter[0].numel(), 1) if parameter.dim() > 1 else 16
            parameter.copy_(
                torch.randn(parameter.shape, generator=generator) * (1.5 / fan) ** 0.5 * 0.8)
    return model.eval()


def basicsr(state):
    """BasicSR's names for what spandrel keeps under the first release's."""
    names = {"model.0": "conv_first", "model.3": "conv_up1", "model.6": "conv_up2",
             "model.8": "conv_hr", "model.10": "conv_last"}
    result = {}
    for key, value in state.items():
        name, end = key.rsplit(".", 1)
        if name in names:
            name = names[name]
        elif name.count(".") == 3:
            name = "conv_body"
        else:
            name = "body." + name[len("model.1.sub."):].replace("RDB", "rdb")[:-2]
        result[f"{name}.{end}"] = value
    return result


def main():
    folder = path("upscalers")
    os.makedirs(folder, exist_ok=True)
    net = randomized(ESRGAN(num_filters=8, num_blocks=1, scale=4), 1)
    first = {key: value.half() for key, value in net.state_dict().items()}
    torch.save({"params_ema": basicsr(first)}, os.path.join(folder, "basicsr.pth"))
    save_file(first, os.path.join(folder, "first.safetensors"))
    two = randomized(ESRGAN(in_nc=12, num_filters=8, num_blocks=1, scale=4), 2)
    save_file({key: value.half() for key, value in basicsr(two.state_dict()).items()},
              os.path.join(folder, "twofold.safetensors"))
    small = randomized(Compact(num_feat=8, num_conv=3, upscale=2), 3)
    save_file(dict(small.state_dict()), os.path.join(folder, "compact.safetensors"))

    pixels = torch.from_numpy(picture(WIDTH, HEIGHT))
    image = pixels.permute(2, 0, 1)[None].float() / 255
    expected = {"picture": pixels}
    for name in sorted(os.listdir(folder)):
        model = ModelLoader(device="cpu").load_from_file(os.path.join(folder, name)).float().eval()
        with torch.no_grad():
            # Without the clamping around it.
            expected[name.split(".")[0]] = model.model(image).permute(0, 2, 3, 1)
        print(name, model.scale, model.architecture.name, expected[name.split(".")[0]].shape)
    generator = torch.Generator().manual_seed(4)
    latents = torch.randn(1, 4, 3, 5, generator=generator)
    expected["latents"] = latents.permute(0, 2, 3, 1)
    for mode in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        for smooth in (False, True) if mode.startswith("bi") else (False,):
            larger = torch.nn.functional.interpolate(
                latents, size=(7, 11), mode=mode, antialias=smooth)
            expected[f"latents/{mode}{'-antialiased' if smooth else ''}"] = larger.permute(0, 2, 3, 1)
    save(expected, path("upscaling.safetensors"))


if __name__ == "__main__":
    main()
