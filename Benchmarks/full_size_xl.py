"""Random weights in the shapes of SDXL's base model, made once in the user's cache, stored in f16.

They are drawn in f16 part by part: PyTorch's own start in f32 would need 24 GB.
"""

import math
import os
import sys

CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "pinxit")
UNET = dict(
    sample_size=128, block_out_channels=(320, 640, 1280),
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    transformer_layers_per_block=[1, 2, 10], attention_head_dim=[5, 10, 20],
    cross_attention_dim=2048, use_linear_projection=True, addition_embed_type="text_time",
    addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)
VAE = dict(
    in_channels=3, out_channels=3, block_out_channels=(128, 256, 512, 512), layers_per_block=2,
    latent_channels=4, down_block_types=("DownEncoderBlock2D",) * 4,
    up_block_types=("UpDecoderBlock2D",) * 4, scaling_factor=0.13025, force_upcast=True,
    sample_size=1024)


def drawn(kind, *arguments, **settings):
    """A module whose matrices keep the size of what goes through them, in f16."""
    import torch
    with torch.device("meta"):
        module = kind(*arguments, **settings)
    module = module.half().to_empty(device="cpu").eval()
    for name, value in list(module.named_parameters()) + list(module.named_buffers()):
        if name.endswith("position_ids"):
            value.copy_(torch.arange(value.numel()).reshape(value.shape))
        elif value.ndim > 1:
            value.data.normal_(0, 1 / math.sqrt(value[0].numel()))
        else:
            value.data.fill_(0 if name.endswith("bias") else 1)
    return module


def folder():
    made = os.path.join(CACHE, "random-sdxl")
    if not os.path.exists(made):
        make(made)
    return made


def make(made):
    print(f"making a random SDXL (7 GB) in {made}", file=sys.stderr)
    import torch
    from diffusers import (
        AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel)
    from transformers import (
        CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer)
    torch.manual_seed(0)
    tokenizer = os.path.join(CACHE, "random-sd1.5", "tokenizer")
    texts = [
        CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
                       num_attention_heads=12, projection_dim=768),
        CLIPTextConfig(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32,
                       num_attention_heads=20, projection_dim=1280, hidden_act="gelu")]
    StableDiffusionXLPipeline(
        vae=drawn(AutoencoderKL, **VAE), text_encoder=drawn(CLIPTextModel, texts[0]),
        text_encoder_2=drawn(CLIPTextModelWithProjection, texts[1]),
        tokenizer=CLIPTokenizer.from_pretrained(tokenizer),
        tokenizer_2=CLIPTokenizer.from_pretrained(tokenizer, pad_token="!"),
        unet=drawn(UNet2DConditionModel, **UNET),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
            timestep_spacing="leading", steps_offset=1),
        force_zeros_for_empty_prompt=True).save_pretrained(made + ".partial")
    os.rename(made + ".partial", made)
