"""Writes clipgan.safetensors: a small CLIP-conditioned GAN in PyTorch with what it computes.

Networks and keys as in Sources/CLIPGAN. Pictures are channels last; weights are PyTorch's.

    generator/NAME, discriminator/NAME    weights
    noise, text, pictures, weighting, signs   inputs
    looks                                 G's self-attention at 8x8 cells, the mean over heads
    painted, generator_gradient/NAME      G's pictures; gradients of mean(G * weighting)
    verdict, discriminator_gradient/NAME  D on pictures and text; gradients of mean(verdict * signs)
    penalty                               mean ||dD/dx||^2 on pictures
    penalty_gradient/NAME                 gradients of half of it, by double backward
"""

import torch
import torch.nn.functional as F
from torch import nn

from oracle import channels_first, channels_last, path, save

torch.manual_seed(7)
NOISE, TEXT, CONDITION, HEAD = 6, 10, 12, 8
WIDTHS, CONVOLUTIONS, ATTENTION = [16, 16, 8], [2, 1, 1], [8]
SIDE, D_WIDTHS, D_ATTENTION = 16, [8, 16, 16], [8]


class SelfAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.to_q, self.to_k, self.to_v = (
            nn.Linear(channels, channels, bias=False) for _ in range(3))
        self.to_out = nn.Linear(channels, channels)
        self.heads = channels // HEAD

    def forward(self, x):
        b, c, h, w = x.shape
        cells = self.norm(x.flatten(2).transpose(1, 2))
        q, k, v = (
            layer(cells).view(b, h * w, self.heads, HEAD).transpose(1, 2)
            for layer in (self.to_q, self.to_k, self.to_v)
        )
        # Written out: the fused one has no second derivative.
        weights = (q @ k.transpose(-1, -2) / HEAD**0.5).softmax(-1)
        self.looks = weights.mean(1).detach()
        y = self.to_out((weights @ v).transpose(1, 2).reshape(b, h * w, c))
        return x + y.transpose(1, 2).view(b, c, h, w)


class ModulatedConvolution(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.affine = nn.Linear(CONDITION, 2 * channels)
        self.conv = nn.Conv2d(channels, out, 3, padding=1)

    def forward(self, x, condition):
        scale, shift = self.affine(condition)[:, :, None, None].chunk(2, 1)
        return self.conv(F.silu((1 + scale) * x + shift))


class GeneratorLevel(nn.Module):
    def __init__(self, level):
        super().__init__()
        width = WIDTHS[level]
        if level > 0:
            self.up = nn.ConvTranspose2d(WIDTHS[level - 1], width, 4, stride=2, padding=1, bias=False)
        self.block = nn.ModuleList(
            ModulatedConvolution(width, width) for _ in range(CONVOLUTIONS[level]))
        if 4 << level in ATTENTION:
            self.attention = SelfAttention(width)

    def forward(self, x, condition):
        x = self.up(x) if hasattr(self, "up") else x
        y = x
        for convolution in self.block:
            y = convolution(y, condition)
        x = x + y
        return self.attention(x) if hasattr(self, "attention") else x


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.text_projection = nn.Linear(TEXT, NOISE)
        self.mapping = nn.ModuleList([nn.Linear(2 * NOISE, CONDITION), nn.Linear(CONDITION, CONDITION)])
        self.start = nn.Linear(CONDITION, 16 * WIDTHS[0])
        self.up_blocks = nn.ModuleList(GeneratorLevel(level) for level in range(len(WIDTHS)))
        self.conv_out = ModulatedConvolution(WIDTHS[-1], 3)

    def forward(self, noise, text):
        condition = torch.cat([noise, self.text_projection(text * TEXT**0.5)], 1)
        for layer in self.mapping:
            condition = F.silu(layer(condition))
        # The first map is channels last, as the Swift side reads it.
        x = channels_first(self.start(condition).view(-1, 4, 4, WIDTHS[0]))
        for level in self.up_blocks:
            x = level(x, condition)
        return self.conv_out(x, condition)


class DiscriminatorLevel(nn.Module):
    def __init__(self, level):
        super().__init__()
        channels, width = D_WIDTHS[level - 1], D_WIDTHS[level]
        self.skip = nn.Conv2d(channels, width, 1)
        self.down = nn.Conv2d(channels, width, 4, stride=2, padding=1)
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        if SIDE >> level in D_ATTENTION:
            self.attention = SelfAttention(width)

    def forward(self, x):
        x = self.skip(F.avg_pool2d(x, 2)) + self.conv(F.silu(self.down(F.silu(x))))
        return self.attention(x) if hasattr(self, "attention") else x


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        width, last = D_WIDTHS[-1], SIDE >> (len(D_WIDTHS) - 1)
        self.conv_in = nn.Conv2d(3, D_WIDTHS[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            DiscriminatorLevel(level) for level in range(1, len(D_WIDTHS)))
        self.joint = nn.Conv2d(width, width, 3, padding=1)
        self.text_shift = nn.Linear(TEXT, width)
        self.realness = nn.Linear(last * last * width, 1)
        self.match = nn.Linear(width, TEXT)

    def forward(self, x, text):
        x = self.conv_in(x)
        for level in self.down_blocks:
            x = level(x)
        seen = F.silu(self.joint(F.silu(x)) + self.text_shift(text * TEXT**0.5)[:, :, None, None])
        fit = (self.match(seen.mean((2, 3))) * text).sum(1)
        return self.realness(channels_last(seen).flatten(1)).squeeze(1) + fit


def gradients(prefix, module, loss):
    names, parameters = zip(*module.named_parameters())
    found = torch.autograd.grad(loss, parameters, retain_graph=True)
    return {f"{prefix}_gradient/{name}": gradient for name, gradient in zip(names, found)}


generator, discriminator = Generator(), Discriminator()
tensors = {}
for name, module in [("generator", generator), ("discriminator", discriminator)]:
    for key, value in module.named_parameters():
        tensors[f"{name}/{key}"] = value

noise = torch.randn(3, NOISE)
text = F.normalize(torch.randn(3, TEXT), dim=1)
weighting = torch.randn(3, 3, SIDE, SIDE)
pictures = torch.randn(3, 3, SIDE, SIDE).clamp(-1, 1).requires_grad_()
painted = generator(noise, text)
loss = (painted * weighting).mean()
tensors |= {"noise": noise, "text": text, "weighting": channels_last(weighting),
            "painted": channels_last(painted), "looks": generator.up_blocks[1].attention.looks}
tensors |= gradients("generator", generator, loss)

signs = torch.tensor([1.0, -1.0, 0.5])
verdict = discriminator(pictures, text)
tensors |= {"pictures": channels_last(pictures), "signs": signs, "verdict": verdict}
tensors |= gradients("discriminator", discriminator, (verdict * signs).mean())

(slope,) = torch.autograd.grad(verdict.sum(), pictures, create_graph=True)
penalty = slope.square().sum((1, 2, 3)).mean()
tensors |= {"slope": channels_last(slope), "penalty": penalty}
names, parameters = zip(*discriminator.named_parameters())
found = torch.autograd.grad(penalty / 2, parameters, allow_unused=True)
# The last bias does not move the slope.
tensors |= {f"penalty_gradient/{n}": g for n, g in zip(names, found) if g is not None}

save(tensors, path("clipgan.safetensors"))
