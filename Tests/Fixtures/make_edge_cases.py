"""What `make_models.py` leaves out: odd latent sizes, a U-Net without a middle, the states of every text layer.

Reads the models that `make_models.py` made; writes `edge-cases.safetensors`.
"""

import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextModel

from oracle import path, save

expected = {}
generator = torch.Generator().manual_seed(600)
states = torch.randn(1, 12, 16, generator=generator)
unet = UNet2DConditionModel.from_pretrained(path("tiny-sd2", "unet")).eval()
with torch.no_grad():
    for height, width in [(7, 9), (6, 5)]:
        sample = torch.randn(1, 4, height, width, generator=generator)
        expected[f"{height}x{width}/sample"] = sample
        expected[f"{height}x{width}/y"] = unet(sample, 321, states).sample
    unet.mid_block = None
    sample = torch.randn(1, 4, 8, 8, generator=generator)
    expected["no_middle/sample"] = sample
    expected["no_middle/y"] = unet(sample, 321, states).sample
    expected["states"] = states
    text = CLIPTextModel.from_pretrained(path("tiny-sd1", "text_encoder")).eval()
    ids = torch.tensor([[524, 300, 200, 525, 525, 525], [524, 525, 7, 525, 525, 525]])
    output = text(ids, output_hidden_states=True)
    expected["ids"] = ids
    expected["pooled"] = output.pooler_output
    for index, hidden in enumerate(output.hidden_states):
        expected[f"hidden/{index}"] = hidden
save(expected, path("edge-cases.safetensors"))
