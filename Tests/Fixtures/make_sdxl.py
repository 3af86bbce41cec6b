"""Tiny random models of SDXL's kinds in the diffusers layout, with what diffusers computes.

Folders `tiny-sdxl` (two text encoders, sizes beside the text), `tiny-refiner` (the second encoder
alone, a score beside the text), `tiny-lcm` (told the guidance scale, by LCM's steps) hold pipelines;
`tiny-playground` two configurations in place of `tiny-sdxl`'s; `tiny-distilled` a U-Net as distilled
ones are: no attention at the bottom, other depths going up.
"""

import json
import os
import shutil

from oracle import path, save
from make_models import (
    PROMPT, SEED, add_text_prefix, keep_tokenizer_files, randomize, text_config, write_tokenizer)

import numpy
import torch
from diffusers import (
    AutoencoderKL, EDMDPMSolverMultistepScheduler, EDMEulerScheduler,
    EulerAncestralDiscreteScheduler, EulerDiscreteScheduler,
    LatentConsistencyModelPipeline, LCMScheduler, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline, UNet2DConditionModel)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
NEGATIVE = "two blue apples!"


def unet(widths, attention, **more):
    kinds = ["CrossAttn{}Block2D" if yes else "{}Block2D" for yes in attention]
    options = dict(
        sample_size=8, block_out_channels=widths, norm_num_groups=4, attention_head_dim=2,
        layers_per_block=1, use_linear_projection=True, cross_attention_dim=16,
        down_block_types=[kind.format("Down") for kind in kinds],
        up_block_types=[kind.format("Up") for kind in reversed(kinds)])
    return UNet2DConditionModel(**{**options, **more})


def autoencoder(scale):
    return AutoencoderKL(
        block_out_channels=(4, 8), norm_num_groups=2, latent_channels=4, scaling_factor=scale,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        sample_size=16, force_upcast=True)


def encoders(seed):
    first = text_config("quick_gelu", 525, num_hidden_layers=3)
    # The end is where the largest id is, as in published files.
    second = text_config(
        "gelu", 0, hidden_size=24, num_hidden_layers=3, projection_dim=20, eos_token_id=2)
    return (
        randomize(CLIPTextModel(CLIPTextConfig(**first)), seed),
        randomize(CLIPTextModelWithProjection(CLIPTextConfig(**second)), seed + 1))


def tidy(folder, two=True):
    names = ([("text_encoder", "tokenizer", "<|endoftext|>")] if two else [])
    for _, tokenizer, pad in names + [("", "tokenizer_2", "!")]:
        write_tokenizer(os.path.join(folder, tokenizer), pad)
        keep_tokenizer_files(folder, tokenizer)
    if two:
        add_text_prefix(folder)


def new(name):
    folder = path(name)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def record(expected, key, pipeline, **more):
    for output in ("latent", "pt", "pil"):
        images = pipeline(
            PROMPT, output_type=output, generator=torch.Generator().manual_seed(SEED), **more).images
        image = images[0] if output == "pil" else images
        expected[f"{key}/{output}"] = (
            torch.from_numpy(numpy.array(image)) if output == "pil" else image)


def sdxl(seed):
    folder = new("tiny-sdxl")
    text, text2 = encoders(seed)
    network = randomize(unet(
        (8, 12), (False, True), transformer_layers_per_block=[1, 2], cross_attention_dim=40,
        addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=20 + 6 * 4), seed + 2, gain=0.75)
    scheduler = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1)
    StableDiffusionXLPipeline(
        vae=randomize(autoencoder(0.13025), seed + 3), text_encoder=text, text_encoder_2=text2,
        tokenizer=write_tokenizer(os.path.join(folder, "tokenizer"), "<|endoftext|>"),
        tokenizer_2=write_tokenizer(os.path.join(folder, "tokenizer_2"), "!"), unet=network,
        scheduler=scheduler, add_watermarker=False).save_pretrained(folder)
    tidy(folder)
    pipeline = StableDiffusionXLPipeline.from_pretrained(folder, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    expected = {}
    prompts = ["", PROMPT, NEGATIVE, "wow!!! a red apple and 2 cats, and more words than fit"]
    for index, prompt in enumerate(prompts):
        states, _, pooled, _ = pipeline.encode_prompt(
            prompt, do_classifier_free_guidance=False)
        expected[f"states/{index}"], expected[f"pooled/{index}"] = states, pooled
    generator = torch.Generator().manual_seed(seed + 4)
    x = torch.randn(2, 4, 8, 8, generator=generator)
    states = torch.cat([expected["states/1"], expected["states/2"]])
    pooled = torch.cat([expected["pooled/1"], expected["pooled/2"]])
    ids = torch.tensor([[16, 16, 0, 0, 16, 16], [1024, 768, 3, 5, 512, 640]], dtype=torch.float32)
    with torch.no_grad():
        y = pipeline.unet(
            x, torch.tensor([999, 37]), states,
            added_cond_kwargs={"text_embeds": pooled, "time_ids": ids}).sample
    expected.update({"unet/sample": x, "unet/ids": ids, "unet/y": y})
    record(expected, "plain", pipeline, num_inference_steps=6, guidance_scale=5.0)
    record(
        expected, "told", pipeline, num_inference_steps=4, guidance_scale=5.0,
        negative_prompt=NEGATIVE, original_size=(512, 640), crops_coords_top_left=(16, 8),
        target_size=(64, 32), negative_original_size=(100, 50), negative_target_size=(30, 20),
        negative_crops_coords_top_left=(1, 2))
    record(
        expected, "wide", pipeline, num_inference_steps=3, guidance_scale=1.0, height=16, width=24)
    pipeline.scheduler = EulerAncestralDiscreteScheduler.from_config(
        pipeline.scheduler.config, timestep_spacing="trailing")
    record(expected, "turbo", pipeline, num_inference_steps=1, guidance_scale=0.0)
    save(expected, os.path.join(folder, "expected.safetensors"), {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": SEED,
        **{f"prompt/{index}": prompt for index, prompt in enumerate(prompts)}})


def playground():
    """`tiny-sdxl` with the schedule and the normed latents of Playground 2.5: what differs."""
    folder = new("tiny-playground")
    pipeline = StableDiffusionXLPipeline.from_pretrained(path("tiny-sdxl"), add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.vae.register_to_config(
        latents_mean=[-1.6574, 1.886, -1.383, 2.5155], latents_std=[8.4927, 5.9022, 6.5498, 5.2299],
        scaling_factor=0.5)
    expected = {}
    for key, scheduler in (
            ("dpmpp_2m", EDMDPMSolverMultistepScheduler()), ("euler", EDMEulerScheduler())):
        pipeline.scheduler = scheduler
        record(expected, key, pipeline, num_inference_steps=5, guidance_scale=3.0)
    pixels = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(SEED)) * 2 - 1
    with torch.no_grad():
        mean, deviation = (
            torch.tensor(values).view(1, 4, 1, 1) for values in (
                pipeline.vae.config.latents_mean, pipeline.vae.config.latents_std))
        z = pipeline.vae.encode(pixels).latent_dist.mean
        expected["encoded/x"], expected["encoded/y"] = pixels, (z - mean) * 0.5 / deviation
    os.makedirs(folder)
    for name, config in (
            ("vae", pipeline.vae.config), ("scheduler", EDMDPMSolverMultistepScheduler().config)):
        with open(os.path.join(folder, f"{name}.json"), "w") as file:
            json.dump(dict(config), file, indent=1)
    save(expected, os.path.join(folder, "expected.safetensors"), {"prompt": PROMPT, "seed": SEED})


def refiner(seed):
    folder = new("tiny-refiner")
    _, text2 = encoders(seed)
    network = randomize(unet(
        (8, 12), (False, True), transformer_layers_per_block=2, cross_attention_dim=24,
        addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=20 + 5 * 4), seed + 2, gain=0.75)
    pipeline = StableDiffusionXLImg2ImgPipeline(
        vae=randomize(autoencoder(0.13025), seed + 3), text_encoder=None, text_encoder_2=text2,
        tokenizer=None, tokenizer_2=write_tokenizer(os.path.join(folder, "tokenizer_2"), "!"),
        unet=network, scheduler=EulerDiscreteScheduler(
            **BETAS, timestep_spacing="leading", steps_offset=1),
        requires_aesthetics_score=True, force_zeros_for_empty_prompt=False, add_watermarker=False)
    pipeline.save_pretrained(folder)
    tidy(folder, two=False)
    pipeline.set_progress_bar_config(disable=True)
    # As the second stage of six steps of `tiny-sdxl`, of which it takes the last two.
    base = StableDiffusionXLPipeline.from_pretrained(path("tiny-sdxl"), add_watermarker=False)
    base.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(SEED)
    half = base(
        PROMPT, num_inference_steps=6, guidance_scale=5.0, denoising_end=0.7, output_type="latent",
        generator=generator).images
    expected = {"base/latent": half}
    for output in ("latent", "pt"):
        expected[f"refined/{output}"] = pipeline(
            PROMPT, image=half, num_inference_steps=6, guidance_scale=5.0, denoising_start=0.7,
            output_type=output, generator=generator).images
    save(expected, os.path.join(folder, "expected.safetensors"), {
        "prompt": PROMPT, "seed": SEED, "at": "0.7", "steps": 6})


def lcm(seed):
    folder = new("tiny-lcm")
    network = randomize(
        unet((8, 16), (True, False), time_cond_proj_dim=6), seed + 2, gain=0.75)
    text = randomize(CLIPTextModel(CLIPTextConfig(**text_config("quick_gelu", 525))), seed)
    pipeline = LatentConsistencyModelPipeline(
        vae=randomize(autoencoder(0.18215), seed + 3), text_encoder=text,
        tokenizer=write_tokenizer(os.path.join(folder, "tokenizer"), "<|endoftext|>"),
        unet=network, scheduler=LCMScheduler(**BETAS), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)
    pipeline.save_pretrained(folder)
    write_tokenizer(os.path.join(folder, "tokenizer"), "<|endoftext|>")
    keep_tokenizer_files(folder)
    add_text_prefix(folder)
    pipeline.set_progress_bar_config(disable=True)
    expected = {}
    for steps in (1, 2, 4):
        record(
            expected, f"steps_{steps}", pipeline, num_inference_steps=steps, guidance_scale=8.5)
    save(expected, os.path.join(folder, "expected.safetensors"), {"prompt": PROMPT, "seed": SEED})


def distilled(seed):
    folder = new("tiny-distilled")
    network = randomize(unet(
        (8, 12, 16), (False, True, True), layers_per_block=[1, 2, 1],
        mid_block_type="UNetMidBlock2D", transformer_layers_per_block=[1, [2, 1], [3]],
        reverse_transformer_layers_per_block=[[1, 2], [2, 1, 1], 1]), seed, gain=0.75)
    network.save_pretrained(os.path.join(folder, "unet"))
    lopsided = randomize(unet(
        (8, 12), (True, False), mid_block_type=None,
        up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"]), seed + 1, gain=0.75)
    lopsided.save_pretrained(os.path.join(folder, "lopsided"))
    generator = torch.Generator().manual_seed(seed + 2)
    x, states = (
        torch.randn(1, 4, 8, 8, generator=generator), torch.randn(1, 5, 16, generator=generator))
    with torch.no_grad():
        save({
            "sample": x, "states": states, "unet/y": network(x, 500, states).sample,
            "lopsided/y": lopsided(x, 500, states).sample},
            os.path.join(folder, "expected.safetensors"))


if __name__ == "__main__":
    sdxl(600)
    playground()
    refiner(700)
    lcm(800)
    distilled(900)
