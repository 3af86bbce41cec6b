"""PyTorch's best pace of drawing picture tokens, for `Benchmarks/README.md`.

The transformer of `Recipes/dalle.json` (width 256, 6 layers, 8 heads, 32 text tokens, 64 picture tokens of 4,375 codes), with keys
and values of earlier positions kept in memory that is laid out once. Prints picture tokens per second, drawn with
temperature 1, as JSON: the best of the runs, for batches of 1 and 16, in f32 and bf16.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from torch import nn

TEXT, SIDE, WIDTH, LAYERS, HEADS, CODES, WORDS = 32, 8, 256, 6, 8, 4375, 2048


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.fc1, self.fc2 = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, cache, at):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        cache[0][:, :, at : at + t], cache[1][:, :, at : at + t] = k, v
        h = F.scaled_dot_product_attention(
            q, cache[0][:, :, : at + t], cache[1][:, :, : at + t], is_causal=t > 1)
        x = x + self.out(h.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.text, self.text_places = nn.Embedding(WORDS, WIDTH), nn.Embedding(TEXT, WIDTH)
        self.picture = nn.Embedding(CODES, WIDTH)
        self.rows, self.columns = nn.Embedding(SIDE, WIDTH), nn.Embedding(SIDE, WIDTH)
        self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CODES)

    @torch.inference_mode()
    def draw(self, caption):
        batch, kind = caption.shape[0], self.head.weight.dtype
        caches = [
            torch.empty(2, batch, HEADS, TEXT + SIDE**2, WIDTH // HEADS, dtype=kind)
            for _ in range(LAYERS)]
        x = self.text(caption) + self.text_places.weight
        at, drawn = 0, []
        for step in range(SIDE**2):
            for layer, cache in zip(self.layers, caches):
                x = layer(x, cache, at)
            at += x.shape[1]
            shares = self.head(self.norm(x[:, -1])).float().softmax(-1)
            token = torch.multinomial(shares, 1)
            drawn.append(token)
            x = self.picture(token) + (self.rows.weight[step // SIDE] + self.columns.weight[step % SIDE])
        return torch.cat(drawn, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=[1, 2], nargs="*")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    results = []
    torch.manual_seed(0)
    for kind in (torch.float32, torch.bfloat16):
        model = Transformer().to(kind).eval()
        for batch in (1, 16):
            best = {}
            for threads in options.threads:
                torch.set_num_threads(threads)
                caption = torch.randint(0, WORDS, (batch, TEXT))
                model.draw(caption)
                times = []
                for _ in range(options.runs):
                    start = time.perf_counter()
                    model.draw(caption)
                    times.append(time.perf_counter() - start)
                best[threads] = batch * SIDE**2 / min(times)
            threads = max(best, key=best.get)
            results.append({
                "type": str(kind).removeprefix("torch."), "batch": batch, "threads": threads,
                "tokens_per_second": round(best[threads], 1)})
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
