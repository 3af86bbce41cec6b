"""What diffusers makes of a picture by an instruction with an SDXL.

`cosxl.safetensors`: for CosXL Edit, which is given its picture's latents scaled, and for others,
which are not, latents, the decoded picture, and its bytes. `tiny-instruct-xl` holds the U-Net, of 8
channels, for `tiny-sdxl`. The picture is that of `editing.safetensors`.
"""

from make_editing import HEIGHT, WIDTH, load, picture, record
from make_models import randomize
from oracle import path, save

from diffusers import (
    EulerDiscreteScheduler, StableDiffusionXLInstructPix2PixPipeline, UNet2DConditionModel)
from PIL import Image


def main():
    config = UNet2DConditionModel.load_config(path("tiny-sdxl"), subfolder="unet")
    unet = randomize(UNet2DConditionModel.from_config({**config, "in_channels": 8}), 33)
    unet.save_pretrained(path("tiny-instruct-xl"))
    expected = {}
    for name, is_edit in (("edit", True), ("other", False)):
        pipeline = load(
            StableDiffusionXLInstructPix2PixPipeline, "tiny-sdxl", add_watermarker=False,
            is_cosxl_edit=is_edit)
        pipeline.unet = unet
        pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
        record(
            expected, name, pipeline, image=Image.fromarray(picture(WIDTH, HEIGHT)), height=HEIGHT,
            width=WIDTH, num_inference_steps=4, guidance_scale=5.0, image_guidance_scale=1.75)
    save(expected, path("cosxl.safetensors"))


if __name__ == "__main__":
    main()
