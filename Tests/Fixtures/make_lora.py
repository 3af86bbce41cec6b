"""LoRA files in each dialect for `tiny-sd1`, with the weights that diffusers, PEFT and LyCORIS make
of them: `lora.safetensors` has `case/file/KEY` and `case/merged/COMPONENT.PARAMETER`.

Needs peft and lycoris-lora beside what the other scripts need.
"""

import json
import os
import tempfile

from oracle import path, save

import torch
from diffusers import (
    EulerDiscreteScheduler, LCMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline)
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from diffusers.utils import logging
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file

logging.set_verbosity_error()

PROMPT, STEPS, SEED, GUIDANCE = "a red apple", 4, 42, 5.0
ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0"
UNET = [
    f"{ATTENTION}.attn1.to_q", f"{ATTENTION}.attn2.to_k", f"{ATTENTION}.attn2.to_out.0",
    f"{ATTENTION}.ff.net.0.proj", "mid_block.attentions.0.proj_in"]
CONVOLUTIONS = [
    "down_blocks.0.resnets.0.conv1", "up_blocks.1.resnets.0.conv_shortcut",
    "down_blocks.0.downsamplers.0.conv", "up_blocks.0.upsamplers.0.conv"]
TEXT = [
    "text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.1.self_attn.out_proj",
    "text_model.encoder.layers.1.mlp.fc1"]


def pipeline():
    pipe = StableDiffusionPipeline.from_pretrained(path("tiny-sd1"))
    pipe.set_progress_bar_config(disable=True)
    return pipe


def component(pipe, name):
    return pipe.unet if name == "unet" else pipe.text_encoder


def module(pipe, name, place):
    # Newer versions of transformers have no `text_model.` in memory.
    root = component(pipe, name)
    if name != "unet" and not hasattr(root, "text_model"):
        place = place.removeprefix("text_model.")
    return root.get_submodule(place)


def pair(layer, rank, generator):
    """A down and an up matrix for a layer, large enough to show."""
    shape = layer.weight.shape
    down = torch.randn(rank, *shape[1:], generator=generator) * 0.3
    up = torch.randn(shape[0], rank, *[1] * (len(shape) - 2), generator=generator) * 0.3
    return down, up


def pairs(pipe, seed, convolutions=False, text=True):
    generator = torch.Generator().manual_seed(seed)
    places = [("unet", place) for place in UNET + (CONVOLUTIONS if convolutions else [])]
    places += [("text_encoder", place) for place in TEXT] if text else []
    return {
        (name, place): pair(module(pipe, name, place), 2 + index % 2, generator)
        for index, (name, place) in enumerate(places)}


def kohya(pairs, alpha=None, rename=lambda key: key):
    """`alpha`: the value for the module of an index; diffusers takes one value for all rightly."""
    file = {}
    for index, ((name, place), (down, up)) in enumerate(pairs.items()):
        prefix = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[name]
        key = rename(prefix + place.replace(".", "_"))
        file[f"{key}.lora_down.weight"], file[f"{key}.lora_up.weight"] = down, up
        if alpha:
            file[f"{key}.alpha"] = torch.tensor(float(alpha(index)))
    return file


def spelled(pairs, down_name, up_name, rename=lambda place: place):
    file = {}
    for (name, place), (down, up) in pairs.items():
        key = f"{name}.{rename(place)}"
        file[key + down_name], file[key + up_name] = down, up
    return file


def old(place):
    """diffusers' first form of an attention's parts."""
    head, tail = place.rsplit(".", 1)
    if tail == "0":
        head, tail = head.rsplit(".", 1)
    if "self_attn" in place:
        return f"{head}.to_{tail.removesuffix('_proj')}"
    return f"{head}.processor.{tail}" if ".attn" in place else place


def merged_by_diffusers(file, metadata=None, weight=1.0, expected=None, case=None):
    """Every weight that diffusers changes."""
    pipe = pipeline()
    before = {
        (name, key): value.clone()
        for name in ("unet", "text_encoder")
        for key, value in component(pipe, name).state_dict().items()}
    with tempfile.TemporaryDirectory() as folder:
        save_file({key: value.contiguous() for key, value in file.items()},
                  os.path.join(folder, "lora.safetensors"), metadata)
        pipe.load_lora_weights(folder, weight_name="lora.safetensors")
    pipe.fuse_lora(lora_scale=weight)
    pipe.unload_lora_weights()
    merged = {}
    for (name, key), value in before.items():
        after = component(pipe, name).state_dict()[key]
        if not torch.equal(value, after):
            prefix = "text_model." if name != "unet" and not key.startswith("text_model.") else ""
            merged[f"{name}.{prefix}{key}"] = after
    return merged, pipe


def latents(pipe, prompt=PROMPT):
    return pipe(
        prompt, num_inference_steps=STEPS, guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(SEED), output_type="latent").images


def diffusers_cases(out, parameters):
    pipe = pipeline()
    out["plain/latents"] = latents(pipe)

    def case(name, file, merges, weight=1.0, metadata=None, painted=True):
        merged, fused = merged_by_diffusers(file, metadata, weight)
        assert len(merged) == merges, (name, len(merged), sorted(merged))
        out.update({f"{name}/file/{key}": value for key, value in file.items()})
        out.update({f"{name}/merged/{key}": value for key, value in merged.items()})
        if painted:
            out[f"{name}/latents"] = latents(fused)
        parameters[f"{name}/weight"] = weight
        for key, value in (metadata or {}).items():
            parameters[f"{name}/metadata/{key}"] = value

    some = pairs(pipe, 1)
    case("kohya", kohya(some, lambda _: 1.5), len(some), weight=0.75)
    # The first two modules in torch's own form too.
    first = dict(list(kohya(some, lambda _: 1.5).items())[:6])
    torch.save(first, path("files", "lora.pt"))
    case("kohya without alpha", kohya(some), len(some))
    convolved = pairs(pipe, 2, convolutions=True, text=False)
    case("kohya convolutions", kohya(convolved, lambda _: 1.5), len(convolved))
    unet = {place: value for place, value in some.items() if place[0] == "unet"}
    text = {place: value for place, value in some.items() if place[0] == "text_encoder"}
    case("diffusers", {
        **spelled(unet, ".lora.down.weight", ".lora.up.weight"),
        **spelled(text, ".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight")},
        len(some))
    attention = {place: value for place, value in some.items() if "attn" in place[1]}
    case("diffusers old", spelled(
        attention, "_lora.down.weight", "_lora.up.weight", old), len(attention))
    case("PEFT", spelled(some, ".lora_A.weight", ".lora_B.weight"), len(some))
    settings = {}
    for name in ("unet", "text_encoder"):
        settings.update({
            f"{name}.r": 2, f"{name}.lora_alpha": 3, f"{name}.use_rslora": name == "unet",
            f"{name}.target_modules": [
                place.removeprefix("text_model.") if name != "unet" else place
                for owner, place in some if owner == name],
            f"{name}.rank_pattern": {
                place.removeprefix("text_model."): down.shape[0]
                for (owner, place), (down, _) in some.items() if owner == name},
            f"{name}.alpha_pattern": {
                place.removeprefix("text_model."): 5
                for owner, place in list(some)[:2] if owner == name}})
    case("PEFT metadata", spelled(some, ".lora_A.weight", ".lora_B.weight"), len(some),
         metadata={"format": "pt", "lora_adapter_metadata": json.dumps(settings)})


def record(out, parameters, name, file, merged, weight=1.0):
    out.update({f"{name}/file/{key}": value for key, value in file.items()})
    out.update({f"{name}/merged/{key}": value for key, value in merged.items()})
    parameters[f"{name}/weight"] = weight


def formula(pipe, pairs, alpha, weight=1.0):
    """kohya's own rule: W + weight * alpha / rank * up down, with the module's own alpha."""
    merged = {}
    for index, ((name, place), (down, up)) in enumerate(pairs.items()):
        old = module(pipe, name, place).weight
        rank = down.shape[0]
        scale = (alpha(index) or rank) / rank
        delta = (up.flatten(1) @ down.flatten(1)).reshape(old.shape)
        merged[f"{name}.{place}.weight"] = old + weight * scale * delta
    return merged


# What the original code calls the modules above, of a U-Net with one residual block a level.
LDM = {
    "down_blocks_0_attentions_0": "input_blocks_1_1",
    "down_blocks_0_resnets_0_conv1": "input_blocks_1_0_in_layers_2",
    "down_blocks_0_downsamplers_0_conv": "input_blocks_2_0_op",
    "mid_block_attentions_0": "middle_block_1",
    "up_blocks_0_upsamplers_0_conv": "output_blocks_1_1_conv",
    "up_blocks_1_resnets_0_conv_shortcut": "output_blocks_2_0_skip_connection"}


def ldm(key):
    for ours, theirs in LDM.items():
        key = key.replace(ours, theirs)
    return key


def formula_cases(out, parameters):
    pipe = pipeline()
    some, convolved = pairs(pipe, 3), pairs(pipe, 4, convolutions=True)

    def case(name, file, pairs=some, alpha=lambda _: 0, weight=1.0):
        record(out, parameters, name, file, formula(pipe, pairs, alpha, weight), weight)

    own = [0, 1, 2.5, 3]
    alpha = lambda index: own[index % 4]
    case("own alphas", kohya(some, alpha), alpha=alpha, weight=-0.5)
    case("original names", kohya(convolved, alpha, ldm), convolved, alpha)
    case("first text encoder", kohya(
        some, alpha, lambda key: key.replace("lora_te_", "lora_te1_")), alpha=alpha)
    case("lycoris prefix", kohya(
        some, alpha, lambda key: key.replace("lora_unet_", "lycoris_").replace("lora_te_", "lycoris_")
    ), alpha=alpha)
    full = {}
    for (name, place), (down, up) in some.items():
        prefix = {"unet": "diffusion_model.", "text_encoder": "text_encoders.clip_l.transformer."}
        key = prefix[name] + place
        full[f"{key}.lora_down.weight"], full[f"{key}.lora_up.weight"] = down, up
    case("full names", full)
    unet = {key: value for key, value in some.items() if key[0] == "unet"}
    case("PEFT with a prefix", {
        f"base_model.model.{place}.lora_{letter}.default.weight": matrix
        for (_, place), pair in unet.items() for letter, matrix in zip("AB", pair)}, unet)
    case("PEFT without weight", {
        f"unet.{place}.lora_{letter}": matrix
        for (_, place), pair in unet.items() for letter, matrix in zip("AB", pair)}, unet)
    openclip(out, parameters, pipe)


def openclip(out, parameters, pipe):
    """OpenCLIP has queries, keys and values in one matrix."""
    generator = torch.Generator().manual_seed(5)
    layer = "text_model.encoder.layers.1"
    fused = torch.randn(2, 16, generator=generator), torch.randn(48, 2, generator=generator)
    fc = torch.randn(2, 16, generator=generator), torch.randn(32, 2, generator=generator)
    key = "lora_te_model_transformer_resblocks_1"
    file = {
        f"{key}_attn_in_proj.lora_down.weight": fused[0],
        f"{key}_attn_in_proj.lora_up.weight": fused[1],
        f"{key}_mlp_c_fc.lora_down.weight": fc[0], f"{key}_mlp_c_fc.lora_up.weight": fc[1]}
    merged = {}
    for part, up in zip("qkv", fused[1].chunk(3)):
        place = f"{layer}.self_attn.{part}_proj"
        merged[f"text_encoder.{place}.weight"] = module(
            pipe, "text_encoder", place).weight + up @ fused[0]
    merged[f"text_encoder.{layer}.mlp.fc1.weight"] = module(
        pipe, "text_encoder", f"{layer}.mlp.fc1").weight + fc[1] @ fc[0]
    record(out, parameters, "OpenCLIP", file, merged)


def peft_dora(out, parameters):
    pipe = pipeline()
    places = UNET + CONVOLUTIONS
    model = get_peft_model(pipe.unet, LoraConfig(
        r=2, lora_alpha=3, target_modules=places, use_dora=True, init_lora_weights=False))
    generator = torch.Generator().manual_seed(7)
    for name, value in sorted(model.named_parameters()):
        if "magnitude" in name:
            value.data *= 1 + 0.3 * torch.randn(value.shape, generator=generator)
        elif "lora_" in name:
            value.data = 0.3 * torch.randn(value.shape, generator=generator)
    file = {key: value.clone() for key, value in get_peft_model_state_dict(model).items()}
    for place in places:
        file[f"base_model.model.{place}.alpha"] = torch.tensor(3.0)
    model.merge_and_unload()
    merged = {f"unet.{place}.weight": pipe.unet.get_submodule(place).weight for place in places}
    record(out, parameters, "PEFT DoRA", file, merged)


def lycoris_cases(out, parameters):
    pipe = pipeline()
    matrix, convolution, pointwise = UNET[3], CONVOLUTIONS[0], UNET[4]
    kinds = {
        "LoCon": (LoConModule, dict(lora_dim=3, alpha=2)),
        "LoCon Tucker": (LoConModule, dict(lora_dim=3, alpha=2, use_tucker=True)),
        "LoHa": (LohaModule, dict(lora_dim=3, alpha=2)),
        "LoHa Tucker": (LohaModule, dict(lora_dim=3, alpha=2, use_tucker=True)),
        "LoKr": (LokrModule, dict(lora_dim=1, alpha=2, factor=4)),
        "LoKr of two": (LokrModule, dict(lora_dim=1, alpha=2, factor=4, decompose_both=True)),
        "LoKr whole": (LokrModule, dict(lora_dim=100000, alpha=2, factor=2)),
        "LoKr Tucker": (LokrModule, dict(lora_dim=1, alpha=2, factor=2, use_tucker=True)),
        "DoRA": (LoConModule, dict(lora_dim=3, alpha=2, weight_decompose=True, wd_on_out=True)),
        "DoRA by columns": (
            LoConModule, dict(lora_dim=3, alpha=2, weight_decompose=True, wd_on_out=False)),
        "DoRA of LoHa": (LohaModule, dict(lora_dim=3, alpha=2, weight_decompose=True)),
        "DoRA of LoKr": (
            LokrModule, dict(lora_dim=1, alpha=2, factor=4, weight_decompose=True, wd_on_out=False)),
        "full": (FullModule, {}),
        "norms": (NormModule, {})}
    for name, (kind, settings) in kinds.items():
        generator = torch.Generator().manual_seed(11)
        file, merged = {}, {}
        places = [matrix, convolution, pointwise]
        if kind is NormModule:
            places = ["down_blocks.0.resnets.0.norm1", f"{ATTENTION}.norm1"]
        for place in places:
            layer = pipe.unet.get_submodule(place)
            key = "lora_unet_" + place.replace(".", "_")
            old = layer.weight.detach().clone(), layer.bias.detach().clone()
            network = kind(key, layer, 1.0, **settings)
            if kind is FullModule:
                network.weight.data = old[0] + 0.3 * torch.randn(old[0].shape, generator=generator)
                network.bias.data = old[1] + 0.3 * torch.randn(old[1].shape, generator=generator)
                file[f"{key}.diff"] = network.weight.data - old[0]
                file[f"{key}.diff_b"] = network.bias.data - old[1]
                merged[f"unet.{place}.weight"] = network.weight.data
                merged[f"unet.{place}.bias"] = network.bias.data
                continue
            for part, value in sorted(network.named_parameters()):
                noise = torch.randn(value.shape, generator=generator)
                value.data = value.data * (1 + 0.3 * noise) if "dora" in part else 0.5 * noise
            parts = network.custom_state_dict() or dict(network.named_parameters())
            file.update({f"{key}.{part}": value.detach().clone() for part, value in parts.items()})
            with torch.no_grad():
                if kind is NormModule:
                    weight, bias = old[0] + network.w_norm, old[1] + network.b_norm
                    merged[f"unet.{place}.bias"] = bias
                elif kind is LoConModule:
                    weight = network.get_merged_weight(1, old[0].shape)[0]
                else:
                    # As in its forward pass: get_merged_weight of 4.1.3 scales these kinds twice.
                    weight = old[0] + network.get_weight(old[0].shape)
                    if settings.get("weight_decompose"):
                        weight = network.apply_weight_decompose(weight)
            merged[f"unet.{place}.weight"] = weight.reshape(old[0].shape)
        record(out, parameters, name, file, merged)
        print(name, sorted({key.split(".", 1)[1] for key in file}))


def lycoris_factor_cases(out, parameters):
    """The kinds whose change depends on the weight."""
    pipe = pipeline()
    places = [UNET[3], CONVOLUTIONS[0], UNET[4]]
    kinds = {
        "IA3": (IA3Module, {}, 1.0),
        "IA3 on input": (IA3Module, dict(train_on_input=True), 0.5),
        "GLoRA": (GLoRAModule, dict(lora_dim=3, alpha=2), 1.0),
        "OFT": (DiagOFTModule, dict(lora_dim=4), 1.0),
        "OFT of half strength": (DiagOFTModule, dict(lora_dim=4), 0.5),
        "OFT with lengths": (DiagOFTModule, dict(lora_dim=4, rescaled=True), 1.0),
        "OFT with a limit": (DiagOFTModule, dict(lora_dim=4, constraint=0.05), 1.0),
        "BOFT": (ButterflyOFTModule, dict(lora_dim=4), 1.0),
        "BOFT of half strength": (ButterflyOFTModule, dict(lora_dim=2), 0.5),
        "BOFT with lengths": (ButterflyOFTModule, dict(lora_dim=4, rescaled=True), 1.0)}
    for name, (kind, settings, weight) in kinds.items():
        generator = torch.Generator().manual_seed(19)
        file, merged = {}, {}
        for place in places:
            layer = pipe.unet.get_submodule(place)
            key = "lora_unet_" + place.replace(".", "_")
            network = kind(key, layer, 1.0, **settings)
            for part, value in sorted(network.named_parameters()):
                noise = torch.randn(value.shape, generator=generator)
                value.data = 1 + 0.3 * noise if part == "rescale" else 0.5 * noise
            parts = network.state_dict()
            file.update({f"{key}.{part}": value.detach().clone() for part, value in parts.items()})
            with torch.no_grad():
                merged[f"unet.{place}.weight"] = network.get_merged_weight(
                    weight, layer.weight.shape)[0]
        record(out, parameters, name, file, merged, weight)
        print(name, sorted({key.split(".", 1)[1] for key in file}))
    # LyCORIS before 2.0 had the two of each pair the other way round.
    file, merged = {}, {}
    for place in (UNET[3], UNET[4]):
        layer = pipe.unet.get_submodule(place)
        key = "lora_unet_" + place.replace(".", "_")
        old = layer.weight.flatten(1)
        a1, b1 = (0.5 * torch.randn(3, old.shape[1], generator=generator) for _ in range(2))
        a2 = 0.5 * torch.randn(old.shape[1], 3, generator=generator)
        b2 = 0.5 * torch.randn(old.shape[0], 3, generator=generator)
        parts = {"a1.weight": a1, "a2.weight": a2, "b1.weight": b1, "b2.weight": b2}
        file.update({f"{key}.{part}": value for part, value in parts.items()})
        merged[f"unet.{place}.weight"] = (old + b2 @ b1 + old @ a2 @ a1).reshape(layer.weight.shape)
    record(out, parameters, "old GLoRA", file, merged)


def peft_bias(out, parameters):
    pipe = pipeline()
    places = [UNET[3], CONVOLUTIONS[0]]
    model = get_peft_model(pipe.unet, LoraConfig(
        r=2, lora_alpha=3, target_modules=places, lora_bias=True, init_lora_weights=False))
    generator = torch.Generator().manual_seed(23)
    for name, value in sorted(model.named_parameters()):
        if "lora_" in name:
            value.data = 0.3 * torch.randn(value.shape, generator=generator)
    file = {key: value.clone() for key, value in get_peft_model_state_dict(model).items()}
    for place in places:
        file[f"base_model.model.{place}.alpha"] = torch.tensor(3.0)
    model.merge_and_unload()
    layers = {place: pipe.unet.get_submodule(place) for place in places}
    merged = {f"unet.{place}.weight": layer.weight for place, layer in layers.items()}
    merged.update({f"unet.{place}.bias": layer.bias for place, layer in layers.items()})
    record(out, parameters, "PEFT bias", file, merged)


# The same for `tiny-sdxl`.
XL = {
    "unet": {
        "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k":
            "input_blocks_3_1_transformer_blocks_1_attn2_to_k",
        "down_blocks.0.downsamplers.0.conv": "input_blocks_2_0_op",
        "down_blocks.1.resnets.0.conv_shortcut": "input_blocks_3_0_skip_connection",
        "mid_block.attentions.0.proj_in": "middle_block_1_proj_in",
        "up_blocks.0.attentions.1.proj_out": "output_blocks_1_1_proj_out",
        "up_blocks.0.upsamplers.0.conv": "output_blocks_1_2_conv",
        "up_blocks.1.resnets.1.time_emb_proj": "output_blocks_3_0_emb_layers_1",
        "time_embedding.linear_2": "time_embed_2", "add_embedding.linear_1": "label_emb_0_0",
        "conv_out": "out_2"},
    "text_encoder": {
        "text_model.encoder.layers.1.self_attn.q_proj": "text_model_encoder_layers_1_self_attn_q_proj"},
    "text_encoder_2": {
        "text_model.encoder.layers.0.mlp.fc2": "text_model_encoder_layers_0_mlp_fc2"}}


def xl_case(out, parameters):
    pipe = StableDiffusionXLPipeline.from_pretrained(path("tiny-sdxl"))
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(17)
    prefixes = {"unet": "lora_unet_", "text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"}
    file, merged = {}, {}
    for name, places in XL.items():
        for place, original in places.items():
            root = getattr(pipe, name)
            # Newer versions of transformers have no `text_model.` in one of the two encoders.
            own = place if hasattr(root, place.split(".")[0]) else place.split(".", 1)[1]
            layer = root.get_submodule(own)
            down, up = pair(layer, 2, generator)
            key = prefixes[name] + original
            file.update({f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up,
                         f"{key}.alpha": torch.tensor(1.0)})
            delta = (up.flatten(1) @ down.flatten(1)).reshape(layer.weight.shape)
            layer.weight.data += 0.5 * delta
            merged[f"{name}.{place}.weight"] = layer.weight.data
    record(out, parameters, "SDXL", file, merged)
    parameters["SDXL/model"] = "tiny-sdxl"
    pipe.scheduler = EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    out["SDXL/latents"] = latents(pipe)
    out["clip pair/l"] = torch.randn(2, 16, generator=generator)
    out["clip pair/g"] = torch.randn(2, 24, generator=generator)
    for tokenizer, encoder, rows in (
            (pipe.tokenizer, pipe.text_encoder, "l"), (pipe.tokenizer_2, pipe.text_encoder_2, "g")):
        pipe.load_textual_inversion(
            {"<ink>": out[f"clip pair/{rows}"]}, text_encoder=encoder, tokenizer=tokenizer)
    # The pooled vector is of the text's end: later versions take the largest id, which is a word's.
    original = pipe.text_encoder_2.config.eos_token_id
    for part in pipe.text_encoder_2.modules():
        if getattr(part, "eos_token_id", None) == original:
            part.eos_token_id = 525
    out["clip pair/latents"] = latents(pipe, "a <ink> apple")


def few_steps(out):
    pipe = merged_by_diffusers(kohya(pairs(pipeline(), 1), lambda _: 1.5))[1]
    pipe.scheduler = LCMScheduler.from_config(pipe.scheduler.config)
    out["kohya/few"] = pipe(
        PROMPT, num_inference_steps=4, guidance_scale=1.0,
        generator=torch.Generator().manual_seed(SEED), output_type="latent").images


def original_keys(levels, depths, labels):
    """The modules of the original code's UNetModel with two residual blocks a level, as its
    constructor makes them. `depths`: transformer blocks of each level, 0 for none."""
    resnet = ["in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3"]
    attention = ["norm", "proj_in", "proj_out", "transformer_blocks.0.attn1.to_q",
                 "transformer_blocks.0.ff.net.0.proj"]
    keys = ["time_embed.0", "time_embed.2", "input_blocks.0.0", "out.0", "out.2"]
    keys += ["label_emb.0.0", "label_emb.0.2"] if labels else []
    number, skips, width = 1, [levels[0]], levels[0]
    for level, channels in enumerate(levels):
        for _ in range(2):
            parts = resnet + (["skip_connection"] if channels != width else [])
            keys += [f"input_blocks.{number}.0.{part}" for part in parts]
            width = channels
            if depths[level]:
                keys += [f"input_blocks.{number}.1.{part}" for part in attention]
            skips.append(width)
            number += 1
        if level < len(levels) - 1:
            keys.append(f"input_blocks.{number}.0.op")
            skips.append(width)
            number += 1
    for place, parts in enumerate([resnet, attention, resnet]):
        keys += [f"middle_block.{place}.{part}" for part in parts]
    number = 0
    for level, channels in reversed(list(enumerate(levels))):
        for block in range(3):
            skips.pop()
            keys += [f"output_blocks.{number}.0.{part}" for part in [*resnet, "skip_connection"]]
            if depths[level]:
                keys += [f"output_blocks.{number}.1.{part}" for part in attention]
            if level and block == 2:
                keys.append(f"output_blocks.{number}.{2 if depths[level] else 1}.conv")
            number += 1
    return keys


def original_names():
    """What diffusers makes of the original names: `ldm-names.json`."""
    families = {
        "Stable Diffusion 1": ([320, 640, 1280, 1280], [1, 1, 1, 0], False),
        "SDXL": ([320, 640, 1280], [0, 2, 10], True),
        "refiner": ([384, 768, 1536, 1536], [0, 4, 4, 0], True)}
    names = {}
    for family, (levels, depths, labels) in families.items():
        keys = original_keys(levels, depths, labels)
        file = {
            f"model.diffusion_model.{key}.{kind}": f"{key}.{kind}"
            for key in keys for kind in ("weight", "bias")}
        config = {"layers_per_block": 2, **({"addition_embed_type": "text_time"} if labels else {})}
        found = convert_ldm_unet_checkpoint(file, config)
        assert len(found) == 2 * len(keys)
        names[family] = {
            ours.removesuffix(".weight"): theirs.removesuffix(".weight")
            for ours, theirs in sorted(found.items()) if ours.endswith(".weight")}
    with open(path("ldm-names.json"), "w") as file:
        json.dump(names, file, indent=0)


def inversion(out, parameters):
    """Textual inversion: latents with a word of two vectors in the prompt, one in the negative."""
    pipe = pipeline()
    generator = torch.Generator().manual_seed(13)
    ink, bad = torch.randn(2, 16, generator=generator), torch.randn(16, generator=generator)
    pipe.load_textual_inversion({"<ink>": ink})
    pipe.load_textual_inversion({"bad-hands": bad})
    prompt, negative = "a red <ink>apple, <ink>", "bad-hands blue"
    ids = pipe.tokenizer(pipe.maybe_convert_prompt(prompt, pipe.tokenizer)).input_ids
    out["inversion/ids"] = torch.tensor(ids)
    out["inversion/latents"] = pipe(
        prompt, negative_prompt=negative, num_inference_steps=STEPS, guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(SEED), output_type="latent").images
    out["inversion/ink"], out["inversion/bad"] = ink, bad
    parameters.update({"inversion/prompt": prompt, "inversion/negative": negative})


if __name__ == "__main__":
    tensors, parameters = {}, {}
    original_names()
    inversion(tensors, parameters)
    xl_case(tensors, parameters)
    few_steps(tensors)
    diffusers_cases(tensors, parameters)
    formula_cases(tensors, parameters)
    peft_dora(tensors, parameters)
    lycoris_cases(tensors, parameters)
    lycoris_factor_cases(tensors, parameters)
    peft_bias(tensors, parameters)
    save(tensors, path("lora.safetensors"), parameters)
    print(os.path.getsize(path("lora.safetensors")))
