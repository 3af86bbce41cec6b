"""What the pixels of `tiny-sd2` look at, and pictures made by holding it: `attention.safetensors`.

Attention processors of diffusers that keep their probabilities are the oracle. Heat maps follow DAAM
(Tang et al. 2022) with the conditional row alone; prompt-to-prompt follows Hertz et al. 2022.
"""

import math

from oracle import path, save

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, StableDiffusionPipeline

SEED, STEPS, GUIDANCE = 42, 4, 5.0
PROMPT = "a red apple and a blue one"
PLAIN = "a red apple"


class Keeping:
    """diffusers' plain attention, whose probabilities `look` sees and may change."""

    def __init__(self, name, look):
        self.name, self.look = name, look

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        batch, tokens, _ = hidden_states.shape
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k = attn.head_to_batch_dim(attn.to_k(context))
        v = attn.head_to_batch_dim(attn.to_v(context))
        p = attn.get_attention_scores(q, k)
        p = p.reshape(batch, -1, tokens, k.shape[1])
        p = self.look(self.name, encoder_hidden_states is not None, p)
        x = attn.batch_to_head_dim(torch.bmm(p.reshape(-1, tokens, k.shape[1]), v))
        return attn.to_out[1](attn.to_out[0](x))


def watch(pipeline, look):
    pipeline.unet.set_attn_processor(
        {name: Keeping(name, look) for name in pipeline.unet.attn_processors})


def encode(pipeline, text):
    ids = pipeline.tokenizer(
        text, padding="max_length", max_length=pipeline.tokenizer.model_max_length,
        truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        return pipeline.text_encoder(ids)[0]


def noise(height, width, channels):
    return torch.randn((1, channels, height, width), generator=torch.Generator().manual_seed(SEED))


def sample(pipeline, texts, size, on_step=None):
    """DDIM of several texts from one noise, guided."""
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(STEPS)
    height, width = size
    x = noise(height, width, pipeline.unet.config.in_channels).repeat(len(texts), 1, 1, 1)
    empty = encode(pipeline, "")
    states = torch.cat([empty] * len(texts) + [encode(pipeline, text) for text in texts])
    differences = []
    for index, t in enumerate(scheduler.timesteps):
        if on_step is not None:
            on_step(index)
        with torch.no_grad():
            both = pipeline.unet(torch.cat([x, x]), t, encoder_hidden_states=states).sample
        u, c = both.chunk(2)
        differences.append(((c - u) * (GUIDANCE - 1)).abs().mean(dim=1))
        x = scheduler.step(u + GUIDANCE * (c - u), t, x).prev_sample
    return x, torch.stack(differences).mean(dim=0)


def heat(pipeline, size):
    """The maps of all tokens, [tokens, height, width] in latents."""
    height, width = size
    keys = {}

    def look(name, is_cross, p):
        if not is_cross or name.startswith("mid_block"):
            return p
        pixels, tokens = p.shape[2], p.shape[3]
        factor = round(math.sqrt(height * width / pixels))
        if factor >= 8:
            return p
        for head in range(p.shape[1]):
            # The last row is the one with the text.
            own = p[-1, head].T.reshape(tokens, math.ceil(height / factor), math.ceil(width / factor))
            keys[name, head] = keys.get((name, head), 0) + own
        return p

    watch(pipeline, look)
    latents, guidance = sample(pipeline, [PROMPT], size)
    maps = [
        F.interpolate(map[None], size=size, mode="bicubic")[0]
        for map in keys.values()
    ]
    # Ours: the layers of one size are added before they are resized and cut at 0.
    by_size = {}
    for map in keys.values():
        by_size[map.shape] = by_size.get(map.shape, 0) + map
    total = sum(
        F.interpolate(map[None], size=size, mode="bicubic")[0].clamp(min=0)
        for map in by_size.values())
    daam = torch.stack([map.clamp(min=0) for map in maps]).mean(dim=0) / STEPS
    own = total / len(keys) / STEPS
    print(size, "ours against DAAM's", (daam - own).abs().max().item() / daam.abs().max().item())
    return own, latents, guidance[0]


def pieces(pipeline, text):
    """The token positions of each word of a text."""
    words, next_ = [], 1
    for word in text.split(" "):
        count = len(pipeline.tokenizer(word, add_special_tokens=False).input_ids)
        words.append(list(range(next_, next_ + count)))
        next_ += count
    return words


def swap_mapper(pipeline, source, target):
    """prompt-to-prompt's get_replacement_mapper_: words in the place of others take their maps."""
    length = pipeline.tokenizer.model_max_length
    mapper = torch.zeros(length, length)
    mapper[0, 0] = 1
    a, b = pieces(pipeline, source), pieces(pipeline, target)
    assert len(a) == len(b)
    for sources, targets in zip(a, b):
        if len(sources) == len(targets):
            mapper[sources, targets] = 1
        else:
            for column in targets:
                mapper[sources, column] = 1 / len(targets)
    i, j = a[-1][-1] + 1, b[-1][-1] + 1
    while j < length:
        mapper[min(i, length - 1), j] = 1
        i, j = i + 1, j + 1
    return mapper, torch.ones(length)


def refine_mapper(pipeline, source, target):
    """prompt-to-prompt's get_mapper for words that come in between: these keep their own maps."""
    length = pipeline.tokenizer.model_max_length
    x, y = source.split(" "), target.split(" ")
    a, b = pieces(pipeline, source), pieces(pipeline, target)
    mapper, alphas = torch.zeros(length, length), torch.ones(length)
    mapper[0, 0] = 1
    i = 0
    for j, word in enumerate(y):
        if i < len(x) and x[i] == word:
            mapper[a[i], b[j]] = 1
            i += 1
        else:
            alphas[b[j]] = 0
    assert i == len(x), "only additions"
    i, j = a[-1][-1] + 1, b[-1][-1] + 1
    while j < length:
        mapper[min(i, length - 1), j] = 1
        i, j = i + 1, j + 1
    return mapper, alphas


def reworded(pipeline, source, target, mapper, alphas, cross, itself, size, equalizer=1.0):
    """Latents of both prompts, [2, channels, height, width]."""
    now = {"step": 0}

    def look(name, is_cross, p):
        # [without text twice, source, target]
        p = p.clone()
        if is_cross and now["step"] < int(STEPS * cross):
            base, own = p[2], p[3]
            # prompt-to-prompt's AttentionReweight multiplies what was taken.
            held = torch.einsum("hpw,wn->hpn", base, mapper) * equalizer
            p[3] = held * alphas + own * (1 - alphas)
        if not is_cross and now["step"] < int(STEPS * itself) and p.shape[2] <= 32 ** 2:
            p[3] = p[2]
        return p

    watch(pipeline, look)
    latents, _ = sample(
        pipeline, [source, target], size, on_step=lambda index: now.update(step=index))
    return latents


def main():
    pipeline = StableDiffusionPipeline.from_pretrained(
        path("tiny-sd2"), safety_checker=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    scale = pipeline.vae_scale_factor
    tensors, parameters = {}, {"prompt": PROMPT, "plain": PLAIN, "steps": STEPS, "scale": scale}
    side = pipeline.unet.config.sample_size
    for name, size in {"square": (side, side), "wide": (side, 2 * side)}.items():
        maps, latents, guidance = heat(pipeline, size)
        tensors[f"{name}/maps"] = maps
        tensors[f"{name}/guidance"] = guidance
        tensors[f"{name}/latents"] = latents
        parameters[f"{name}/width"], parameters[f"{name}/height"] = (
            size[1] * scale, size[0] * scale)
    for name, target, mapper in [
        ("swap", "a blue apple", swap_mapper),
        ("longer", "an old apple", swap_mapper),
        ("refine", "a red old apple", refine_mapper),
    ]:
        latents = reworded(
            pipeline, PLAIN, target, *mapper(pipeline, PLAIN, target), 0.8, 0.4, (side, side))
        tensors[f"{name}/latents"] = latents[1:]
        parameters[f"{name}/prompt"] = target
        watch(pipeline, lambda name, is_cross, p: p)
        plain, _ = sample(pipeline, [target], (side, side))
        print(name, pieces(pipeline, PLAIN), pieces(pipeline, target), "changes",
              (plain - latents[1:]).abs().max().item() / plain.abs().max().item())
    equalizer = torch.ones(pipeline.tokenizer.model_max_length)
    equalizer[pieces(pipeline, PLAIN)[1]] = 3.0
    equalizer[pieces(pipeline, PLAIN)[2]] = -0.5
    latents = reworded(
        pipeline, PLAIN, PLAIN, *swap_mapper(pipeline, PLAIN, PLAIN), 0.8, 0.4, (side, side),
        equalizer)
    tensors["weights/latents"] = latents[1:]
    save(tensors, path("attention.safetensors"), parameters)


main()
