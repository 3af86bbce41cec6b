"""PyTorch's best training steps, for `Benchmarks/README.md`: forward, loss, backward, AdamW.

Three models in the shapes that Pinxit trains; f32 and bf16 autocast, with and without channels
last. Prints samples per second (the median step) as JSON; the best of each type is what counts.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPConfig, CLIPModel


def unet():
    model = UNet2DConditionModel(
        sample_size=16, in_channels=8, out_channels=8, block_out_channels=(64, 128, 192),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1, cross_attention_dim=192, attention_head_dim=4, norm_num_groups=16)
    batch = 64
    latents = torch.randn(batch, 8, 16, 16)
    states = torch.randn(batch, 32, 192)
    times = torch.randint(0, 1000, (batch,))
    target = torch.randn(batch, 8, 16, 16)

    def loss():
        return F.mse_loss(model(latents, times, states).sample.float(), target)

    return model, batch, loss


def autoencoder():
    model = AutoencoderKL(
        block_out_channels=(16, 32, 64, 128), latent_channels=8, layers_per_block=1,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        norm_num_groups=8, sample_size=128)
    batch = 16
    images = torch.rand(batch, 3, 128, 128) * 2 - 1

    def loss():
        posterior = model.encode(images).latent_dist
        decoded = model.decode(posterior.sample()).sample.float()
        return (decoded - images).abs().mean() + 1e-6 * posterior.kl().float().mean()

    return model, batch, loss


def clip():
    tower = {
        "hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 4,
        "num_attention_heads": 4, "hidden_act": "gelu", "projection_dim": 192}
    model = CLIPModel(CLIPConfig(
        text_config={
            **tower, "vocab_size": 4096, "max_position_embeddings": 32, "bos_token_id": 4094,
            "eos_token_id": 4095, "pad_token_id": 4095},
        vision_config={**tower, "image_size": 64, "patch_size": 8}, projection_dim=192))
    batch = 128
    ids = torch.randint(0, 4094, (batch, 32))
    ids[:, -1] = 4095
    images = torch.randn(batch, 3, 64, 64)

    def loss():
        return model(input_ids=ids, pixel_values=images, return_loss=True).loss

    return model, batch, loss


MODELS = {"unet": unet, "autoencoder": autoencoder, "clip": clip}


def measure(make, bf16, channels_last, seconds, compiled=False):
    """Samples per second of the median step, and how many parameters there are."""
    torch.manual_seed(0)
    model, batch, loss = make()
    model.train()
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    if compiled:
        model.compile()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step():
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            value = loss()
        value.backward()
        optimiser.step()

    step()
    step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times), sum(p.numel() for p in model.parameters())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", default=[], help=f"of {', '.join(MODELS)}; default all")
    parser.add_argument("--seconds", type=float, default=20, help="for each configuration")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    unknown = set(options.models) - set(MODELS)
    if unknown:
        parser.error(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    torch.set_num_threads(options.threads)
    results = []
    for name in options.models or MODELS:
        for bf16 in (False, True):
            for channels_last in (False, True):
                rate, parameters = measure(MODELS[name], bf16, channels_last, options.seconds)
                results.append({
                    "model": name, "parameters": parameters, "type": "bf16" if bf16 else "f32",
                    "channels_last": channels_last, "samples_per_second": round(rate, 1)})
                print(results[-1], file=sys.stderr, flush=True)
    json.dump({"torch": torch.__version__, "threads": options.threads, "results": results},
              sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
