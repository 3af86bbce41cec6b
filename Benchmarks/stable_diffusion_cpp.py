"""stable-diffusion.cpp's command: found through SD_CPP, or built once in the user's cache.

The source is the one inside PyPI's `stable-diffusion-cpp-python`, checked by its digest and built for this processor, with a
cmake and a ninja from PyPI.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

VERSION = "0.4.7"
SOURCE = (
    "https://files.pythonhosted.org/packages/b1/06/300aba9ac36e2166fbe45b4a29039a76f725ef08796f5472caf3e8c4e08d/"
    f"stable_diffusion_cpp_python-{VERSION}.tar.gz")
SHA256 = "998d1957260dd5ae4e18a8acc0c14b0a8757aaa9f96515197b6d5bbf46df9282"
CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "pinxit",
    "stable-diffusion.cpp-" + VERSION)


def program():
    given = os.environ.get("SD_CPP")
    if given:
        return given
    built = os.path.join(CACHE, "sd-cli")
    if not os.path.exists(built):
        print(f"building stable-diffusion.cpp in {CACHE} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            build(source(scratch), scratch)
    return built


def source(scratch):
    """Downloads and unpacks the source distribution; returns the folder of stable-diffusion.cpp in it."""
    with urllib.request.urlopen(SOURCE) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise RuntimeError(f"{SOURCE} is not the file it was")
    archive = os.path.join(scratch, "source.tar.gz")
    with open(archive, "wb") as out:
        out.write(content)
    with tarfile.open(archive) as opened:
        opened.extractall(scratch, filter="data")
    return os.path.join(
        scratch, f"stable_diffusion_cpp_python-{VERSION}", "vendor", "stable-diffusion.cpp")


def build(folder, scratch):
    tools, out = os.path.join(scratch, "tools"), os.path.join(scratch, "build")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", tools]
    subprocess.run(pip + ["cmake", "ninja"], check=True, stdout=sys.stderr)
    environment = {**os.environ, "PYTHONPATH": tools,
                   "PATH": os.path.join(tools, "bin") + os.pathsep + os.environ["PATH"]}
    for command in (
        ["cmake", "-S", folder, "-B", out, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"],
        ["cmake", "--build", out, "--target", "sd-cli"],
    ):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    os.makedirs(CACHE, exist_ok=True)
    partial = os.path.join(CACHE, "sd-cli.partial")
    shutil.copy(os.path.join(out, "bin", "sd-cli"), partial)
    os.rename(partial, os.path.join(CACHE, "sd-cli"))


BLOCK = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}
ENDS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def unet_name(name):
    """A parameter of diffusers' U-Net as Stability's own files call it."""
    for ours, theirs in ENDS.items():
        if name.startswith(ours + "."):
            return theirs + name[len(ours):]
    part = re.match(r"(down|up|mid)_blocks?\.(?:(\d+)\.)?(resnets|attentions|\w+samplers)\.(\d+)\.(.*)", name)
    side, level, kind, index, rest = part.groups()
    level, index = int(level or 0), int(index)
    if kind == "resnets":
        head, tail = rest.split(".", 1)
        rest = f"{BLOCK[head]}.{tail}"
    if side == "mid":
        return f"middle_block.{2 * index if kind == 'resnets' else 1}.{rest}"
    if kind == "downsamplers":
        return f"input_blocks.{3 * level + 3}.0.op.{rest.split('.', 1)[1]}"
    if kind == "upsamplers":
        return f"output_blocks.{3 * level + 2}.{1 if level == 0 else 2}.{rest}"
    place = 3 * level + index + (1 if side == "down" else 0)
    return f"{'input' if side == 'down' else 'output'}_blocks.{place}.{0 if kind == 'resnets' else 1}.{rest}"


def vae_name(name):
    """A parameter of diffusers' autoencoder likewise."""
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    for ours, theirs in ATTENTION.items():
        name = name.replace(f"mid_block.attentions.0.{ours}.", f"mid.attn_1.{theirs}.")
    return name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")


def single_file(folder):
    """The model in one file, as it wants it, made once; it loads no diffusers folder of Stable Diffusion 1.x."""
    import torch
    from safetensors.torch import load_file, save_file
    path = os.path.join(CACHE, os.path.basename(os.path.abspath(folder)) + ".safetensors")
    if os.path.exists(path):
        return path
    parts = (
        ("unet/diffusion_pytorch_model", "model.diffusion_model.", unet_name),
        ("vae/diffusion_pytorch_model", "first_stage_model.", vae_name),
        ("text_encoder/model", "cond_stage_model.transformer.text_model.",
         lambda name: name.removeprefix("text_model.")))
    tensors = {}
    for file, prefix, rename in parts:
        for name, tensor in load_file(os.path.join(folder, file + ".safetensors")).items():
            key = prefix + rename(name)
            if "mid.attn_1" in key and tensor.dim() == 2:
                tensor = tensor[:, :, None, None]
            tensors[key] = tensor.to(torch.float16).contiguous()
    os.makedirs(CACHE, exist_ok=True)
    save_file(tensors, path + ".partial")
    os.rename(path + ".partial", path)
    return path


def seconds(folder, weights, steps, options=()):
    """What its own log says a guided step and decoding take, and the peak memory of the process."""
    command = [
        program(), "-m", single_file(folder), "-p", "a red apple", "-W", "512", "-H", "512", "--cfg-scale", "5",
        "--steps", str(steps), "--type", weights, *options]
    with tempfile.TemporaryDirectory() as scratch:
        command += ["-o", os.path.join(scratch, "picture.png")]
        with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            text, peak = watch(process)
    if process.returncode != 0:
        raise RuntimeError(text.strip().splitlines()[-1] if text.strip() else "failed")
    sampling = float(re.search(r"sampling completed, taking ([\d.]+)s", text).group(1))
    decoding = float(re.search(r"decode_first_stage completed, taking ([\d.]+)s", text).group(1))
    return {"step": sampling / steps, "decode": decoding, "memory": peak}


def watch(process):
    """Reads to the end, looking at the process's memory at every line."""
    text, peak = "", 0
    for line in process.stdout:
        text += line
        try:
            with open(f"/proc/{process.pid}/status") as status:
                found = re.search(r"VmHWM:\s+(\d+)", status.read())
                peak = max(peak, int(found.group(1)) * 1024) if found else peak
        except OSError:
            pass
    return text, peak
