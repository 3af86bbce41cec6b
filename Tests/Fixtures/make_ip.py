"""What diffusers paints with pictures as prompts.

`ip/encoder`: a tiny image encoder. `ip/base.safetensors`, `ip/plus.bin` (for `tiny-sd1`) and
`ip/base-xl.safetensors`, `ip/plus-xl.safetensors` (for `tiny-sdxl`): adapters of random numbers in the
layout of IP-Adapter's authors. `ip/faces.safetensors`: the names of one of another kind.
`ip.safetensors`: the picture, what the encoder says, the tokens made of it, and for each case
latents, the decoded picture and its bytes. Works with diffusers 0.42, which makes Plus of four layers.
"""

import os

from oracle import path, save
from make_editing import HEIGHT, SEED, WIDTH, load, picture, record
from make_models import randomize, samplers

import numpy
import torch
from diffusers import (
    ControlNetModel, StableDiffusionControlNetPipeline, StableDiffusionPipeline,
    StableDiffusionXLPipeline)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

STATES, EMBEDDING, QUERIES = 32, 24, 3


def attentions(unet):
    """Width and text features of every cross-attention, in the order of adapters."""
    names = [n for n in unet.attn_processors if "attn2" in n]
    modules = dict(unet.named_modules())
    return [modules[n.removesuffix(".processor")].to_k for n in names]


def adapter(unet, kind, seed):
    generator = torch.Generator().manual_seed(seed)
    layers = attentions(unet)
    text = layers[0].in_features

    def random(*shape, gain=1.0):
        return torch.randn(shape, generator=generator) * gain / shape[-1] ** 0.5

    def norm(name, width):
        return {
            f"{name}.weight": 1 + random(width), f"{name}.bias": random(width, gain=0.5)}

    if kind == "base":
        image = {
            "proj.weight": random(4 * text, EMBEDDING), "proj.bias": random(4 * text),
            **norm("norm", text)}
    else:
        width, heads = 16, 128
        image = {
            "latents": random(1, QUERIES, width, gain=5),
            "proj_in.weight": random(width, STATES), "proj_in.bias": random(width),
            "proj_out.weight": random(text, width), "proj_out.bias": random(text),
            **norm("norm_out", text)}
        for i in range(4):
            image |= {
                **norm(f"layers.{i}.0.norm1", width), **norm(f"layers.{i}.0.norm2", width),
                f"layers.{i}.0.to_q.weight": random(heads, width),
                f"layers.{i}.0.to_kv.weight": random(2 * heads, width),
                f"layers.{i}.0.to_out.weight": random(width, heads),
                **norm(f"layers.{i}.1.0", width),
                f"layers.{i}.1.1.weight": random(4 * width, width),
                f"layers.{i}.1.3.weight": random(width, 4 * width)}
    own = {}
    for i, layer in enumerate(layers):
        own[f"{2 * i + 1}.to_k_ip.weight"] = random(layer.out_features, text)
        own[f"{2 * i + 1}.to_v_ip.weight"] = random(layer.out_features, text, gain=2.0)
    return {"image_proj": image, "ip_adapter": own}


def write(name, state):
    flat = {f"{part}.{k}": v.contiguous() for part, of in state.items() for k, v in of.items()}
    save_file(flat, path("ip", name))
    os.chmod(path("ip", name), 0o644)


def main():
    os.makedirs(path("ip"), exist_ok=True)
    encoder = randomize(CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=STATES, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2,
        image_size=16, patch_size=4, projection_dim=EMBEDDING, hidden_act="gelu")), 81)
    encoder.save_pretrained(path("ip", "encoder"))
    os.chmod(path("ip", "encoder", "model.safetensors"), 0o644)
    processor = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    processor.save_pretrained(path("ip", "encoder"))
    shown = Image.fromarray(picture(50, 33))
    pixels = processor(shown, return_tensors="pt").pixel_values
    with torch.no_grad():
        seen = encoder(pixels, output_hidden_states=True)
    expected = {
        "picture": torch.from_numpy(numpy.array(shown)),
        "embedding": seen.image_embeds, "states": seen.hidden_states[-2]}
    parts = dict(image_encoder=encoder, feature_extractor=processor)
    more = dict(num_inference_steps=4, width=WIDTH, height=HEIGHT, ip_adapter_image=shown)

    def paint(key, pipeline, state, scale=0.7, **other):
        pipeline.load_ip_adapter(state, subfolder=None, weight_name=None)
        pipeline.set_ip_adapter_scale(scale)
        record(expected, key, pipeline, **{**more, "guidance_scale": 5.0, **other})
        pipeline.unload_ip_adapter()
        pipeline.register_modules(**parts)

    pipeline = load(StableDiffusionPipeline, "tiny-sd1", safety_checker=None, **parts)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    base, plus = adapter(pipeline.unet, "base", 82), adapter(pipeline.unet, "plus", 83)
    write("base.safetensors", base)
    torch.save(plus, path("ip", "plus.bin"))
    paint("base", pipeline, base)
    paint("base/unguided", pipeline, base, guidance_scale=1.0)
    paint("plus", pipeline, plus, scale=1.0)
    net = ControlNetModel.from_pretrained(path("tiny-control"))
    pipeline = load(
        StableDiffusionControlNetPipeline, "tiny-sd1", safety_checker=None, controlnet=net, **parts)
    pipeline.scheduler = samplers(pipeline)["ddim"]
    lines = Image.fromarray(load_file(path("control.safetensors"))["lines"].numpy())
    paint("control", pipeline, plus, image=lines, controlnet_conditioning_scale=0.8)
    pipeline = load(StableDiffusionXLPipeline, "tiny-sdxl", add_watermarker=False, **parts)
    for seed, kind in ((84, "base"), (85, "plus")):
        state = adapter(pipeline.unet, kind, seed)
        write(f"{kind}-xl.safetensors", state)
        paint(f"xl/{kind}", pipeline, state, scale=0.6)
    faces = {"image_proj": {"proj.0.weight": torch.zeros(4, 2), "proj.2.weight": torch.zeros(2, 4),
                            "norm.weight": torch.zeros(2)},
             "ip_adapter": {"1.to_k_ip.weight": torch.zeros(2, 2)}}
    write("faces.safetensors", faces)
    save(expected, path("ip.safetensors"))


main()
