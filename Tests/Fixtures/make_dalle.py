"""A tiny random DALL-E in our own layout, with what PyTorch computes from it: `tiny-dalle`.

The folder holds a whole model; `gumbel` and `vq` hold picture tokenizers of the other kinds, and `expected.safetensors` inputs,
outputs and gradients. The networks are written here from their description in `Sources/DALLE`, parameter names included.
Pictures are PyTorch's: [batch, channels, height, width].
"""

import json
import math
import os
import shutil

from oracle import path, save

import torch
import torch.nn.functional as F
from torch import nn

from make_models import randomize, write_tokenizer

FOLDER = path("tiny-dalle")
SIDE, WIDTHS, ENCODER, DECODER = 16, [8, 12], [1, 1], [1, 2]
TEXT = {"vocab": 526, "length": 12}
WIDTH, LAYERS, HEADS = 24, 2, 3
expected = {}


class TinyBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x):
        return F.relu(self.conv(x) + x)


class Level(nn.Module):
    def __init__(self, width, blocks, name=None, conv=None):
        super().__init__()
        self.blocks = nn.ModuleList([TinyBlock(width) for _ in range(blocks)])
        if conv is not None:
            setattr(self, name, conv)


class Encoder(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.conv_in = nn.Conv2d(12, WIDTHS[0], 3, padding=1)
        self.levels = nn.ModuleList([
            Level(w, ENCODER[i], "down", nn.Conv2d(WIDTHS[i - 1], w, 3, 2, 1) if i > 0 else None)
            for i, w in enumerate(WIDTHS)])
        self.conv_out = nn.Conv2d(WIDTHS[-1], output, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.conv_in(F.pixel_unshuffle(x, 2)))
        for i, level in enumerate(self.levels):
            x = level.down(x) if i > 0 else x
            for block in level.blocks:
                x = block(x)
        return self.conv_out(x)


class Decoder(nn.Module):
    def __init__(self, input):
        super().__init__()
        self.conv_in = nn.Conv2d(input, WIDTHS[-1], 3, padding=1)
        self.levels = nn.ModuleList([
            Level(w, DECODER[i], "up", nn.Conv2d(w, WIDTHS[i - 1], 3, padding=1) if i > 0 else None)
            for i, w in enumerate(WIDTHS)])
        self.conv_out = nn.Conv2d(WIDTHS[0], 12, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.conv_in(x))
        for i in reversed(range(len(self.levels))):
            for block in self.levels[i].blocks:
                x = block(x)
            x = self.levels[i].up(F.interpolate(x, scale_factor=2)) if i > 0 else x
        return F.pixel_shuffle(self.conv_out(x), 2)


class FSQ(nn.Module):
    """As the authors' notebook has it, but for the shift, whose tangent there is a slip."""

    def __init__(self, levels):
        super().__init__()
        self.levels = levels
        self.input = self.output = len(levels)

    def forward(self, z):
        l = torch.tensor(self.levels, dtype=z.dtype)
        half = (l - 1) * (1 + 1e-3) / 2
        offset = torch.where(l % 2 == 0, 0.5, 0.0)
        bounded = (z + (offset / half).atanh()).tanh() * half - offset
        assert ((bounded.detach() % 1) - 0.5).abs().min() > 1e-4, "a feature lies between levels"
        codes = bounded + (bounded.round() - bounded).detach()
        steps = torch.tensor([math.prod(self.levels[:i]) for i in range(len(self.levels))])
        ids = ((codes.detach().round() + l // 2).long() * steps).sum(-1)
        return codes / (l // 2), ids, None


class Gumbel(nn.Module):
    temperature = 0.7

    def __init__(self, codes, width):
        super().__init__()
        self.codebook = nn.Parameter(torch.empty(codes, width))
        self.input, self.output = codes, width

    def forward(self, z):
        noise = -torch.log(-torch.log(uniform(z.numel(), seed=5))).view(z.shape)
        choice = ((z + noise) / self.temperature).softmax(-1)
        logs = z.log_softmax(-1)
        divergence = (logs.exp() * (logs + math.log(self.input))).sum(-1).mean()
        return choice @ self.codebook, z.argmax(-1), divergence


class VQ(nn.Module):
    def __init__(self, codes, width):
        super().__init__()
        self.codebook = nn.Parameter(torch.empty(codes, width))
        self.input = self.output = width

    def forward(self, z):
        distances = torch.cdist(z.flatten(0, 2), self.codebook)
        two = distances.detach().topk(2, largest=False).values
        assert (two[:, 1] - two[:, 0]).min() > 1e-4, "a feature lies between codes"
        ids = distances.argmin(-1).view(z.shape[:-1])
        nearest = self.codebook[ids].detach()
        return z + (nearest - z).detach(), ids, (z - nearest).square().mean()


def uniform(count, seed):
    """SplitMix64's `uniform()`, as `Tensors/Random/SplitMix64.swift` has it."""
    mask, state, values = 2**64 - 1, seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        values.append(((z ^ (z >> 31)) >> 40) * 2.0**-24)
    return torch.tensor(values).clamp_min(1e-12)


class Autoencoder(nn.Module):
    def __init__(self, quantizer):
        super().__init__()
        self.quantizer = quantizer
        self.encoder = Encoder(quantizer.input)
        self.decoder = Decoder(quantizer.output)


def autoencoder(name, folder, quantizer, config, seed):
    model = randomize(Autoencoder(quantizer), seed, gain=1.4)
    if hasattr(quantizer, "codebook"):
        generator = torch.Generator().manual_seed(seed)
        quantizer.codebook.data = torch.randn(quantizer.codebook.shape, generator=generator)
    picture = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(9)) * 2 - 1
    features = model.encoder(picture).permute(0, 2, 3, 1)
    vectors, ids, penalty = quantizer(features)
    rebuilt = model.decoder(vectors.permute(0, 3, 1, 2))
    loss = (rebuilt - picture).abs().mean() + (0 if penalty is None else 0.1 * penalty)
    loss.backward()
    expected["picture"] = picture
    for key, value in {"features": features, "tokens": ids, "vectors": vectors, "rebuilt": rebuilt,
                       "loss": loss.view(1)}.items():
        expected[f"{name}/{key}"] = value
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            expected[f"{name}_gradient/{key}"] = parameter.grad
    write(folder, model, {
        "_class_name": "PinxitDiscreteAutoencoder", "sample_size": SIDE, "block_out_channels": WIDTHS,
        "encoder_blocks": ENCODER, "decoder_blocks": DECODER, **config})
    return ids.flatten(1)


def write(folder, model, config):
    os.makedirs(os.path.join(FOLDER, folder), exist_ok=True)
    save(dict(model.state_dict()), os.path.join(FOLDER, folder, "model.safetensors"))
    with open(os.path.join(FOLDER, folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = nn.ModuleDict(
            {"qkv": nn.Linear(WIDTH, 3 * WIDTH), "out": nn.Linear(WIDTH, WIDTH)})
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(WIDTH, 4 * WIDTH), "fc2": nn.Linear(4 * WIDTH, WIDTH)})

    @torch.no_grad()
    def looks(self, x):
        """The mean over heads of how much each position looks at each."""
        b, t, _ = x.shape
        q, k, _ = self.attention["qkv"](self.norm1(x)).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
        return scores.masked_fill(hidden, -torch.inf).softmax(-1).mean(1)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.attention["qkv"](self.norm1(x)).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attention["out"](h.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, codes, side):
        super().__init__()
        self.side = side
        self.text_embedding = nn.Embedding(TEXT["vocab"], WIDTH)
        self.text_positions = nn.Embedding(TEXT["length"], WIDTH)
        self.picture_embedding = nn.Embedding(codes, WIDTH)
        self.row_positions = nn.Embedding(side, WIDTH)
        self.column_positions = nn.Embedding(side, WIDTH)
        self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])
        self.final_norm = nn.LayerNorm(WIDTH)
        self.text_head = nn.Linear(WIDTH, TEXT["vocab"])
        self.picture_head = nn.Linear(WIDTH, codes)

    def states(self, caption, tokens):
        place = torch.arange(tokens.shape[1])
        text = self.text_embedding(caption) + self.text_positions.weight
        picture = self.picture_embedding(tokens) + (
            self.row_positions(place // self.side) + self.column_positions(place % self.side))
        x = torch.cat([text, picture], 1)
        self.looks = []
        for layer in self.layers:
            self.looks.append(layer.looks(x))
            x = layer(x)
        return self.final_norm(x)

    def forward(self, caption, tokens):
        states, t = self.states(caption, tokens[:, :-1]), TEXT["length"]
        return self.text_head(states[:, : t - 1]), self.picture_head(states[:, t - 1 :])

    @torch.no_grad()
    def draw(self, caption, empty, scale, beginning):
        """The likeliest token, again and again, everything computed anew each time."""
        tokens = beginning
        both = torch.cat([empty, caption])
        while tokens.shape[1] < self.side**2:
            states = self.states(both, torch.cat([tokens, tokens]))
            plain, guided = self.picture_head(states[:, -1]).chunk(2)
            tokens = torch.cat([tokens, (plain + scale * (guided - plain)).argmax(-1, True)], 1)
        return tokens


def transformer(tokenizer, tokens, codes):
    side = SIDE >> len(WIDTHS)
    model = randomize(Transformer(codes, side), 31)
    ids = lambda texts: tokenizer(
        texts, padding="max_length", max_length=TEXT["length"], return_tensors="pt").input_ids
    caption, empty = ids(["a red apple", "a blue apple and on"]), ids(["", ""])
    text, picture = model(caption, tokens)
    t = TEXT["length"]
    expected["looks"] = torch.stack(model.looks).mean(0)[:, t - 1:, :t]
    expected["bits"] = torch.distributions.Categorical(logits=picture).entropy() / math.log(2)
    loss = F.cross_entropy(text.flatten(0, 1), caption[:, 1:].flatten()) / 8 + 7 / 8 * (
        F.cross_entropy(picture.flatten(0, 1), tokens.flatten()))
    loss.backward()
    expected.update({
        "caption": caption, "empty": empty, "logits/text": text, "logits/picture": picture,
        "transformer_gradient/loss": loss.view(1),
        "drawn": model.draw(caption, empty, 2.0, tokens[:, :0]),
        "completed": model.draw(caption, empty, 1.0, tokens[:, : 2 * side])})
    for key, parameter in model.named_parameters():
        expected[f"transformer_gradient/{key}"] = parameter.grad
    write("transformer", model, {
        "_class_name": "PinxitTokenTransformer", "text_vocab_size": TEXT["vocab"],
        "text_length": TEXT["length"], "picture_vocab_size": codes, "picture_side": side,
        "hidden_size": WIDTH, "num_layers": LAYERS, "num_heads": HEADS})


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    levels = [5, 4, 3]
    tokens = autoencoder(
        "fsq", "picture_tokenizer", FSQ(levels), {"quantizer": "fsq", "levels": levels}, 21)
    autoencoder("gumbel", "gumbel", Gumbel(20, 6), {
        "quantizer": "gumbel", "codebook_size": 20, "code_width": 6}, 22)
    autoencoder("vq", "vq", VQ(20, 6), {
        "quantizer": "vq", "codebook_size": 20, "code_width": 6}, 23)
    tokenizer = write_tokenizer(os.path.join(FOLDER, "tokenizer"), "<|endoftext|>")
    transformer(tokenizer, tokens, math.prod(levels))
    with open(os.path.join(FOLDER, "model_index.json"), "w") as file:
        json.dump({
            "_class_name": "PinxitDALLEPipeline", "tokenizer": ["transformers", "CLIPTokenizer"],
            "picture_tokenizer": ["pinxit", "DiscreteAutoencoder"],
            "transformer": ["pinxit", "TokenTransformer"]}, file, indent=2)
    save(expected, os.path.join(FOLDER, "expected.safetensors"))
