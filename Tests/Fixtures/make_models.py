"""Tiny random models in the diffusers layout, with what diffusers computes from them.

Folders `tiny-sd1`, `tiny-sd2`, `tiny-pinxit` hold a whole pipeline, `tiny-clip` a CLIP,
`tiny-autoencoder` an AutoencoderTiny; `expected.safetensors` in each has inputs, outputs and
gradients. Layouts are PyTorch's: [batch, channels, height, width].
"""

import json
import os
import shutil

from oracle import path, save

import numpy
import torch
from diffusers import (
    AutoencoderKL, AutoencoderTiny, DDIMScheduler, DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, PNDMScheduler,
    StableDiffusionPipeline, UNet2DConditionModel)
from diffusers.utils import logging
from transformers import (
    CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel, CLIPTokenizer)

logging.set_verbosity_error()
logging.disable_progress_bar()

PROMPT = "a red apple"
GUIDANCE, STEPS, SEED = 5.0, 10, 42


def randomize(model, seed, gain=1.0):
    """Weights large enough that a wrong one shows, and small enough to stay tame."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if name == "logit_scale":
            continue
        if "norm" in name and name.endswith("weight"):
            value = 1 + 0.2 * noise
        elif parameter.dim() < 2:
            value = 0.1 * noise
        elif "embedding" in name and "time" not in name:
            value = 0.5 * noise
        else:
            value = gain * noise * parameter[0].numel() ** -0.5
        parameter.data.copy_(value)
    return model.eval()


def write_tokenizer(folder, pad):
    """256 byte symbols, the same ending a word, a few merges, start and end of text."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(rest))]
    merges = [
        ("r", "e"), ("re", "d</w>"), ("a", "p"), ("p", "l"), ("ap", "pl"), ("appl", "e</w>"),
        ("b", "l"), ("bl", "u"), ("blu", "e</w>"), ("o", "n</w>"), ("a", "n"), ("an", "d</w>"),
    ]
    tokens = symbols + [s + "</w>" for s in symbols] + [a + b for a, b in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w") as file:
        json.dump({token: index for index, token in enumerate(tokens)}, file, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({
            "tokenizer_class": "CLIPTokenizer", "model_max_length": 12,
            "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>",
            "unk_token": "<|endoftext|>", "pad_token": pad}, file, indent=2)
    return CLIPTokenizer.from_pretrained(folder)


def text_config(activation, pad_id, **more):
    return {
        "vocab_size": 526, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 12, "projection_dim": 16,
        "hidden_act": activation, "bos_token_id": 524, "eos_token_id": 525, "pad_token_id": pad_id,
        **more}


def models(name):
    """U-Net, autoencoder, text configuration, padding token, scheduler, its file when not as saved."""
    cross, plain = "CrossAttn{}Block2D", "{}Block2D"
    betas = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")

    def unet(widths, attention, **more):
        kinds = [cross if yes else plain for yes in attention]
        return UNet2DConditionModel(
            sample_size=8, block_out_channels=widths, cross_attention_dim=16, norm_num_groups=4,
            down_block_types=[kind.format("Down") for kind in kinds],
            up_block_types=[kind.format("Up") for kind in reversed(kinds)], **more)

    def autoencoder(widths, **more):
        return AutoencoderKL(
            block_out_channels=widths, norm_num_groups=2,
            down_block_types=["DownEncoderBlock2D"] * len(widths),
            up_block_types=["UpDecoderBlock2D"] * len(widths), sample_size=8 * 2 ** (len(widths) - 1),
            **more)

    if name == "tiny-sd1":
        return (
            unet((8, 16), (True, False), attention_head_dim=2, layers_per_block=1),
            autoencoder((4, 8, 8), latent_channels=4, scaling_factor=0.18215),
            text_config("quick_gelu", 525), "<|endoftext|>",
            PNDMScheduler(
                **betas, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1),
            # As published: no spacing, so each sampler has its own.
            {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", **betas,
             "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True,
             "steps_offset": 1, "trained_betas": None, "clip_sample": False})
    if name == "tiny-sd2":
        return (
            unet((8, 12, 12), (True, True, False), attention_head_dim=[1, 2, 4], layers_per_block=1,
                 use_linear_projection=True),
            autoencoder((4, 8), latent_channels=4, scaling_factor=0.18215),
            text_config("gelu", 0), "!",
            DDIMScheduler(
                **betas, clip_sample=False, set_alpha_to_one=False, steps_offset=1,
                prediction_type="v_prediction", timestep_spacing="leading"), None)
    return (
        unet((8, 12, 12), (False, True, True), attention_head_dim=2, layers_per_block=1,
             in_channels=6, out_channels=6),
        autoencoder((4, 6, 8), latent_channels=6, scaling_factor=0.9, mid_block_add_attention=False),
        text_config("gelu", 525), "<|endoftext|>",
        DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0,
            steps_offset=1, final_sigmas_type="zero"),
        # Only what is meant; the whole configuration has -Infinity in it, which is not JSON.
        {"_class_name": "DPMSolverMultistepScheduler", "_diffusers_version": "0.42.1",
         "num_train_timesteps": 1000, "prediction_type": "flow_prediction",
         "use_flow_sigmas": True, "flow_shift": 1.0, "steps_offset": 1, "solver_order": 2,
         "algorithm_type": "dpmsolver++", "final_sigmas_type": "zero"})


def samplers(pipeline):
    """Each sampler with the folder's schedule; for flows those that diffusers can run."""
    config = pipeline.scheduler.config
    if config.prediction_type == "flow_prediction":
        # The first-order solver is Euler's step, and DDIM's: for straight paths they are one.
        first = DPMSolverMultistepScheduler.from_config(config, solver_order=1)
        return {"dpmpp_2m": DPMSolverMultistepScheduler.from_config(config), "euler": first, "ddim": first}
    return {
        "ddim": DDIMScheduler.from_config(config),
        "euler": EulerDiscreteScheduler.from_config(config),
        "euler_a": EulerAncestralDiscreteScheduler.from_config(config),
        "dpmpp_2m": DPMSolverMultistepScheduler.from_config(config),
    }


def run(pipeline, sampler):
    pipeline.scheduler = type(sampler).from_config(sampler.config)
    generator = torch.Generator().manual_seed(SEED)

    def call(output):
        generator.manual_seed(SEED)
        return pipeline(
            PROMPT, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=generator,
            output_type=output).images

    return call("latent"), call("pt"), call("pil")[0]


def gradients(model, loss, expected, prefix):
    model.zero_grad()
    loss.backward()
    expected[f"{prefix}/loss"] = loss
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            expected[f"{prefix}/{name}"] = parameter.grad


def pipeline_folder(name, seed):
    folder = path(name)
    shutil.rmtree(folder, ignore_errors=True)
    unet, vae, config, pad, scheduler, schedule = models(name)
    text = randomize(CLIPTextModel(CLIPTextConfig(**config)), seed)
    randomize(unet, seed + 1, gain=0.75)
    randomize(vae, seed + 2)
    tokenizer = write_tokenizer(os.path.join(folder, "tokenizer"), pad)
    pipeline = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.save_pretrained(folder)
    write_tokenizer(os.path.join(folder, "tokenizer"), pad)
    keep_tokenizer_files(folder)
    if schedule:
        with open(os.path.join(folder, "scheduler", "scheduler_config.json"), "w") as file:
            json.dump(schedule, file, indent=2)
    add_text_prefix(folder)
    loaded = StableDiffusionPipeline.from_pretrained(folder)
    for before, after in zip(text.parameters(), loaded.text_encoder.parameters()):
        assert torch.equal(before, after)
    pipeline = loaded
    pipeline.set_progress_bar_config(disable=True)
    unet, vae, text = pipeline.unet, pipeline.vae, pipeline.text_encoder

    expected = {}
    prompts = ["", PROMPT, "two blue apples, and a red one!", "一个红苹果 on the left of 2 cats & dogs"]
    ids = tokenizer(
        prompts, padding="max_length", max_length=12, truncation=True, return_tensors="pt").input_ids
    for index, prompt in enumerate(prompts):
        expected[f"ids/{index}"] = ids[index]
    with torch.no_grad():
        states = text(ids)[0]
        expected["text/last_hidden_state"] = states
    generator = torch.Generator().manual_seed(seed + 3)
    channels = unet.config.in_channels
    noisy = torch.randn(2, channels, 8, 8, generator=generator)
    odd = torch.randn(1, channels, 8, 12, generator=generator)
    times = torch.tensor([999, 37])
    expected.update({"unet/sample": noisy, "unet/timestep": times, "unet/states": states[:2]})
    y = unet(noisy, times, states[:2]).sample
    expected["unet/y"] = y
    with torch.no_grad():
        expected["unet_wide/sample"] = odd
        expected["unet_wide/timestep"] = torch.tensor([500])
        expected["unet_wide/states"] = states[2:3]
        expected["unet_wide/y"] = unet(odd, 500, states[2:3]).sample
    size = vae.config.sample_size
    image = torch.rand(1, 3, size, size, generator=generator) * 2 - 1
    posterior = vae.encode(image).latent_dist
    expected.update({
        "vae/image": image, "vae/mean": posterior.mean, "vae/logvar": posterior.logvar,
        "vae/latents": noisy[:1] * 0.5, "vae/decoded": vae.decode(noisy[:1] * 0.5).sample})
    if name == "tiny-pinxit":
        target = torch.randn(y.shape, generator=generator)
        expected["unet/target"] = target
        gradients(unet, (y - target).square().mean(), expected, "unet_gradient")
        decoded = vae.decode(posterior.mean).sample
        loss = (decoded - image).abs().mean() + 1e-2 * posterior.kl().mean()
        gradients(vae, loss, expected, "vae_gradient")
    expected["noise"] = torch.randn(
        1, channels, 8, 8, generator=torch.Generator().manual_seed(SEED))
    for key, sampler in samplers(pipeline).items():
        latents, picture, pil = run(pipeline, sampler)
        expected[f"latents/{key}"], expected[f"image/{key}"] = latents, picture
        expected[f"picture/{key}"] = torch.from_numpy(numpy.array(pil))
        print(name, key, "latents up to", latents.abs().max().item(),
              "pixels", picture.min().item(), picture.max().item(), picture.std().item())
    save(expected, os.path.join(folder, "expected.safetensors"), {
        "prompt": PROMPT, "guidance_scale": GUIDANCE, "steps": STEPS, "seed": SEED,
        **{f"prompt/{index}": prompt for index, prompt in enumerate(prompts)}})


def keep_tokenizer_files(folder, name="tokenizer"):
    for file in os.listdir(os.path.join(folder, name)):
        if file not in ("vocab.json", "merges.txt", "tokenizer_config.json"):
            os.remove(os.path.join(folder, name, file))


def add_text_prefix(folder):
    """Published files have `text_model.` before every name; newer transformers leave it out."""
    from safetensors.torch import load_file

    file = os.path.join(folder, "text_encoder", "model.safetensors")
    save({
        name if name.startswith("text_model.") else f"text_model.{name}": tensor
        for name, tensor in load_file(file).items()}, file)


def clip_folder(seed):
    folder = path("tiny-clip")
    shutil.rmtree(folder, ignore_errors=True)
    config = CLIPConfig(
        text_config=text_config("quick_gelu", 525),
        vision_config={
            "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu",
            "projection_dim": 16},
        projection_dim=16)
    model = randomize(CLIPModel(config), seed)
    model.save_pretrained(folder)
    tokenizer = write_tokenizer(folder, "<|endoftext|>")
    prompts = [PROMPT, "two blue apples", "an"]
    ids = tokenizer(prompts, padding="max_length", max_length=12, return_tensors="pt").input_ids
    generator = torch.Generator().manual_seed(seed + 1)
    pixels = torch.randn(3, 3, 32, 32, generator=generator)
    output = model(input_ids=ids, pixel_values=pixels, return_loss=True)
    expected = {
        "ids": ids, "pixels": pixels, "text_embeds": output.text_embeds,
        "image_embeds": output.image_embeds, "logits_per_image": output.logits_per_image,
        "vision/last_hidden_state": output.vision_model_output.last_hidden_state,
        "text/last_hidden_state": output.text_model_output.last_hidden_state}
    gradients(model, output.loss, expected, "gradient")
    save(expected, os.path.join(folder, "expected.safetensors"))


def autoencoder_folder(seed):
    folder = path("tiny-autoencoder")
    shutil.rmtree(folder, ignore_errors=True)
    model = randomize(AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 1), num_decoder_blocks=(1, 1, 1), latent_channels=6,
        upsampling_scaling_factor=2, scaling_factor=1.0), seed, gain=1.4)
    model.save_pretrained(folder)
    generator = torch.Generator().manual_seed(seed + 1)
    image = torch.rand(2, 3, 16, 16, generator=generator) * 2 - 1
    latents = model.encode(image).latents
    decoded = model.decode(latents).sample
    expected = {"image": image, "latents": latents, "decoded": decoded}
    gradients(model, (decoded - image).abs().mean(), expected, "gradient")
    save(expected, os.path.join(folder, "expected.safetensors"))


if __name__ == "__main__":
    pipeline_folder("tiny-sd1", 100)
    pipeline_folder("tiny-sd2", 200)
    pipeline_folder("tiny-pinxit", 300)
    clip_folder(400)
    autoencoder_folder(500)
