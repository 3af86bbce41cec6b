"""Values and gradients of every operation, from PyTorch, for `ops.safetensors`.

Keys are `operation/case/name`: the inputs, `dy` (the gradient that comes from above), the result
`y`, and `d_input` for each input that is differentiated. The metadata has the parameters under
`operation/case/parameter`. Feature maps are [batch, height, width, channels], weights of
convolutions as PyTorch has them: [out, in, kh, kw], transposed [in, out, kh, kw].
"""

import torch
import torch.nn.functional as F

from oracle import channels_first, channels_last, path, save

generator = torch.Generator().manual_seed(20260821)
tensors = {}
parameters = {}


def normal(*shape, scale=1.0):
    return torch.randn(shape, generator=generator) * scale


def case(name, function, inputs, fixed=None, **numbers):
    """Records one case: `inputs` are differentiated, `fixed` are not."""
    # Computed in f64 and rounded once, so that the fixture is the truth and not one more opinion.
    leaves = {key: value.double().requires_grad_() for key, value in inputs.items()}
    y = function(**leaves, **(fixed or {}))
    dy = normal(*y.shape)
    y.backward(dy.double())
    for key, value in inputs.items():
        tensors[f"{name}/{key}"] = value
        tensors[f"{name}/d_{key}"] = leaves[key].grad
    for key, value in (fixed or {}).items():
        tensors[f"{name}/{key}"] = value
    tensors[f"{name}/y"] = y
    tensors[f"{name}/dy"] = dy
    for key, value in numbers.items():
        parameters[f"{name}/{key}"] = value


def convolutions():
    # name, batch, height, width, in, out, kernel, stride, (top, left, bottom, right), bias
    cases = [
        ("3x3", 2, 6, 5, 8, 16, 3, 1, (1, 1, 1, 1), True),
        ("3x3_no_bias", 1, 4, 4, 16, 8, 3, 1, (1, 1, 1, 1), False),
        ("3x3_stride2", 2, 8, 6, 8, 8, 3, 2, (1, 1, 1, 1), True),
        ("3x3_stride2_asymmetric", 2, 8, 6, 8, 8, 3, 2, (0, 0, 1, 1), True),
        ("1x1", 2, 4, 3, 16, 8, 1, 1, (0, 0, 0, 0), True),
        ("4x4_stride2", 1, 8, 8, 4, 8, 4, 2, (1, 1, 1, 1), True),
        ("3x3_odd", 1, 5, 7, 3, 5, 3, 1, (1, 1, 1, 1), True),
        ("3x3_odd_stride2", 1, 7, 5, 7, 3, 3, 2, (1, 1, 1, 1), True),
        ("patches", 2, 8, 8, 3, 12, 4, 4, (0, 0, 0, 0), False),
    ]
    for name, b, h, w, i, o, k, stride, (top, left, bottom, right), bias in cases:

        def convolve(x, weight, bias=None):
            padded = F.pad(channels_first(x), (left, right, top, bottom))
            return channels_last(F.conv2d(padded, weight, bias, stride=stride))

        inputs = {"x": normal(b, h, w, i), "weight": normal(o, i, k, k, scale=(i * k * k) ** -0.5)}
        if bias:
            inputs["bias"] = normal(o)
        case(
            f"conv2d/{name}", convolve, inputs,
            stride=stride, top=top, left=left, bottom=bottom, right=right)

    for name, b, h, w, i, o in [("4x4_stride2", 2, 3, 4, 8, 16), ("4x4_odd", 1, 3, 3, 5, 3)]:

        def transposed(x, weight, bias):
            y = F.conv_transpose2d(channels_first(x), weight, bias, stride=2, padding=1)
            return channels_last(y)

        inputs = {
            "x": normal(b, h, w, i), "weight": normal(i, o, 4, 4, scale=(i * 4) ** -0.5),
            "bias": normal(o),
        }
        case(f"conv_transpose2d/{name}", transposed, inputs, stride=2, padding=1)


def products():
    case("linear/tokens", F.linear, {
        "input": normal(2, 5, 12), "weight": normal(7, 12, scale=0.3), "bias": normal(7)})
    case("linear/no_bias", F.linear, {"input": normal(3, 16), "weight": normal(32, 16, scale=0.3)})
    case("matmul/plain", torch.matmul, {"input": normal(5, 7), "other": normal(7, 3)})
    case("matmul/batched", torch.matmul, {"input": normal(2, 3, 5, 8), "other": normal(2, 3, 8, 4)})
    case("matmul/transposed", lambda input, other: input @ other.transpose(-1, -2), {
        "input": normal(3, 4, 6), "other": normal(3, 5, 6)})
    table = normal(11, 6)
    ids = torch.tensor([[1, 3, 3, 0], [10, 1, 7, 3]])
    case("embedding/repeated", lambda weight, ids: F.embedding(ids, weight), {"weight": table},
         fixed={"ids": ids})


def norms():
    for name, groups, eps, shape in [
        ("8_groups", 8, 1e-5, (2, 4, 3, 16)), ("odd", 3, 1e-6, (1, 5, 3, 9)),
        ("one_group", 1, 1e-5, (2, 2, 2, 6)), ("per_channel", 5, 1e-6, (2, 3, 4, 5)),
    ]:

        def group_norm(x, weight, bias):
            return channels_last(F.group_norm(channels_first(x), groups, weight, bias, eps))

        def inputs():
            return {
                "x": normal(*shape) * 1.5 + 0.5, "weight": normal(shape[-1]) + 1,
                "bias": normal(shape[-1]),
            }

        case(f"group_norm/{name}", group_norm, inputs(), groups=groups, eps=eps)
        case(f"group_norm_silu/{name}", lambda **i: F.silu(group_norm(**i)), inputs(),
             groups=groups, eps=eps)
    for name, shape in [("16", (2, 5, 16)), ("odd", (3, 13))]:
        case(
            f"layer_norm/{name}", lambda x, weight, bias: F.layer_norm(x, x.shape[-1:], weight, bias, 1e-5),
            {"x": normal(*shape) * 2 - 1, "weight": normal(shape[-1]) + 1, "bias": normal(shape[-1])},
            eps=1e-5)


def activations():
    functions = {
        "gelu": F.gelu, "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "silu": F.silu,
        "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    }
    # Beyond the ordinary, far tails on both sides.
    for name, function in functions.items():
        x = torch.cat([normal(40, scale=2), torch.tensor([-30.0, -10.0, -5.5, 5.5, 10.0, 30.0])])
        case(f"{name}/values", lambda x: function(x), {"x": x})

    def geglu(x):
        value, gate = x.chunk(2, dim=-1)
        return value * F.gelu(gate)

    case("geglu/tokens", geglu, {"x": normal(2, 3, 20)})
    case("geglu/odd", geglu, {"x": normal(5, 14)})


def softmaxes():
    case("softmax/rows", lambda x: x.softmax(-1), {"x": normal(3, 4, 9, scale=3)})
    case("softmax/large", lambda x: x.softmax(-1), {"x": normal(2, 17, scale=60)})
    case("log_softmax/rows", lambda x: x.log_softmax(-1), {"x": normal(3, 4, 9, scale=3)})
    case("log_softmax/large", lambda x: x.log_softmax(-1), {"x": normal(2, 17, scale=60)})
    targets = torch.tensor([0, 8, 3, 3, 5])
    case("cross_entropy/mean", lambda logits, targets: F.cross_entropy(logits, targets),
         {"logits": normal(5, 9, scale=2)}, fixed={"targets": targets})


def attentions():
    # name, batch, queries, keys, heads, features of a head, causal
    for name, b, t, s, heads, d, causal in [
        ("self", 2, 6, 6, 2, 8, False), ("causal", 2, 7, 7, 3, 8, True),
        ("cross", 2, 9, 5, 2, 8, False), ("odd", 1, 5, 11, 3, 5, False),
        ("one_head", 1, 4, 4, 1, 16, False), ("blocks", 1, 33, 70, 1, 8, False),
        ("causal_blocks", 1, 67, 67, 1, 4, True),
    ]:

        def attend(q, k, v):
            q, k, v = (x.unflatten(-1, (heads, d)).transpose(1, 2) for x in (q, k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
            return y.transpose(1, 2).flatten(2)

        case(
            f"attention/{name}", attend,
            {"q": normal(b, t, heads * d), "k": normal(b, s, heads * d), "v": normal(b, s, heads * d)},
            heads=heads, causal=int(causal))


def shapes_and_sums():
    def resample(function):
        return lambda x: channels_last(function(channels_first(x)))

    case("upsample_nearest2x/map", resample(lambda x: F.interpolate(x, scale_factor=2.0, mode="nearest")),
         {"x": normal(2, 3, 4, 5)})
    case("avg_pool2d/map", resample(lambda x: F.avg_pool2d(x, 2)), {"x": normal(2, 4, 6, 5)})
    for name, a, b in [
        ("same", (3, 5), (3, 5)), ("last", (2, 3, 5), (5,)), ("ones", (2, 1, 4, 6), (2, 3, 1, 6)),
        ("scalar", (4, 3), ()), ("channels", (2, 3, 4, 6), (2, 1, 1, 6)),
    ]:
        for operation in ("add", "sub", "mul"):
            function = getattr(torch, operation)
            case(f"{operation}/{name}", lambda a, b: function(a, b), {"a": normal(*a), "b": normal(*b)})
        case(f"div/{name}", lambda a, b: a / b, {"a": normal(*a), "b": normal(*b).abs() + 0.5})
    for operation in ("mean", "sum"):
        function = getattr(torch, operation)
        for axes in [(0,), (1,), (2,), (0, 2), (0, 1, 2)]:
            label = "_".join(map(str, axes))
            case(f"{operation}/{label}", lambda x: function(x, dim=axes), {"x": normal(3, 4, 5)},
                 axes=",".join(map(str, axes)))
    for axis in (1, 3):
        other = (2, 5, 3, 4) if axis == 1 else (2, 2, 3, 6)
        case(f"concat/{axis}", lambda a, b: torch.cat([a, b], dim=axis),
             {"a": normal(2, 2, 3, 4), "b": normal(*other)}, axis=axis)


def optimisers():
    """Five steps of AdamW on three parameters with given gradients, and an average of them."""
    for name, decay, betas in [("decay", 0.1, (0.9, 0.999)), ("none", 0.0, (0.9, 0.98))]:
        weight = normal(4, 9).requires_grad_()
        tensors[f"adamw/{name}/weight"] = weight.detach().clone()
        optimiser = torch.optim.AdamW([weight], lr=1e-2, betas=betas, eps=1e-8, weight_decay=decay)
        average = weight.detach().clone()
        for step in range(1, 6):
            weight.grad = normal(4, 9, scale=10.0 ** (1 - step))
            tensors[f"adamw/{name}/gradient_{step}"] = weight.grad
            optimiser.step()
            average.lerp_(weight.detach(), 1 - 0.9)
            tensors[f"adamw/{name}/weight_{step}"] = weight.detach().clone()
            tensors[f"adamw/{name}/average_{step}"] = average.clone()
        for key, value in {
            "learning_rate": 1e-2, "beta1": betas[0], "beta2": betas[1], "eps": 1e-8,
            "weight_decay": decay, "average_decay": 0.9,
        }.items():
            parameters[f"adamw/{name}/{key}"] = value


def clipping():
    a, b = normal(3, 5), normal(7)
    tensors["clip_grad_norm/both/a"], tensors["clip_grad_norm/both/b"] = a.clone(), b.clone()
    leaves = [torch.nn.Parameter(torch.zeros_like(x)) for x in (a, b)]
    for leaf, gradient in zip(leaves, (a, b)):
        leaf.grad = gradient.clone()
    tensors["clip_grad_norm/both/norm"] = torch.nn.utils.clip_grad_norm_(leaves, 1.0)
    tensors["clip_grad_norm/both/clipped_a"] = leaves[0].grad
    tensors["clip_grad_norm/both/clipped_b"] = leaves[1].grad
    parameters["clip_grad_norm/both/maximum"] = 1.0


def cross_entropies():
    """Without the mean: one number for each row."""
    targets = torch.tensor([[0, 8, 3, 3], [1, 8, 0, 5], [7, 2, 2, 4]])
    for name, scale in [("rows", 3), ("large", 60)]:
        case(
            f"cross_entropy/{name}",
            lambda logits, targets: F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), reduction="none").view(3, 4),
            {"logits": normal(3, 4, 9, scale=scale)}, fixed={"targets": targets})


def pixel_shuffles():
    for name, shuffle, shape in [
        ("pixel_unshuffle", F.pixel_unshuffle, (2, 4, 6, 3)), ("pixel_shuffle", F.pixel_shuffle, (2, 3, 2, 8)),
    ]:
        case(f"{name}/map", lambda x: channels_last(shuffle(channels_first(x), 2)), {"x": normal(*shape)})


for make in (
    convolutions, products, norms, activations, softmaxes, attentions, shapes_and_sums, optimisers,
    clipping, cross_entropies, pixel_shuffles,
):
    make()
save(tensors, path("ops.safetensors"), parameters)
