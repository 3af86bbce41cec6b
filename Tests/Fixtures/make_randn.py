"""Draws of torch.randn and torch.rand from CPU generators, for `randn.safetensors`.

Keys are `normal/seed/count[/draw]`: several draws are one after the other from one generator.
"""

import torch

from oracle import path, save

tensors = {}
seeds = [0, 1, 42, 2**31, 2**32 - 1, 2**32 + 7, 2**63 + 5]
for seed in seeds:
    for count in [1, 6, 15, 16, 17, 20, 31, 32, 1000]:
        if count == 1000 and seed not in (0, 2**32 + 7):
            continue
        generator = torch.Generator().manual_seed(seed)
        tensors[f"normal/{seed}/{count}"] = torch.randn(count, generator=generator)

# One after the other: a short odd draw leaves half a pair for the next short draw.
for name, counts in {
    "short_short": [3, 5], "short_long_short": [3, 16, 4], "long_long": [16, 17],
    "ones": [1, 1, 1, 1], "long_short": [20, 7],
}.items():
    generator = torch.Generator().manual_seed(1234)
    for index, count in enumerate(counts):
        tensors[f"sequence/{name}/{index}"] = torch.randn(count, generator=generator)

# The start of a Stable Diffusion 1 picture: its first and last values, and sums over all.
generator = torch.Generator().manual_seed(42)
latents = torch.randn(1, 4, 64, 64, generator=generator).flatten()
tensors["latents/42/first"] = latents[:16]
tensors["latents/42/last"] = latents[-16:]
tensors["latents/42/every_1000th"] = latents[::1000]
tensors["latents/42/mean_and_square"] = torch.stack(
    [latents.double().mean(), latents.double().square().mean()])

for seed in (0, 42):
    generator = torch.Generator().manual_seed(seed)
    tensors[f"uniform/{seed}/20"] = torch.rand(20, generator=generator)

save(tensors, path("randn.safetensors"))
