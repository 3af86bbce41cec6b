"""Random models that are small, of sizes that a single file can say: heads of 64, norms of 32 groups."""

import os

import torch

from diffusers import (
    AutoencoderKL, EulerDiscreteScheduler, PNDMScheduler, StableDiffusionPipeline,
    StableDiffusionXLPipeline, UNet2DConditionModel)
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer)

from parity_tools import ROOT

BETAS = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)


def unet(widths, attention, **more):
    kinds = ["CrossAttn{}Block2D" if yes else "{}Block2D" for yes in attention]
    return UNet2DConditionModel(
        sample_size=64, block_out_channels=widths, layers_per_block=1,
        attention_head_dim=[width // 64 for width in widths],
        down_block_types=[kind.format("Down") for kind in kinds],
        up_block_types=[kind.format("Up") for kind in reversed(kinds)], **more)


def autoencoder(scale):
    return AutoencoderKL(
        block_out_channels=(32, 32, 32, 32), layers_per_block=1, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        sample_size=512, scaling_factor=scale)


def text(kind, width, activation, **more):
    return kind(CLIPTextConfig(
        vocab_size=49408, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=3,
        num_attention_heads=width // 64, hidden_act=activation, bos_token_id=49406,
        eos_token_id=49407, pad_token_id=49407, **more))


def randomise(*models):
    for seed, model in enumerate(models):
        generator = torch.Generator().manual_seed(seed)
        for parameter in model.parameters():
            scale = 0.02 if parameter.ndim > 1 else 0.1
            parameter.data += scale * torch.randn(parameter.shape, generator=generator)


def save(pipeline, folder):
    pipeline.save_pretrained(folder)
    return folder


def tokenizer(name):
    """Of the tests: a single file has none, so it is not the one that is painted with."""
    folder = os.path.join(ROOT, "Tests", "Fixtures", name)
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)


def small_sd1(folder):
    network = unet((64, 128), (True, False), cross_attention_dim=64)
    decoder = autoencoder(0.18215)
    encoder = text(CLIPTextModel, 64, "gelu")
    randomise(network, decoder, encoder)
    return save(StableDiffusionPipeline(
        vae=decoder, text_encoder=encoder, tokenizer=tokenizer("tiny-sd1/tokenizer"), unet=network,
        scheduler=PNDMScheduler(**BETAS, skip_prk_steps=True), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False), folder)


def small_sdxl(folder):
    """The widths of the text are SDXL's own: a file is told by them."""
    network = unet(
        (64, 128), (False, True), cross_attention_dim=2048, transformer_layers_per_block=[1, 2],
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=1280 + 6 * 256)
    decoder = autoencoder(0.13025)
    first = text(CLIPTextModel, 768, "quick_gelu")
    second = text(CLIPTextModelWithProjection, 1280, "gelu", projection_dim=1280)
    randomise(network, decoder, first, second)
    return save(StableDiffusionXLPipeline(
        vae=decoder, text_encoder=first, text_encoder_2=second,
        tokenizer=tokenizer("tiny-sdxl/tokenizer"), tokenizer_2=tokenizer("tiny-sdxl/tokenizer_2"),
        unet=network, scheduler=EulerDiscreteScheduler(**BETAS, timestep_spacing="leading"),
        add_watermarker=False), folder)
