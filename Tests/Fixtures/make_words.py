"""What prompts with syntax make of the text states and the latents of `tiny-sd1` and `tiny-sdxl`.

There is no other program here to ask, so its formulas are written out over transformers' text
encoders: weights multiply states and the mean of a chunk is restored (AUTOMATIC1111), or lead from
an empty text's states (ComfyUI); chunks are encoded apart and joined; composed prompts add what each
changes. Skipped layers are diffusers' own.
"""

from oracle import path, save

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline

SEED, STEPS, GUIDANCE = 42, 10, 5.0
NEGATIVE = "a blue one"
# What the Swift parser must make of each: chunks of stretches with weights.
CASES = {
    "weights": ("a (red:1.5) [apple] and ((an apple))", [[
        ("a ", 1), ("red", 1.5), (" ", 1), ("apple", 1 / 1.1), (" and ", 1), ("an apple", 1.1 * 1.1),
    ]]),
    "negative": ("a (red:-0.5) (apple:0)", [[("a ", 1), ("red", -0.5), (" ", 1), ("apple", 0)]]),
    "chunks": ("a red apple BREAK (an apple:1.3) and blue", [
        [("a red apple", 1)], [("an apple", 1.3), (" and blue", 1)]]),
}
COMFY = {
    "weights": ("a (red:1.5) [x] and ((an apple))", [[
        ("a ", 1), ("red", 1.5), (" [x] and ", 1), ("an apple", 1.1 * 1.1)]]),
    "nested": ("(a (red:1.5) apple:0.7)", [[("a ", 0.7), ("red", 1.5), (" apple", 0.7)]]),
}


def chunk(tokenizer, stretches):
    ids, weights = [], []
    for text, weight in stretches:
        own = tokenizer(text, add_special_tokens=False).input_ids
        ids += own
        weights += [weight] * len(own)
    room = tokenizer.model_max_length - 2
    assert len(ids) <= room, (stretches, len(ids))
    fill = room - len(ids)
    return (
        [tokenizer.bos_token_id] + ids + [tokenizer.eos_token_id] + [tokenizer.pad_token_id] * fill,
        [1.0] + weights + [1.0] * (fill + 1))


def encode(encoder, ids, last):
    """States of one chunk, and the pooled vector where there is one."""
    with torch.no_grad():
        output = encoder(torch.tensor([ids]), output_hidden_states=True)
    if last:
        return output.last_hidden_state, None
    return output.hidden_states[-2], getattr(output, "text_embeds", None)


def a1111(encoder, tokenizer, chunks, last=True):
    states, first = [], None
    for stretches in chunks:
        ids, weights = chunk(tokenizer, stretches)
        z, pooled = encode(encoder, ids, last)
        first = pooled if first is None else first
        before = z.mean()
        z = z * torch.tensor(weights).reshape(1, -1, 1)
        states.append(z * (before / z.mean()))
    return torch.cat(states, dim=1), first


def comfy(encoder, tokenizer, chunks, last=True):
    states = []
    empty, _ = encode(encoder, chunk(tokenizer, [])[0], last)
    for stretches in chunks:
        ids, weights = chunk(tokenizer, stretches)
        z, _ = encode(encoder, ids, last)
        states.append((z - empty) * torch.tensor(weights).reshape(1, -1, 1) + empty)
    return torch.cat(states, dim=1), None


def guided(pipeline, steps):
    """Latents of DDIM; `steps` gives for each step from 1 the states and weights of what is asked."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(STEPS)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(SEED))
    for index, timestep in enumerate(scheduler.timesteps):
        negative, parts = steps(index + 1)
        with torch.no_grad():
            base = pipeline.unet(x, timestep, negative).sample
            noise = base.clone()
            for states, weight in parts:
                one = pipeline.unet(x, timestep, states).sample
                noise += GUIDANCE * weight * (one - base)
        x = scheduler.step(noise, timestep, x).prev_sample
    return x


def sd1():
    pipeline = StableDiffusionPipeline.from_pretrained(path("tiny-sd1"))
    pipeline.set_progress_bar_config(disable=True)
    encoder, tokenizer = pipeline.text_encoder, pipeline.tokenizer
    # diffusers 0.42 looks for the final norm where transformers 5.23 had it.
    object.__setattr__(encoder, "text_model", encoder)
    expected, texts = {}, {}
    for name, (text, chunks) in CASES.items():
        expected[f"a1111/{name}"], _ = a1111(encoder, tokenizer, chunks)
        texts[f"a1111/{name}"] = text
    for name, (text, chunks) in COMFY.items():
        expected[f"comfy/{name}"], _ = comfy(encoder, tokenizer, chunks)
        texts[f"comfy/{name}"] = text
    for skip in (1,):
        states, _ = pipeline.encode_prompt(
            "a red apple", "cpu", 1, False, clip_skip=skip)
        expected[f"skip/{skip}"] = states
        pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
        expected[f"skip_picture/{skip}"] = pipeline(
            "a red apple", negative_prompt=NEGATIVE, num_inference_steps=STEPS,
            guidance_scale=GUIDANCE, clip_skip=skip, output_type="latent",
            generator=torch.Generator().manual_seed(SEED)).images

    def plain(text):
        return a1111(encoder, tokenizer, [[(text, 1)]])[0]

    negative = plain(NEGATIVE)
    texts["and"] = "a red apple AND an on :0.6"
    both = [(plain("a red apple "), 1.0), (plain(" an on"), 0.6)]
    expected["and"] = guided(pipeline, lambda step: (negative, both))
    texts["schedule"] = "a [red:blue:0.4] apple"
    stages = {name: [(plain(f"a {name} apple"), 1.0)] for name in ("red", "blue")}
    expected["schedule"] = guided(
        pipeline, lambda step: (negative, stages["red" if step <= 4 else "blue"]))
    texts["alternate"] = "a [red|blue] apple"
    expected["alternate"] = guided(
        pipeline, lambda step: (negative, stages["red" if step % 2 else "blue"]))
    return expected, texts


def sdxl():
    pipeline = StableDiffusionXLPipeline.from_pretrained(
        path("tiny-sdxl"), add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    expected, texts = {}, {}
    for name in ("weights", "chunks"):
        texts[f"xl/{name}"], chunks = CASES[name]
        first, _ = a1111(pipeline.text_encoder, pipeline.tokenizer, chunks, last=False)
        second, pooled = a1111(pipeline.text_encoder_2, pipeline.tokenizer_2, chunks, last=False)
        expected[f"xl/{name}"] = torch.cat([first, second], dim=2)
        expected[f"xl_pooled/{name}"] = pooled
    states, _, pooled, _ = pipeline.encode_prompt(
        "a red apple", do_classifier_free_guidance=False, clip_skip=1)
    expected["xl_skip/1"], expected["xl_skip_pooled/1"] = states, pooled
    expected["xl_skip_picture/1"] = pipeline(
        "a red apple", negative_prompt=NEGATIVE, num_inference_steps=4, guidance_scale=GUIDANCE,
        clip_skip=1, output_type="latent", generator=torch.Generator().manual_seed(SEED)).images
    return expected, texts


if __name__ == "__main__":
    (expected, texts), (more, more_texts) = sd1(), sdxl()
    for name, tensor in {**expected, **more}.items():
        print(name, tuple(tensor.shape), tensor.abs().max().item())
    save({**expected, **more}, path("words.safetensors"), {
        "negative_prompt": NEGATIVE, "seed": SEED, "steps": STEPS, "guidance_scale": GUIDANCE,
        **texts, **more_texts})
