"""What the fixture scripts share."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

HERE = os.path.dirname(os.path.abspath(__file__))


def path(*parts):
    return os.path.join(HERE, *parts)


def save(tensors, file, parameters=None):
    """Writes tensors, contiguous and f32 (integers as i32), with numbers as text in the metadata."""
    kept = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point():
            tensor = tensor.to(torch.float32)
        elif tensor.dtype == torch.int64:
            tensor = tensor.to(torch.int32)
        kept[name] = tensor.contiguous().clone()
    metadata = {"format": "pt", **{key: str(value) for key, value in (parameters or {}).items()}}
    save_file(kept, file, metadata)
    os.chmod(file, 0o644)


def channels_last(x):
    """[batch, channels, height, width] to [batch, height, width, channels]."""
    return x.permute(0, 2, 3, 1)


def channels_first(x):
    return x.permute(0, 3, 1, 2)
