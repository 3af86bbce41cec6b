"""A tiny random unCLIP in the diffusers layout, with what diffusers computes from it.

The folder `tiny-unclip` is a StableUnCLIPPipeline with the image encoder of a
StableUnCLIPImg2ImgPipeline beside it, so that both can be run; `expected.safetensors` has inputs,
outputs and gradients. Layouts are PyTorch's: [batch, channels, height, width].
"""

import json
import math
import os
import shutil

from make_models import (
    GUIDANCE, PROMPT, SEED, STEPS, keep_tokenizer_files, gradients, models, randomize,
    text_config, write_tokenizer)
from oracle import path, save

import numpy
import torch
from diffusers import (
    DDIMScheduler, DDPMScheduler, PriorTransformer, StableUnCLIPImg2ImgPipeline,
    StableUnCLIPPipeline, UnCLIPScheduler, UNet2DConditionModel)
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import (
    StableUnCLIPImageNormalizer)
from PIL import Image
from transformers import (
    CLIPImageProcessor, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection,
    CLIPVisionConfig, CLIPVisionModelWithProjection)

FOLDER = path("tiny-unclip")
WIDTH, TOKENS, PRIOR_STEPS, PRIOR_GUIDANCE, NOISE_LEVEL = 16, 12, 6, 3.0, 250


def picture():
    """Soft colours, so that resizing matters and rounding does not."""
    generator = torch.Generator().manual_seed(7)
    small = torch.randint(0, 256, (6, 8, 3), generator=generator, dtype=torch.uint8).numpy()
    return Image.fromarray(small).resize((48, 36), Image.BICUBIC)


def parts():
    tokenizer = write_tokenizer(os.path.join(FOLDER, "tokenizer"), "!")
    prior_tokenizer = write_tokenizer(os.path.join(FOLDER, "prior_tokenizer"), "<|endoftext|>")
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 12), cross_attention_dim=WIDTH, norm_num_groups=4,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], attention_head_dim=[1, 2],
        layers_per_block=1, use_linear_projection=True, class_embed_type="projection",
        projection_class_embeddings_input_dim=2 * WIDTH)
    prior = randomize(PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, num_layers=2, embedding_dim=WIDTH,
        num_embeddings=TOKENS), 601)
    normalizer = StableUnCLIPImageNormalizer(embedding_dim=WIDTH)
    generator = torch.Generator().manual_seed(602)
    for mean, std in ((prior.clip_mean, prior.clip_std), (normalizer.mean, normalizer.std)):
        mean.data = 0.2 * torch.randn(mean.shape, generator=generator)
        std.data = 0.5 + torch.rand(std.shape, generator=generator)
    vision = CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        image_size=32, patch_size=8, hidden_act="gelu", projection_dim=WIDTH)
    prior_text = CLIPTextConfig(**text_config("quick_gelu", 525))
    return dict(
        prior_tokenizer=prior_tokenizer, prior=prior,
        prior_text_encoder=randomize(CLIPTextModelWithProjection(prior_text), 603),
        prior_scheduler=DDPMScheduler(
            beta_schedule="squaredcos_cap_v2", prediction_type="sample",
            variance_type="fixed_small_log", clip_sample=True, clip_sample_range=2.0),
        image_normalizer=normalizer,
        image_noising_scheduler=DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
        tokenizer=tokenizer,
        text_encoder=randomize(CLIPTextModel(CLIPTextConfig(**text_config("gelu", 0))), 604),
        unet=randomize(unet, 605, gain=0.75), vae=randomize(models("tiny-sd2")[1], 606),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1, prediction_type="v_prediction"),
        image_encoder=randomize(CLIPVisionModelWithProjection(vision), 607),
        feature_extractor=CLIPImageProcessor(
            size={"shortest_edge": 36}, crop_size={"height": 32, "width": 32}))


def encoded(parts, prompts):
    """What the prior is given: embeddings, states, mask."""
    ids = parts["prior_tokenizer"](
        prompts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
    with torch.no_grad():
        output = parts["prior_text_encoder"](ids.input_ids)
    return output.text_embeds, output.last_hidden_state, ids.attention_mask.bool()


def prior_alone(parts, expected):
    prompts = ["", PROMPT, "two blue apples, and a red one, and many more than fit"]
    embeds, states, mask = encoded(parts, prompts)
    generator = torch.Generator().manual_seed(608)
    noisy = torch.randn(3, WIDTH, generator=generator)
    target = torch.randn(3, WIDTH, generator=generator)
    times = torch.tensor([999, 420, 3])
    y = parts["prior"](noisy, times, embeds, states, mask).predicted_image_embedding
    expected.update({
        "text/embeddings": embeds, "text/states": states, "text/lengths": mask.sum(1),
        "prior/sample": noisy, "prior/timestep": times, "prior/target": target, "prior/y": y})
    gradients(parts["prior"], (y - target).square().mean(), expected, "prior_gradient")
    return {f"prompt/{index}": prompt for index, prompt in enumerate(prompts)}


def unclip_steps(parts, expected):
    """The prior under UnCLIPScheduler, as UnCLIPPipeline runs it.

    Its tables are made in double precision: those in f32, where 1 - alpha cancels at the last step, are off by 5.6e-4
    of the embedding, and the network by 2e-6.
    """
    scheduler = UnCLIPScheduler(prediction_type="sample", clip_sample_range=2.0)
    cosine = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    scheduler.betas = torch.tensor(
        [min(1 - cosine((i + 1) / 1000) / cosine(i / 1000), 0.999) for i in range(1000)],
        dtype=torch.float64)
    scheduler.alphas = 1 - scheduler.betas
    scheduler.alphas_cumprod = scheduler.alphas.cumprod(0)
    scheduler.set_timesteps(PRIOR_STEPS)
    embeds, states, mask = encoded(parts, ["", PROMPT])
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn(1, WIDTH, generator=generator)
    for i, t in enumerate(scheduler.timesteps):
        with torch.no_grad():
            both = parts["prior"](
                torch.cat([x, x]), t, embeds, states, mask).predicted_image_embedding
        guided = both[:1] + PRIOR_GUIDANCE * (both[1:] - both[:1])
        last = i + 1 == len(scheduler.timesteps)
        x = scheduler.step(
            guided, t, x, generator=generator,
            prev_timestep=None if last else scheduler.timesteps[i + 1]).prev_sample.float()
    expected["prior_embedding/unclip"] = parts["prior"].post_process_latents(x)


def decoder_alone(parts, expected):
    generator = torch.Generator().manual_seed(609)
    noisy = torch.randn(2, 4, 8, 8, generator=generator)
    states = torch.randn(2, TOKENS, WIDTH, generator=generator)
    labels = torch.randn(2, 2 * WIDTH, generator=generator)
    target = torch.randn(2, 4, 8, 8, generator=generator)
    times = torch.tensor([999, 37])
    y = parts["unet"](noisy, times, states, class_labels=labels).sample
    expected.update({
        "unet/sample": noisy, "unet/timestep": times, "unet/states": states,
        "unet/labels": labels, "unet/target": target, "unet/y": y})
    every = {}
    gradients(parts["unet"], (y - target).square().mean(), every, "unet_gradient")
    expected.update({key: value for key, value in every.items() if "class_embedding" in key})


def pipelines(parts, expected):
    wanted = lambda kind: {
        name: parts[name] for name in parts
        if name in kind.__init__.__code__.co_varnames}
    text = StableUnCLIPPipeline(**wanted(StableUnCLIPPipeline))
    varying = StableUnCLIPImg2ImgPipeline(**wanted(StableUnCLIPImg2ImgPipeline))
    common = dict(num_inference_steps=STEPS, guidance_scale=GUIDANCE)
    for pipeline in (text, varying):
        pipeline.set_progress_bar_config(disable=True)

    def run(name, pipeline, *arguments, **more):
        for output, key in (("latent", "latents"), ("pt", "image"), ("pil", "picture")):
            made = pipeline(
                *arguments, **common, **more, output_type=output,
                generator=torch.Generator().manual_seed(SEED)).images
            expected[f"{key}/{name}"] = torch.from_numpy(numpy.array(made[0])) \
                if output == "pil" else made
        print(name, expected[f"latents/{name}"].abs().max().item(),
              expected[f"image/{name}"].std().item())

    run("paint", text, PROMPT, prior_num_inference_steps=PRIOR_STEPS,
        prior_guidance_scale=PRIOR_GUIDANCE)
    image = picture()
    expected["picture"] = torch.from_numpy(numpy.array(image))
    with torch.no_grad():
        pixels = parts["feature_extractor"](images=image, return_tensors="pt").pixel_values
        expected["picture/embedding"] = parts["image_encoder"](pixels).image_embeds
    run("vary", varying, image)
    run("vary_noisy", varying, image, PROMPT, noise_level=NOISE_LEVEL)
    return text, varying


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    made = parts()
    expected = {}
    prompts = prior_alone(made, expected)
    unclip_steps(made, expected)
    decoder_alone(made, expected)
    text, varying = pipelines(made, expected)
    text.save_pretrained(FOLDER)
    made["image_encoder"].save_pretrained(os.path.join(FOLDER, "image_encoder"))
    made["feature_extractor"].save_pretrained(os.path.join(FOLDER, "feature_extractor"))
    for name, pad in (("tokenizer", "!"), ("prior_tokenizer", "<|endoftext|>")):
        write_tokenizer(os.path.join(FOLDER, name), pad)
    keep_tokenizer_files(FOLDER)
    keep_tokenizer_files(FOLDER, "prior_tokenizer")
    with open(os.path.join(FOLDER, "pinxit.json"), "w") as file:
        json.dump({"prior_steps": PRIOR_STEPS, "prior_guidance_scale": PRIOR_GUIDANCE}, file)
    save(expected, os.path.join(FOLDER, "expected.safetensors"), {
        "guidance_scale": GUIDANCE, "steps": STEPS, "seed": SEED, "prior_steps": PRIOR_STEPS,
        "prior_guidance_scale": PRIOR_GUIDANCE, "noise_level": NOISE_LEVEL, **prompts})


if __name__ == "__main__":
    main()
