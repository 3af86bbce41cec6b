"""Losses and gradients of LoRAs and of full fine-tuning, by PyTorch with PEFT, for
`Tests/TrainingTests/FineTuning`.

On `tiny-sd1` (noise is predicted, U-Net and text encoder learn, min-SNR weights; then its
convolutions too, with DoRA), `tiny-sd2` (velocity) and `tiny-sdxl` (two text encoders that stay,
sizes beside the text). At the end a textual inversion of two vectors on `tiny-sd1`. Every matrix of a
LoRA is random, so that all gradients are there. The second caption has more tokens than the 12 of
these models, and is cut. In a file of its own the gradients of all weights of `tiny-sd1`, of U-Net
and text encoder.
"""

import pathlib

import torch
from diffusers import DDPMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
attention = ["to_q", "to_k", "to_v", "to_out.0"]
everything = attention + [
    "proj_in", "proj_out", "net.0.proj", "net.2", "conv1", "conv2", "conv_shortcut",
    "time_emb_proj", "downsamplers.0.conv", "upsamplers.0.conv",
]
captions = ["a red apple", "two dogs on grass"]
rank, alpha, gamma = 4, 6.0, 5.0
result = {}
metadata = {"format": "pt", "rank": str(rank), "alpha": str(alpha), "gamma": str(gamma)}


def adapt(model, component, targets, seed, is_dora=False):
    """With changes of rank 4, and 2 of convolutions of 3x3."""
    model.requires_grad_(False)
    modules = dict(model.named_modules())
    wide = {
        name: module.kernel_size[0]
        for name, module in modules.items()
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size[0] > 1
    }
    config = LoraConfig(
        r=rank, lora_alpha=alpha, target_modules=targets, lora_dropout=0.0, use_dora=is_dora,
        rank_pattern={name: 2 for name in wide}, alpha_pattern={name: 1.0 for name in wide})
    inject_adapter_in_model(config, model)
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            continue
        with torch.no_grad():
            noise = torch.randn(parameter.shape, generator=generator) * 0.1
            parameter.copy_(parameter * (1 + noise) if "magnitude" in name else noise)
        parameter.requires_grad_(True)
        own = name.replace(".default", "").replace("magnitude_vector.weight", "magnitude_vector")
        if component.startswith("text") and not own.startswith("text_model."):
            own = "text_model." + own
        found[f"{component}.{own}"] = parameter
    assert found
    return found


def whole(model, component):
    """All parameters, under the names that files have."""
    model.requires_grad_(True)
    found = {}
    for name, parameter in model.named_parameters():
        if component.startswith("text") and not name.startswith("text_model."):
            name = "text_model." + name
        found[f"{component}.{name}"] = parameter
    return found


def tokens(tokenizer, encoder):
    return tokenizer(
        captions,
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids


def run(name, times, trains_text, uses_gamma, targets=attention, mark="", is_dora=False):
    is_xl = "xl" in name
    kind = StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline
    more = {} if is_xl else {"safety_checker": None, "requires_safety_checker": False}
    pipe = kind.from_pretrained(here / name, **more)
    unet = pipe.unet
    scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    learnt = whole(unet, "unet") if targets is None else adapt(unet, "unet", targets, 1, is_dora)
    if trains_text and targets is None:
        learnt |= whole(pipe.text_encoder, "text_encoder")
    elif trains_text:
        learnt |= adapt(
            pipe.text_encoder, "text_encoder", ["q_proj", "k_proj", "v_proj", "out_proj"], 2
        )
    generator = torch.Generator().manual_seed(3)
    side = unet.config.sample_size
    shape = (len(captions), unet.config.in_channels, side, side)
    x0, noise = (torch.randn(shape, generator=generator) for _ in range(2))
    t = torch.tensor(times)
    x = scheduler.add_noise(x0, noise, t)
    added = None
    if is_xl:
        with torch.no_grad():
            states, _, pooled, _ = pipe.encode_prompt(captions, do_classifier_free_guidance=False)
        pixels = side * pipe.vae_scale_factor
        numbers = torch.tensor([[pixels, pixels, 0, 0, pixels, pixels]] * len(captions)).float()
        added = {"text_embeds": pooled, "time_ids": numbers}
    else:
        states = pipe.text_encoder(tokens(pipe.tokenizer, pipe.text_encoder)).last_hidden_state
    said = unet(x, t, states, added_cond_kwargs=added).sample
    velocity = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(x0, noise, t) if velocity else noise
    losses = ((said - target) ** 2).mean(dim=(1, 2, 3))
    if uses_gamma:
        alphas = scheduler.alphas_cumprod[t]
        snr = alphas / (1 - alphas)
        weights = torch.minimum(snr, torch.full_like(snr, gamma)) / (snr + (1 if velocity else 0))
        losses = losses * weights
    loss = losses.mean()
    loss.backward()
    name += mark
    result[f"{name}/x0"] = x0.permute(0, 2, 3, 1).contiguous()
    result[f"{name}/noise"] = noise.permute(0, 2, 3, 1).contiguous()
    result[f"{name}/loss"] = loss.detach()
    if targets is None:
        result.update({f"{name}/gradient/{key}": value.grad for key, value in learnt.items()
                       if value.grad is not None})
        learnt = {}
    for key, parameter in learnt.items():
        shape = (-1,) if "magnitude" in key else parameter.shape
        if key.endswith("lora_B.weight"):
            shape = parameter.shape[:2]
        result[f"{name}/lora/{key}"] = parameter.detach().reshape(shape).clone()
        result[f"{name}/gradient/{key}"] = parameter.grad.reshape(shape).clone()
    metadata[f"{name}/times"] = ",".join(map(str, times))
    print(name, loss.item(), len(learnt))


run("tiny-sd1", [37, 801], True, True)
run("tiny-sd1", [37, 801], False, False, everything, "+dora", True)
run("tiny-sd2", [250, 640], False, True)
run("tiny-sdxl", [10, 500], False, False)


def invert(word, times):
    """The gradients of the two vectors that a word stands for."""
    pipe = StableDiffusionPipeline.from_pretrained(
        here / "tiny-sd1", safety_checker=None, requires_safety_checker=False)
    tokenizer, encoder, unet = pipe.tokenizer, pipe.text_encoder, pipe.unet
    unet.requires_grad_(False)
    first = encoder.config.vocab_size
    encoder.resize_token_embeddings(first + 2)
    generator = torch.Generator().manual_seed(5)
    table = encoder.get_input_embeddings().weight
    with torch.no_grad():
        table[first:] = torch.randn(2, table.shape[1], generator=generator) * 0.1
    rows = []
    for caption in [f"a red {word}", f"{word} on grass"]:
        ids = [tokenizer.bos_token_id]
        for part in caption.split():
            ids += [first, first + 1] if part == word else tokenizer(
                part, add_special_tokens=False).input_ids
        ids.append(tokenizer.eos_token_id)
        rows.append(ids + [tokenizer.pad_token_id] * (tokenizer.model_max_length - len(ids)))
    scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    side = unet.config.sample_size
    x0, noise = (torch.randn(2, 4, side, side, generator=generator) for _ in range(2))
    t = torch.tensor(times)
    said = unet(
        scheduler.add_noise(x0, noise, t), t, encoder(torch.tensor(rows)).last_hidden_state).sample
    loss = ((said - noise) ** 2).mean()
    loss.backward()
    for name, value in {
        "x0": x0.permute(0, 2, 3, 1), "noise": noise.permute(0, 2, 3, 1), "loss": loss,
        "vectors": table[first:], "gradient": table.grad[first:],
    }.items():
        result[f"inversion/{name}"] = value.detach().contiguous().clone()
    metadata["inversion/times"] = ",".join(map(str, times))
    print("inversion", loss.item())


invert("my-zorp", [120, 640])
save_file(result, here / "lora-training.safetensors", metadata)

result.clear()
run("tiny-sd1", [37, 801], True, True, None)
kept = {key: metadata[key] for key in ("format", "gamma", "tiny-sd1/times")}
save_file(result, here / "full-training.safetensors", kept)
