"""What people do with webuiapi, against a running server: ADDRESS is all it is told."""

import sys
import urllib.parse

import webuiapi

place = urllib.parse.urlparse(sys.argv[1])
api = webuiapi.WebUIApi(host=place.hostname, port=place.port)

models = api.util_get_model_names()
assert models, "no models"
before = api.util_get_current_model()
assert before in models
for names in (api.util_get_sampler_names(), api.util_get_scheduler_names()):
    assert names, names
for call in (
        api.get_loras, api.get_embeddings, api.get_upscalers, api.get_scripts, api.get_sd_vae,
        api.get_prompt_styles, api.get_face_restorers, api.get_hypernetworks, api.get_cmd_flags,
        api.get_memory, api.get_options, api.refresh_checkpoints):
    call()

result = api.txt2img(
    prompt="a red apple", negative_prompt="a dog", seed=7, steps=4, cfg_scale=4, width=64,
    height=64, batch_size=2, sampler_name="Euler a")
assert len(result.images) == 2 and result.image.size == (64, 64)
assert result.info["all_seeds"] == [7, 8], result.info
assert result.parameters["steps"] == 4

# Chance, in every form that clients have for it.
for seed in (-1, None, ""):
    assert len(api.txt2img(prompt="a cat", seed=seed, steps=2, width=32, height=32).images) == 1

changed = api.img2img(
    images=[result.image], prompt="a green apple", seed=3, steps=4, denoising_strength=0.5,
    width=64, height=64)
assert len(changed.images) == 1
masked = api.img2img(
    images=[result.image], mask_image=result.image.convert("L"), prompt="a hole", steps=4,
    inpainting_fill=1, width=64, height=64)
assert len(masked.images) == 1
api.png_info(result.image)

# Larger pictures, and what clients of ControlNet ask.
large = api.extra_single_image(result.image, upscaler_1="Lanczos", upscaling_resize=2)
assert large.image.size == (2 * result.image.width, 2 * result.image.height), large.image.size
two = api.extra_batch_images([result.image] * 2, upscaler_1="Lanczos", resize_mode=1,
                             upscaling_resize_w=40, upscaling_resize_h=30)
assert [image.size for image in two.images] == [(40, 30)] * 2
assert "Lanczos" in [upscaler["name"] for upscaler in api.get_upscalers()]
assert api.controlnet_version() > 0 and api.controlnet_model_list() == ["None"]
edges = api.controlnet_detect([result.image], module="canny", processor_res=64)
assert len(edges.images) == 1

progress = api.get_progress()
assert progress["progress"] == 0 and progress["state"]["job_count"] == 0, progress
api.interrupt()
api.skip()

options = api.get_options()
options["CLIP_stop_at_last_layers"] = 1
api.set_options(options)
for name in [next(name for name in models if name != before), before]:
    api.util_set_model(name)
    api.util_wait_for_ready()
    assert api.util_get_current_model() == name

for fields in (
        {"sampler_name": "none"}, {"enable_hr": True, "hr_upscaler": "none"},
        {"script_name": "none"}):
    try:
        api.txt2img(prompt="a", steps=2, **fields)
    except RuntimeError:
        continue
    raise AssertionError(f"{fields} should have been refused")
print("webuiapi: all is well")
