"""Contrastive losses, CLIP checkpoints in other layouts than transformers', and prepared pictures."""

import json
import os
import shutil

import numpy
import torch
from PIL import Image
from torch.nn import functional
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

from make_models import randomize, text_config, write_tokenizer
from oracle import path, save

PROMPTS = ["a red apple and two blue ones", "two blue apples", "an"]
LAYER = {
    "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}


def openai_names(model):
    """The state dict of a `CLIPModel` under the names of OpenAI's release, which OpenCLIP kept."""
    theirs = {key: value for key, value in model.state_dict().items() if "position_ids" not in key}
    ours = {
        "logit_scale": theirs["logit_scale"],
        "text_projection": theirs["text_projection.weight"].T,
        "visual.proj": theirs["visual_projection.weight"].T,
        "token_embedding.weight": theirs["text_model.embeddings.token_embedding.weight"],
        "positional_embedding": theirs["text_model.embeddings.position_embedding.weight"],
        "visual.class_embedding": theirs["vision_model.embeddings.class_embedding"],
        "visual.positional_embedding": theirs["vision_model.embeddings.position_embedding.weight"],
        "visual.conv1.weight": theirs["vision_model.embeddings.patch_embedding.weight"]}
    for kind in ("weight", "bias"):
        ours[f"ln_final.{kind}"] = theirs[f"text_model.final_layer_norm.{kind}"]
        ours[f"visual.ln_pre.{kind}"] = theirs[f"vision_model.pre_layrnorm.{kind}"]
        ours[f"visual.ln_post.{kind}"] = theirs[f"vision_model.post_layernorm.{kind}"]
        for tower, prefix, count in (
                ("text_model", "", model.config.text_config.num_hidden_layers),
                ("vision_model", "visual.", model.config.vision_config.num_hidden_layers)):
            for index in range(count):
                source = f"{tower}.encoder.layers.{index}"
                target = f"{prefix}transformer.resblocks.{index}"
                ours[f"{target}.attn.in_proj_{kind}"] = torch.cat(
                    [theirs[f"{source}.self_attn.{part}_proj.{kind}"] for part in "qkv"])
                for theirs_name, name in ((v, k) for k, v in LAYER.items()):
                    ours[f"{target}.{name}.{kind}"] = theirs[f"{source}.{theirs_name}.{kind}"]
    return {key: value.contiguous() for key, value in ours.items()}


def openclip_config(config, mean, std):
    """What `open_clip_config.json` says of a `CLIPConfig`."""
    text, vision = config.text_config, config.vision_config
    return {
        "model_cfg": {
            "embed_dim": config.projection_dim, "quick_gelu": vision.hidden_act == "quick_gelu",
            "vision_cfg": {
                "image_size": vision.image_size, "patch_size": vision.patch_size,
                "layers": vision.num_hidden_layers, "width": vision.hidden_size,
                "head_width": vision.hidden_size // vision.num_attention_heads,
                # As published for bigG: the product is a fraction, which is dropped.
                "mlp_ratio": round(vision.intermediate_size / vision.hidden_size + 5e-5, 4)},
            "text_cfg": {
                "context_length": text.max_position_embeddings, "vocab_size": text.vocab_size,
                "width": text.hidden_size, "heads": text.num_attention_heads,
                "layers": text.num_hidden_layers,
                "mlp_ratio": text.intermediate_size / text.hidden_size}},
        "preprocess_cfg": {"mean": mean, "std": std}}


def pictures():
    """Noise with edges, wide, high and smaller than what is asked for."""
    generator = numpy.random.default_rng(7)
    made = []
    for height, width in ((45, 70), (83, 51), (20, 27)):
        blocks = generator.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=numpy.uint8)
        picture = numpy.kron(blocks, numpy.ones((4, 4, 1), dtype=numpy.uint8))[:height, :width]
        made.append(numpy.ascontiguousarray(picture))
    return made


def prepared(pictures, size, mean, std, like_torchvision):
    """As transformers prepares pictures, or as OpenCLIP does, whose crop rounds half pixels to even."""
    images = [Image.fromarray(picture) for picture in pictures]
    if not like_torchvision:
        processor = CLIPImageProcessor(
            size={"shortest_edge": size}, crop_size={"height": size, "width": size},
            image_mean=mean, image_std=std)
        return torch.cat([processor(image, return_tensors="pt").pixel_values for image in images])
    made = []
    for image in images:
        short = min(image.size)
        width, height = (int(size * side / short) for side in image.size)
        left, top = (int(round((side - size) / 2.0)) for side in (width, height))
        image = image.resize((width, height), Image.BICUBIC)
        image = image.crop((left, top, left + size, top + size))
        pixels = torch.from_numpy(numpy.array(image)).permute(2, 0, 1) / 255
        made.append((pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None])
    return torch.stack(made)


def write(folder, config, seed, half, mean, std, like_torchvision):
    """A model under OpenAI's names with what it makes of the prompts and pictures."""
    os.makedirs(folder)
    model = randomize(CLIPModel(config), seed)
    if half:
        for parameter in model.parameters():
            parameter.data.copy_(parameter.data.half().float())
    tokenizer = write_tokenizer(folder, "!")
    ids = tokenizer(
        PROMPTS, padding="max_length", max_length=12, truncation=True,
        return_tensors="pt").input_ids
    raw = pictures()
    with torch.no_grad():
        pixels = prepared(raw, config.vision_config.image_size, mean, std, like_torchvision)
        output = model(input_ids=ids, pixel_values=pixels)
    expected = {
        "ids": ids, "pixels": pixels, "text_embeds": output.text_embeds,
        "image_embeds": output.image_embeds,
        "similarity": output.image_embeds @ output.text_embeds.T,
        **{f"picture/{i}": torch.from_numpy(p).to(torch.int32) for i, p in enumerate(raw)}}
    save(expected, f"{folder}.safetensors",
         {f"prompt/{index}": prompt for index, prompt in enumerate(PROMPTS)})
    return model


def openclip_folder(seed):
    folder = path("tiny-openclip")
    shutil.rmtree(folder, ignore_errors=True)
    mean, std = [0.5, 0.4, 0.3], [0.2, 0.25, 0.3]
    config = CLIPConfig(
        text_config=text_config("gelu", 0),
        vision_config={
            "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2,
            "num_attention_heads": 3, "image_size": 32, "patch_size": 8, "hidden_act": "gelu",
            "projection_dim": 16},
        projection_dim=16)
    model = write(folder, config, seed, False, mean, std, True)
    with open(os.path.join(folder, "open_clip_config.json"), "w") as file:
        json.dump(openclip_config(config, mean, std), file, indent=2)
    save(openai_names(model), os.path.join(folder, "open_clip_model.safetensors"))


def openai_folder(seed):
    from safetensors.torch import save_file

    folder = path("tiny-openai")
    shutil.rmtree(folder, ignore_errors=True)
    config = CLIPConfig(
        text_config={
            **text_config("quick_gelu", 0), "hidden_size": 64, "num_hidden_layers": 1,
            "num_attention_heads": 1},
        vision_config={
            "hidden_size": 64, "intermediate_size": 48, "num_hidden_layers": 1,
            "num_attention_heads": 1, "image_size": 32, "patch_size": 8,
            "hidden_act": "quick_gelu", "projection_dim": 16},
        projection_dim=16)
    mean = [0.48145466, 0.4578275, 0.40821073]
    std = [0.26862954, 0.26130258, 0.27577711]
    model = write(folder, config, seed, True, mean, std, False)
    tensors = {key: value.half() for key, value in openai_names(model).items()}
    for name, value in (("input_resolution", 32), ("context_length", 12), ("vocab_size", 526)):
        tensors[name] = torch.tensor(value)
    file = os.path.join(folder, "ViT-tiny.safetensors")
    save_file(tensors, file, {"format": "pt"})
    os.chmod(file, 0o644)


def losses():
    """Six pairs in four groups: a group's pairs all belong together."""
    generator = torch.Generator().manual_seed(5)
    groups = torch.tensor([0, 1, 0, 2, 3, 0])
    positives = (groups[:, None] == groups[None]).float()
    targets = positives / positives.sum(1, keepdim=True)
    leaves = {
        "images": functional.normalize(torch.randn(6, 8, generator=generator), dim=1),
        "texts": functional.normalize(torch.randn(6, 8, generator=generator), dim=1),
        "scale": torch.tensor([1.7]), "bias": torch.tensor([-1.2])}
    expected = {"positives": positives, "targets": targets, **leaves}
    for name in ("softmax", "sigmoid"):
        own = {key: value.clone().requires_grad_() for key, value in leaves.items()}
        logits = own["images"] @ own["texts"].T * own["scale"].exp()
        if name == "softmax":
            loss = (functional.cross_entropy(logits, targets)
                    + functional.cross_entropy(logits.T, targets.T)) / 2
        else:
            signs = positives * 2 - 1
            loss = -functional.logsigmoid(signs * (logits + own["bias"])).sum() / len(groups)
        loss.backward()
        expected[f"{name}/loss"] = loss
        for key, value in own.items():
            if value.grad is not None:
                expected[f"{name}/{key}"] = value.grad
    save(expected, path("contrastive.safetensors"))


if __name__ == "__main__":
    openclip_folder(600)
    openai_folder(700)
    losses()
