"""Other noise than PyTorch's own on a processor, and pictures that tile, of `tiny-sd1`.

`noise.safetensors`: numbers of CUDA's generator as AUTOMATIC1111's `rng_philox.py` draws them, noise
led to another seed's by its `slerp`, and for each case latents, the decoded picture and its bytes.
Both functions are written down here as they are there. Pictures tile by PyTorch's circular padding.
"""

from oracle import path, save
from make_editing import HEIGHT, SEED, WIDTH, load, record
from make_models import samplers

import numpy
import torch
import torch.nn.functional as F
from diffusers import StableDiffusionPipeline

SHAPE = (1, 4, HEIGHT // 4, WIDTH // 4)
OTHER, STRENGTH = 7, 0.3


def philox(seed, shape, offset=0):
    def halves(x):
        return x.view(numpy.uint32).reshape(-1, 2).transpose(1, 0)

    count = int(numpy.prod(shape))
    counter = numpy.zeros((4, count), dtype=numpy.uint32)
    counter[0], counter[2] = offset, numpy.arange(count, dtype=numpy.uint32)
    key = halves(numpy.full(count, seed, dtype=numpy.uint64)).copy()
    for turn in range(10):
        v1 = halves(counter[0].astype(numpy.uint64) * numpy.uint64(0xD2511F53))
        v2 = halves(counter[2].astype(numpy.uint64) * numpy.uint64(0xCD9E8D57))
        counter = numpy.stack(
            [v2[1] ^ counter[1] ^ key[0], v2[0], v1[1] ^ counter[3] ^ key[1], v1[0]])
        key[0] += numpy.uint32(0x9E3779B9)
        key[1] += numpy.uint32(0xBB67AE85)
    unit = numpy.float32(2.3283064e-10)
    turn = numpy.float32(2.3283064e-10 * 6.2831855)
    u, v = counter[0] * unit + unit / 2, counter[1] * turn + turn / 2
    normal = numpy.sqrt(-2.0 * numpy.log(u)) * numpy.sin(v)
    return torch.from_numpy(normal.astype(numpy.float32).reshape(shape))


def slerp(val, low, high):
    low_norm = low / torch.norm(low, dim=1, keepdim=True)
    high_norm = high / torch.norm(high, dim=1, keepdim=True)
    dot = (low_norm * high_norm).sum(1)
    omega = torch.acos(dot)
    so = torch.sin(omega)
    return (torch.sin((1.0 - val) * omega) / so).unsqueeze(1) * low + (
        torch.sin(val * omega) / so).unsqueeze(1) * high


def randn(seed):
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


def tile(pipeline, axes):
    """Every convolution of both networks, or of their usual kind."""
    def forward(self, x, weight, bias):
        (top, left), zeros = self.padding, (0, 0)
        x = F.pad(x, (left, left, 0, 0), mode="circular" if "x" in axes else "constant")
        x = F.pad(x, (0, 0, top, top), mode="circular" if "y" in axes else "constant")
        return F.conv2d(x, weight, bias, self.stride, zeros)

    for model in (pipeline.unet, pipeline.vae.decoder):
        for layer in model.modules():
            if isinstance(layer, torch.nn.Conv2d):
                if axes == "xy":
                    layer.padding_mode = "circular"
                else:
                    layer.padding_mode = "zeros"
                    layer._conv_forward = forward.__get__(layer)


def main():
    expected = {
        "philox/0": philox(0, (3, 4)), "philox/second": philox(0, (3, 4), 1),
        "philox/large": philox(2**32 - 1, (4, 64, 64))[:, ::7, ::9]}
    pipeline = load(StableDiffusionPipeline, "tiny-sd1", safety_checker=None)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    more = dict(num_inference_steps=4, guidance_scale=5.0, width=WIDTH, height=HEIGHT)
    record(expected, "philox", pipeline, latents=philox(SEED, SHAPE), **more)
    for name, own, other in (
            ("varied", randn(SEED), randn(OTHER)),
            ("varied-philox", philox(SEED, SHAPE), philox(OTHER, SHAPE))):
        record(
            expected, name, pipeline, latents=slerp(STRENGTH, own[0], other[0])[None], **more)
    for axes in ("xy", "x", "y"):
        tile(pipeline, axes)
        record(expected, f"tile/{axes}", pipeline, **more)
    save(expected, path("noise.safetensors"))


main()
