"""The kernel inception distance's statistic, in f64, for `kid.safetensors`.

Written from equation 4 of Bińkowski et al. 2018 with plain matrices: `mmd` is the unbiased estimate
between `x` and `y` under k(a, b) = (a·b / d + 1)³ for rows scaled to mean square one.
"""

import numpy
import torch

from oracle import path, save

generator = numpy.random.default_rng(7)
tensors = {}
for name, count, width, shift in [("near", 20, 8, 0.0), ("far", 20, 8, 1.5), ("wide", 33, 192, 0.3)]:
    x = generator.standard_normal((count, width))
    y = generator.standard_normal((count, width)) + shift
    x, y = (rows / numpy.linalg.norm(rows, axis=1, keepdims=True) for rows in (x, y))
    x, y = (rows.astype(numpy.float32).astype(numpy.float64) for rows in (x, y))
    a, b = x * width**0.5, y * width**0.5

    def kernel(p, q):
        return (p @ q.T / width + 1) ** 3

    xx, yy, xy = kernel(a, a), kernel(b, b), kernel(a, b)
    within = count * (count - 1)
    mmd = ((xx.sum() - numpy.trace(xx)) / within + (yy.sum() - numpy.trace(yy)) / within
           - 2 * xy.sum() / count**2)
    tensors[f"{name}/x"] = torch.from_numpy(x)
    tensors[f"{name}/y"] = torch.from_numpy(y)
    tensors[f"{name}/mmd"] = torch.tensor(mmd)

save(tensors, path("kid.safetensors"))
