"""What a training step of `pinxit train diffusion` sees, worked out anew in Python.

Which pictures of a folder are held out, their order, each step's batch, and the dropped captions,
times and noise that the step draws, from their definitions: `Sources/Tensors/Random/SplitMix64.swift`,
`Sources/Datasets/Pictures` and `Sources/Training/Data/EpochOrder.swift`. `equal_hour.py` trains
PyTorch by it, and compares both programs' first losses to see that it is the same.
"""

import json
import os

import numpy as np

MASK = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15


class SplitMix64:
    """A stream of numbers; those of an index of a seed are independent."""

    def __init__(self, seed, index=None):
        self.state = seed & MASK
        if index is not None:
            offset = int(SplitMix64(seed ^ 0x6A09E667F3BCC908).next(1)[0])
            self.state = int(SplitMix64(offset + index).next(1)[0])

    def next(self, count):
        steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = np.uint64(self.state) + steps
        self.state = (self.state + count * GAMMA) & MASK
        return mixed(z)

    def uniform(self, count):
        return (self.next(count) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)

    def normal(self, count, both=True):
        """Standard normal numbers, by Box and Muller: both of each pair, or its first alone."""
        uniform = self.uniform(2 * (-(-count // 2) if both else count))
        radius = np.sqrt(-2 * np.log(1 - uniform[0::2]))
        angle = np.float32(2 * np.pi) * uniform[1::2]
        if not both:
            return radius * np.cos(angle)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count]

    def below(self, bounds):
        """A number below each of the bounds, which are less than 2^32: the product's upper half."""
        bounds, low = bounds.astype(np.uint64), np.uint64(2**32 - 1)
        drawn, half = self.next(len(bounds)), np.uint64(32)
        return ((drawn >> half) * bounds + (((drawn & low) * bounds) >> half)) >> half


def mixed(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def permuted(places, count, seed, round):
    """Which of `count` things come at places of a round: a Feistel network, walked until it fits."""
    half = np.uint64((max(2, (count - 1).bit_length()) + 1) // 2)
    mask, keys = np.uint64((1 << int(half)) - 1), SplitMix64(seed, round).next(4)
    value = np.array(places, dtype=np.uint64)
    outside = np.ones(len(value), dtype=bool)
    while outside.any():
        left, right = value[outside] >> half, value[outside] & mask
        for key in keys:
            left, right = right, (left ^ mixed(key + right + np.uint64(GAMMA))) & mask
        value[outside] = left << half | right
        outside = value >= count
    return value.astype(np.int64)


class EpochOrder:
    """Another shuffle of the samples in every epoch."""

    def __init__(self, count, seed):
        self.count, self.seed, self.epoch = count, seed, -1

    def batch(self, step, size):
        return [self.at(position) for position in range(step * size, (step + 1) * size)]

    def at(self, position):
        epoch, place = divmod(position, self.count)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, list(range(self.count))
            ends = np.arange(self.count, 0, -1)
            for i, j in zip(ends - 1, SplitMix64(self.seed, epoch).below(ends)):
                self.order[i], self.order[j] = self.order[j], self.order[i]
        return self.order[place]


class Pictures:
    """A folder of pictures with `metadata.jsonl`, one caption each."""

    def __init__(self, folder):
        with open(os.path.join(folder, "metadata.jsonl"), encoding="utf-8") as lines:
            captions = {line["file_name"]: line["text"] for line in map(json.loads, lines)}
        names = sorted(captions)
        self.captions = [captions[name] for name in names]
        self.paths = [os.path.join(folder, name) for name in names]
        held = hashes(self.paths) % np.uint64(10) == 0
        self.splits = {"train": np.flatnonzero(~held), "test": np.flatnonzero(held)}

    def stream(self, split, seed, count=None):
        """The first pictures in the order of a seed, by their number in the folder."""
        chosen = self.splits[split]
        rounds, rest = divmod(len(chosen) if count is None else count, len(chosen))
        lengths = [len(chosen)] * rounds + ([rest] if rest else [])
        return np.concatenate([
            chosen[permuted(range(length), len(chosen), seed, round)]
            for round, length in enumerate(lengths)])


def hashes(paths):
    """FNV-1a in 64 bits of the bytes of each file, of many files at once."""
    order = sorted(range(len(paths)), key=lambda i: os.path.getsize(paths[i]))
    result = np.zeros(len(paths), dtype=np.uint64)
    for start in range(0, len(order), 4096):
        part = order[start:start + 4096]
        files = [np.fromfile(paths[i], dtype=np.uint8) for i in part]
        lengths = np.array([len(file) for file in files])
        bytes = np.zeros((lengths[-1], len(files)), dtype=np.uint64)
        for column, file in enumerate(files):
            bytes[:len(file), column] = file
        hash = np.full(len(files), 0xCBF29CE484222325, dtype=np.uint64)
        for position, row in enumerate(bytes):
            first = np.searchsorted(lengths, position, side="right")
            hash[first:] = (hash[first:] ^ row[first:]) * np.uint64(0x100000001B3)
        result[part] = hash
    return result


def draws(seed, step, batch, shape, dropout, time_mean):
    """What a step draws: which captions are dropped, times, noise `[batch, height, width, channels]`."""
    random = SplitMix64(seed + 1, step)
    dropped = random.uniform(batch) < np.float32(dropout)
    times = 1 / (1 + np.exp(-(np.float32(time_mean) + random.normal(batch, both=False))))
    noise = random.normal(batch * int(np.prod(shape))).reshape(batch, *shape)
    return dropped, times.astype(np.float32), noise
