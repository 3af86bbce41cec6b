"""A tiny random safety checker as diffusers has it, with what it makes of three pictures.

The folder `tiny-safety/safety_checker` is a StableDiffusionSafetyChecker, `tiny-safety/feature_extractor`
its preprocessing. Thresholds are set so that one special-care concept and some concepts are met, by a
clear distance, in some pictures and not in others."""

import os
import shutil

from oracle import path, save

import numpy
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import (
    StableDiffusionSafetyChecker, cosine_distance)
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor

FOLDER = path("tiny-safety")
WIDTH = 12


def picture(seed):
    generator = torch.Generator().manual_seed(seed)
    small = torch.randint(0, 256, (5, 7, 3), generator=generator, dtype=torch.uint8).numpy()
    return Image.fromarray(small).resize((56, 40), Image.BICUBIC)


shutil.rmtree(FOLDER, ignore_errors=True)
config = CLIPConfig(
    projection_dim=WIDTH, text_config={"hidden_size": 8, "num_hidden_layers": 1,
                                       "num_attention_heads": 1, "intermediate_size": 8},
    vision_config={
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu",
        "projection_dim": WIDTH})
checker = StableDiffusionSafetyChecker(config).eval()
generator = torch.Generator().manual_seed(77)
for name, parameter in checker.named_parameters():
    if "norm" in name and name.endswith("weight"):
        parameter.data = 1 + 0.2 * torch.randn(parameter.shape, generator=generator)
    elif "embeds_weights" not in name:
        parameter.data = 0.3 * torch.randn(parameter.shape, generator=generator)
checker.special_care_embeds_weights.data.fill_(2)
checker.concept_embeds_weights.data.fill_(2)
processor = CLIPImageProcessor(
    size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
pictures = [picture(seed) for seed in (1, 2, 3)]
pixels = processor(pictures, return_tensors="pt").pixel_values
with torch.no_grad():
    embeds = checker.visual_projection(checker.vision_model(pixels)[1])
    special = cosine_distance(embeds, checker.special_care_embeds)
    concepts = cosine_distance(embeds, checker.concept_embeds)
    # Concepts halfway between what the first picture and the others have.
    def between(scores, place):
        own, rest = scores[0, place], scores[1:, place].max()
        return (own + rest) / 2
    place = int((special[0] - special[1:].max(0).values).argmax())
    checker.special_care_embeds_weights.data[place] = special[0, place] - 0.02
    for place in (concepts[0] - concepts[1:].max(0).values).topk(2).indices.tolist():
        checker.concept_embeds_weights.data[place] = between(concepts, place)



def scores(embeds):
    """As `forward` computes them; it gives only whether there is any."""
    result = []
    for i in range(len(embeds)):
        adjustment, own = 0.0, ([], [])
        for j in range(3):
            own[0].append(round(
                special[i, j].item() - checker.special_care_embeds_weights[j].item() + adjustment, 3))
            if own[0][-1] > 0:
                adjustment = 0.01
        for j in range(17):
            own[1].append(round(
                concepts[i, j].item() - checker.concept_embeds_weights[j].item() + adjustment, 3))
        result.append(own)
    return result


found = scores(embeds)
images = [numpy.array(p, dtype=numpy.float32) for p in pictures]
_, flags = checker(pixels, [image.copy() for image in images])
assert flags == [any(s > 0 for s in own[1]) for own in found], flags
assert flags == [True, False, False], flags
os.makedirs(FOLDER, exist_ok=True)
checker.save_pretrained(os.path.join(FOLDER, "safety_checker"))
processor.save_pretrained(os.path.join(FOLDER, "feature_extractor"))
save({
    **{f"picture/{i}": torch.from_numpy(numpy.array(p)).to(torch.int32)
       for i, p in enumerate(pictures)},
    "embeddings": embeds, "special": torch.tensor([own[0] for own in found]),
    "concepts": torch.tensor([own[1] for own in found]),
}, os.path.join(FOLDER, "expected.safetensors"))
print(flags, found[0])
