"""Checkpoint files in the formats of the world: torch's, fp8, GGUF. Needs the package `gguf`."""

import collections
import json
import os
import shutil

import gguf
import numpy
import torch
from safetensors.torch import save_file

from oracle import path, save

FOLDER = path("files")
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]


def numbers(*shape, seed=3):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class Hostile:
    def __reduce__(self):
        return os.system, ("touch pinxit-was-here",)


class ModelCheckpoint:
    pass


ModelCheckpoint.__module__ = "pytorch_lightning.callbacks.model_checkpoint"


def torch_files():
    base = numbers(4, 6)
    conv = numbers(2, 3, 3, 3).to(memory_format=torch.channels_last)
    state = {
        "f32": base, "f16": base.half(), "bf16": base.bfloat16(), "f64": base.double(),
        "transposed": base.T, "columns": base[:, 1:4], "row": base[2], "steps": base[::2, ::3],
        "channels_last": conv, "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3),
        "i64": torch.arange(5), "i16": torch.arange(-2, 3, dtype=torch.int16),
        "bool": torch.tensor([True, False, True]), "u8": torch.tensor([1, 255], dtype=torch.uint8),
        "parameter": torch.nn.Parameter(base[0].clone())}
    ordered = collections.OrderedDict(state)
    ordered._metadata = {"": {"version": 1}}
    checkpoint = {
        "epoch": 3, "global_step": 875000, "pytorch-lightning_version": "1.4.2",
        "state_dict": ordered,
        "callbacks": {ModelCheckpoint: {
            "monitor": "val", "best_model_score": numpy.float64(0.25)}},
        "lr_schedulers": [{"base_lrs": [1e-4], "milestones": collections.Counter([1, 1])}],
        "optimizer_states": [{"state": {0: {"exp_avg": base * 2}}}], "loops": None}
    import sys, types
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks",
                 "pytorch_lightning.callbacks.model_checkpoint"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["pytorch_lightning.callbacks.model_checkpoint"].ModelCheckpoint = ModelCheckpoint
    torch.save(checkpoint, os.path.join(FOLDER, "torch.ckpt"))
    torch.save(checkpoint, os.path.join(FOLDER, "legacy.ckpt"), _use_new_zipfile_serialization=False)
    eights = {"e4m3": base.to(torch.float8_e4m3fn), "e5m2": base.to(torch.float8_e5m2)}
    torch.save(eights, os.path.join(FOLDER, "fp8.pt"))
    expected = {key: value.contiguous() for key, value in state.items()}
    expected |= {key: value.float() for key, value in eights.items()}
    expected = {key: value for key, value in expected.items() if key not in ("bool", "u8", "i16")}
    save(expected, os.path.join(FOLDER, "torch.expected.safetensors"))
    hostile = {"state_dict": {"weight": base, "other": Hostile()}}
    torch.save(hostile, os.path.join(FOLDER, "hostile.ckpt"))
    torch.save(hostile, os.path.join(FOLDER, "hostile-legacy.ckpt"),
               _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), os.path.join(FOLDER, "module.pt"))
    torch.save({
        "string_to_token": {"*": torch.tensor(265)},
        "string_to_param": torch.nn.ParameterDict({"*": torch.nn.Parameter(numbers(2, 8))}),
        "name": "style", "step": 100, "sd_checkpoint": None}, os.path.join(FOLDER, "inversion.pt"))
    save({"vectors": numbers(2, 8)}, os.path.join(FOLDER, "inversion.expected.safetensors"))


def fp8_files():
    codes = torch.arange(256, dtype=torch.uint8)
    expected = {}
    tensors = {"e4m3": codes.view(torch.float8_e4m3fn), "e5m2": codes.clone().view(torch.float8_e5m2)}
    for name, value in tensors.items():
        expected[f"{name}.all"] = value.float()
    save_file(tensors, os.path.join(FOLDER, "fp8.safetensors"))
    scaled = {"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn)}
    format = torch.tensor(list(json.dumps({"format": "float8_e4m3fn"}).encode()), dtype=torch.uint8)
    for index, (key, scale) in enumerate((
            ("scale_weight", torch.tensor([0.0123])), ("weight_scale", torch.tensor(0.25)),
            ("weight_scale", torch.tensor([[0.5], [1.5], [0.001]])))):
        weight = numbers(3, 16, seed=index).to(torch.float8_e4m3fn)
        scaled[f"layer{index}.weight"] = weight
        scaled[f"layer{index}.bias"] = numbers(3, seed=index)
        scaled[f"layer{index}.{key}"] = scale
        scaled[f"layer{index}.{'scale_input' if index == 0 else 'input_scale'}"] = torch.ones(())
        if index > 0:
            scaled[f"layer{index}.comfy_quant"] = format.clone()
        expected[f"layer{index}.weight"] = weight.float() * scale
        expected[f"layer{index}.bias"] = scaled[f"layer{index}.bias"]
    save_file(scaled, os.path.join(FOLDER, "scaled-fp8.safetensors"))
    save(expected, os.path.join(FOLDER, "fp8.expected.safetensors"))


def gguf_file():
    writer = gguf.GGUFWriter(os.path.join(FOLDER, "blocks.gguf"), "sdxl")
    writer.add_uint32("count", 7)
    writer.add_bool("flag", True)
    writer.add_array("sizes", [3, 4])
    expected = {}
    data = numbers(2, 256, seed=8).numpy() * 0.05
    for name in BLOCKS:
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        if name in ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"):
            # Random blocks with scales of a sensible size: the package does not pack these types.
            rng = numpy.random.default_rng(len(expected))
            packed = rng.integers(0, 256, (2, 256 // elements, size), dtype=numpy.uint8)
            at = {"Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2),
                  "Q6_K": (208,)}[name]
            for offset in at:
                scale = rng.uniform(1e-4, 1e-3, packed.shape[:2] + (1,)).astype(numpy.float16)
                packed[:, :, offset:offset + 2] = scale.view(numpy.uint8)
            packed = packed.reshape(2, -1)
        else:
            packed = gguf.quants.quantize(data, kind)
        writer.add_tensor(name, packed, raw_dtype=kind)
        expected[name] = torch.from_numpy(gguf.quants.dequantize(packed, kind))
    plain = numbers(2, 3, seed=9)
    writer.add_tensor("f32", plain.numpy())
    writer.add_tensor("f16", plain.half().numpy())
    writer.add_tensor("bf16", plain.bfloat16().view(torch.uint8).numpy().reshape(2, 6),
                      raw_dtype=gguf.GGMLQuantizationType.BF16)
    expected |= {"f32": plain, "f16": plain.half(), "bf16": plain.bfloat16()}
    folded = numbers(4, 2, 3, 4, seed=10).numpy()
    packed = gguf.quants.quantize(folded.reshape(3, 32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_array("comfy.gguf.orig_shape.folded", [4, 2, 3, 4])
    writer.add_tensor("folded", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    expected["folded"] = torch.from_numpy(
        gguf.quants.dequantize(packed, gguf.GGMLQuantizationType.Q8_0)).view(4, 2, 3, 4)
    large = numpy.full((1, 32), 3e5, dtype=numpy.float32)
    packed = gguf.quants.quantize(large, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("large", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    expected["large"] = torch.from_numpy(
        gguf.quants.dequantize(packed, gguf.GGMLQuantizationType.Q8_0))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save(expected, os.path.join(FOLDER, "gguf.expected.safetensors"))


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    torch_files()
    fp8_files()
    gguf_file()
    for name in os.listdir(FOLDER):
        os.chmod(os.path.join(FOLDER, name), 0o644)
