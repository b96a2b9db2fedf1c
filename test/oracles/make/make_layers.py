"""Layers of the catalogue as PyTorch computes them: layers/layers.json, a list of cases.

A case has the source of a module, the values it is given, its tensors under clipx's names, and what comes out.
Everything is random, float64 rounded to float32 at the end; nothing is zero.
"""

import json
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
CASES = []


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": [round(float(x), 7) for x in tensor.detach().reshape(-1)]}


def rounded(tensor):
    return torch.tensor([round(float(x), 7) for x in tensor.reshape(-1)]).reshape(tensor.shape)


def shake(module):
    """Every tensor random and round, also those that start at 0 or 1."""
    with torch.no_grad():
        for tensor in list(module.parameters()) + [b for b in module.buffers() if b.dtype.is_floating_point]:
            tensor.copy_(rounded(torch.randn_like(tensor) * 0.4 + (0.1 if tensor.dim() > 1 else 0.6)))
    return module.eval()


def case(name, source, call, inputs, tensors, output):
    CASES.append({
        "name": name, "source": source, "call": call,
        "inputs": {key: numbers(value) for key, value in inputs.items()},
        "tensors": {key: numbers(value) for key, value in tensors.items()},
        "output": numbers(output),
    })


def x(*shape):
    return rounded(torch.randn(*shape))


def block(layer, path, norm2="norm2"):
    names = {
        "attention.in.weight": layer.self_attn.in_proj_weight, "attention.in.bias": layer.self_attn.in_proj_bias,
        "attention.out.weight": layer.self_attn.out_proj.weight, "attention.out.bias": layer.self_attn.out_proj.bias,
        "norm1.scale": layer.norm1.weight, "norm1.bias": layer.norm1.bias,
        f"{norm2}.scale": layer.norm2.weight, f"{norm2}.bias": layer.norm2.bias,
        "mlp.in.weight": layer.linear1.weight, "mlp.in.bias": layer.linear1.bias,
        "mlp.out.weight": layer.linear2.weight, "mlp.out.bias": layer.linear2.bias,
    }
    return {f"{path}.{key}": value for key, value in names.items()}


def transformers():
    value = x(2, 4, 8)
    ok = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]]).bool()
    for norm in ("pre", "post"):
        for masked in (False, True):
            layers = [shake(nn.TransformerEncoderLayer(8, 2, 12, 0.1, F.gelu, 1e-5, True, norm == "pre")) for _ in range(2)]
            given = value
            for layer in layers:
                # the plain path: the fused one of evaluation zeroes what is masked
                torch.backends.mha.set_fastpath_enabled(False)
                given = layer(given, src_key_padding_mask=~ok if masked else None)
            tensors = {}
            for index, layer in enumerate(layers):
                tensors |= block(layer, f"blocks.{index}")
            source = f"transformer(layers: 2, heads: 2, hidden: 12, norm: {norm})"
            inputs = {"x": value} | ({"ok": ok.double()} if masked else {})
            case(f"transformer, {norm}, {'masked' if masked else 'whole'}", source, "m(only(x, ok > 0.5))" if masked else "m(x)", inputs, tensors, given)


def seeing():
    value = x(2, 4, 8)
    sees = torch.tensor([[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 1, 1]]).bool()
    layer = shake(nn.TransformerEncoderLayer(8, 2, 12, 0.1, F.relu, 1e-5, True, True))
    torch.backends.mha.set_fastpath_enabled(False)
    source = "transformer(layers: 1, heads: 2, hidden: 12, activation: relu)"
    case("transformer, where one place sees another", source, "m(x, where: sees > 0.5)", {"x": value, "sees": sees.double()}, block(layer, "blocks.0"), layer(value, src_mask=~sees))


def decoders():
    value, memory = x(2, 3, 8), x(2, 5, 8)
    layer = shake(nn.TransformerDecoderLayer(8, 2, 12, 0.1, F.relu, 1e-5, True, True))
    causal = nn.Transformer.generate_square_subsequent_mask(3).double()
    output = layer(value, memory, tgt_mask=causal)
    cross = layer.multihead_attn
    weights, biases = cross.in_proj_weight.chunk(3), cross.in_proj_bias.chunk(3)
    tensors = block(layer, "blocks.0")
    tensors["blocks.0.norm3.scale"], tensors["blocks.0.norm3.bias"] = layer.norm3.weight, layer.norm3.bias
    for name, weight, bias in zip(("query", "key", "value"), weights, biases):
        tensors[f"blocks.0.cross.{name}.weight"], tensors[f"blocks.0.cross.{name}.bias"] = weight, bias
    tensors["blocks.0.cross.out.weight"], tensors["blocks.0.cross.out.bias"] = cross.out_proj.weight, cross.out_proj.bias
    case("decoder, causal", "decoder(layers: 1, heads: 2, hidden: 12, activation: relu)", "m(x3, memory: y5)", {"x3": value, "y5": memory}, tensors, output)
    other = x(2, 5, 6)
    attention = shake(nn.MultiheadAttention(8, 2, batch_first=True, kdim=6, vdim=6))
    output, _ = attention(value, other, other)
    biases = attention.in_proj_bias.chunk(3)
    tensors = {"query.weight": attention.q_proj_weight, "key.weight": attention.k_proj_weight, "value.weight": attention.v_proj_weight,
               "query.bias": biases[0], "key.bias": biases[1], "value.bias": biases[2],
               "out.weight": attention.out_proj.weight, "out.bias": attention.out_proj.bias}
    case("cross attention of another width", "cross_attention(numbers, heads: 2)", "m(x3, z5)", {"x3": value, "z5": other}, tensors, output)


def masked_keys():
    value, memory = x(2, 3, 8), x(2, 5, 8)
    key_ok = torch.tensor([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]]).bool()
    own_ok = torch.tensor([[1, 1, 0], [1, 0, 0]]).bool()
    sees = torch.tensor([[1, 0, 1, 1, 0], [1, 1, 0, 0, 1], [0, 1, 1, 1, 0]]).bool()
    torch.backends.mha.set_fastpath_enabled(False)

    def split(layer):
        cross = layer.multihead_attn
        weights, biases = cross.in_proj_weight.chunk(3), cross.in_proj_bias.chunk(3)
        tensors = block(layer, "blocks.0")
        tensors["blocks.0.norm3.scale"], tensors["blocks.0.norm3.bias"] = layer.norm3.weight, layer.norm3.bias
        for name, weight, bias in zip(("query", "key", "value"), weights, biases):
            tensors[f"blocks.0.cross.{name}.weight"], tensors[f"blocks.0.cross.{name}.bias"] = weight, bias
        tensors["blocks.0.cross.out.weight"], tensors["blocks.0.cross.out.bias"] = cross.out_proj.weight, cross.out_proj.bias
        return tensors

    layer = shake(nn.TransformerDecoderLayer(8, 2, 12, 0.1, F.relu, 1e-5, True, True))
    source = "decoder(layers: 1, heads: 2, hidden: 12, activation: relu, causal: off)"
    case("decoder of masked places, where a key is seen", source, "m(only(x3, ok3 > 0.5), memory: y5, where: ok5 > 0.5)",
         {"x3": value, "ok3": own_ok.double(), "y5": memory, "ok5": key_ok.double()}, split(layer),
         layer(value, memory, tgt_key_padding_mask=~own_ok, memory_key_padding_mask=~key_ok))
    layer = shake(nn.TransformerDecoderLayer(8, 2, 12, 0.1, F.relu, 1e-5, True, True))
    case("decoder, where a place sees a key", source, "m(x3, memory: y5, where: sees5 > 0.5)",
         {"x3": value, "y5": memory, "sees5": sees.double()}, split(layer), layer(value, memory, memory_mask=~sees))

    def separate(attention):
        weights, biases = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
        tensors = {"out.weight": attention.out_proj.weight, "out.bias": attention.out_proj.bias}
        for name, weight, bias in zip(("query", "key", "value"), weights, biases):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weight, bias
        return tensors

    attention = shake(nn.MultiheadAttention(8, 2, batch_first=True))
    case("cross attention, where a key is seen", "cross_attention(numbers, heads: 2)", "m(x3, y5, where: ok5 > 0.5)",
         {"x3": value, "y5": memory, "ok5": key_ok.double()}, separate(attention), attention(value, memory, memory, key_padding_mask=~key_ok)[0])
    attention = shake(nn.MultiheadAttention(8, 2, batch_first=True))
    case("cross attention, where a place sees a real key", "cross_attention(numbers, heads: 2)", "m(x3, only(y5, ok5 > 0.5), where: sees5 > 0.5)",
         {"x3": value, "y5": memory, "ok5": key_ok.double(), "sees5": sees.double()}, separate(attention),
         attention(value, memory, memory, key_padding_mask=~key_ok, attn_mask=~sees)[0])

    value = x(2, 4, 8)
    ok = torch.tensor([[1, 0, 1, 1], [0, 1, 1, 0]]).bool()
    attention = shake(nn.MultiheadAttention(8, 2, batch_first=True))
    tensors = {"in.weight": attention.in_proj_weight, "in.bias": attention.in_proj_bias, "out.weight": attention.out_proj.weight, "out.bias": attention.out_proj.bias}
    case("attention, where a key is seen", "attention(numbers, heads: 2)", "m(x, where: ok > 0.5)", {"x": value, "ok": ok.double()}, tensors,
         attention(value, value, value, key_padding_mask=~ok)[0])
    layer = shake(nn.TransformerEncoderLayer(8, 2, 12, 0.1, F.gelu, 1e-5, True, True))
    real = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]]).bool()
    case("transformer of masked places, where a key is seen", "transformer(layers: 1, heads: 2, hidden: 12)", "m(only(x, okk > 0.5), where: ok > 0.5)",
         {"x": value, "ok": ok.double(), "okk": real.double()},
         block(layer, "blocks.0"), layer(value, src_key_padding_mask=~(ok & real)))

    norm = shake(nn.GroupNorm(2, 8, eps=1e-3))
    outputs = [torch.cat([norm(each[: int(own.sum())].T.unsqueeze(0))[0].T, torch.zeros(4 - int(own.sum()), 8)]) for each, own in zip(value, torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]]))]
    ok = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]]).double()
    case("group norm of masked places", "group_norm(2, eps: 1e-3)", "m(only(x, ok > 0.5))", {"x": value, "ok": ok}, {"scale": norm.weight, "bias": norm.bias}, torch.stack(outputs))


def recurrent():
    value = x(2, 4, 8)
    for name, kind in (("lstm", nn.LSTM), ("gru", nn.GRU)):
        layer = shake(kind(8, 6, batch_first=True))
        tensors = {"input.weight": layer.weight_ih_l0, "input.bias": layer.bias_ih_l0, "hidden.weight": layer.weight_hh_l0, "hidden.bias": layer.bias_hh_l0}
        case(name, f"{name}(numbers -> other)", "m(x)", {"x": value}, tensors, layer(value)[0])


def pictures():
    image = x(2, 5, 6, 4)
    nchw = image.permute(0, 3, 1, 2)
    hwio = lambda weight: weight.permute(2, 3, 1, 0)
    layer = shake(nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2))
    case("conv, stride 2, groups", "conv(6, kernel: 3, stride: 2, groups: 2)", "m(image)", {"image": image}, {"weight": hwio(layer.weight), "bias": layer.bias}, layer(nchw).permute(0, 2, 3, 1))
    layer = shake(nn.Conv2d(4, 3, (3, 1), padding=(2, 0), dilation=2, bias=False))
    case("conv, tall kernel, dilated", "conv(3, kernel: (3, 1), dilation: 2, bias: off)", "m(image)", {"image": image}, {"weight": hwio(layer.weight)}, layer(nchw).permute(0, 2, 3, 1))
    layer = shake(nn.ConvTranspose2d(4, 3, 2, stride=2))
    case("transposed conv", "conv_transpose(3, kernel: 2, stride: 2)", "m(image)", {"image": image}, {"weight": layer.weight.permute(2, 3, 1, 0), "bias": layer.bias}, layer(nchw).permute(0, 2, 3, 1))
    layer = shake(nn.GroupNorm(2, 4, eps=1e-3))
    case("group norm", "group_norm(2, eps: 1e-3)", "m(image)", {"image": image}, {"scale": layer.weight, "bias": layer.bias}, layer(nchw).permute(0, 2, 3, 1))
    case("upsample", "upsample(2)", "m(image)", {"image": image}, {}, F.interpolate(nchw, scale_factor=2, mode="bilinear").permute(0, 2, 3, 1))
    coarse = x(2, 3, 3, 5)
    laterals = [shake(nn.Conv2d(4, 6, 1)), shake(nn.Conv2d(5, 6, 1))]
    outputs = [shake(nn.Conv2d(6, 6, 3, padding=1)) for _ in range(2)]
    low = laterals[1](coarse.permute(0, 3, 1, 2))
    high = laterals[0](nchw) + F.interpolate(low, size=(5, 6), mode="nearest-exact")
    tensors = {}
    for index in range(2):
        tensors[f"lateral.{index}.weight"], tensors[f"lateral.{index}.bias"] = hwio(laterals[index].weight), laterals[index].bias
        tensors[f"output.{index}.weight"], tensors[f"output.{index}.bias"] = hwio(outputs[index].weight), outputs[index].bias
    case("feature pyramid, finest level", "fpn(6)", "m(image, coarse)", {"image": image, "coarse": coarse}, tensors, outputs[0](high).permute(0, 2, 3, 1))


def films():
    film = x(2, 4, 4, 6, 3)
    ncthw = film.permute(0, 4, 1, 2, 3)
    layer = shake(nn.Conv3d(3, 5, (3, 2, 2), stride=(1, 2, 2), padding=(1, 0, 0)))
    output = layer(ncthw).permute(0, 2, 3, 4, 1).reshape(2, 4, 6, 5)
    case("patches of a film", "patchify(3d, time: 3, patch: 2, width: 5, bias: on)", "m(film)", {"film": film}, {"weight": layer.weight.permute(2, 3, 4, 1, 0), "bias": layer.bias}, output)


def chains():
    value = x(2, 4, 8)
    first, second, norm = shake(nn.Linear(8, 5)), shake(nn.Linear(5, 6)), shake(nn.LayerNorm(6, eps=1e-12))
    tensors = {"0.weight": first.weight, "0.bias": first.bias, "2.weight": second.weight, "2.bias": second.bias, "3.scale": norm.weight, "3.bias": norm.bias}
    case("a chain with a hidden axis", "linear(numbers -> hidden(5)) |> gelu |> linear(hidden -> other) |> layer_norm(eps: 1e-12)", "m(x)", {"x": value}, tensors, norm(second(F.gelu(first(value)))))
    layer = shake(nn.Conv1d(8, 6, 3, padding=2, dilation=2))
    case("temporal conv", "temporal_conv(numbers -> other, kernel: 3, dilation: 2)", "m(x)", {"x": value}, {"weight": layer.weight.permute(2, 1, 0).unsqueeze(0), "bias": layer.bias}, layer(value.transpose(1, 2)).transpose(1, 2))
    shifted = torch.zeros_like(value)
    shifted[:, :-1, :2] = value[:, 1:, :2]
    shifted[:, 1:, 2:4] = value[:, :-1, 2:4]
    shifted[:, :, 4:] = value[:, :, 4:]
    case("temporal shift", "temporal_shift(part: 0.25)", "m(x)", {"x": value}, {}, shifted)


# new cases last, so that the numbers of the others stay
for make in (transformers, seeing, decoders, recurrent, pictures, films, chains, masked_keys):
    make()
target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "layers") / "layers.json"
target.write_text("[\n" + ",\n".join(json.dumps(each) for each in CASES) + "\n]\n")
print(target, len(CASES), "cases", target.stat().st_size, "bytes")
