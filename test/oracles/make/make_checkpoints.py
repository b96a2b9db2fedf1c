"""Small checkpoints as timm and transformers write them, with the features those compute: checkpoints/.

Folders timm, vit, bert and ast are what `save_pretrained` (timm: its hub format) writes; ast-own.safetensors has the names of AST's own
repository, under `module.` as its training script saves them. positions.safetensors: a table of places and what PyTorch's bicubic
interpolation with antialiasing makes of it, as timm's `resample_abs_pos_embed` and open_clip's `resize_pos_embed` do.
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from common import allow_torchvision, generator, normal, uniform

allow_torchvision()
import timm  # noqa: E402
from timm.layers import resample_abs_pos_embed  # noqa: E402
from transformers import ASTConfig, ASTForAudioClassification, ASTModel, BertConfig, BertModel, ViTConfig, ViTModel  # noqa: E402

HERE = Path(__file__).parents[1] / "checkpoints"
HERE.mkdir(exist_ok=True)
TINY = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128)


def randomise(model, name):
    g = generator(1, name)
    for key, p in model.named_parameters():
        one = p.dim() == 1 and key.endswith("weight")
        p.data = normal(g, *p.shape, std=0.1 if p.dim() == 1 else 0.3, mean=1.0 if one else 0.0)
    return model.eval()


def write(file, tensors):
    kept = {k: (v.detach().float() if v.is_floating_point() else v.to(torch.int32)).contiguous().clone() for k, v in tensors.items()}
    save_file(kept, str(HERE / file))


def timm_vit():
    model = timm.create_model("vit_tiny_patch16_224", img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4, num_classes=3)
    model = randomise(model, "timm")
    images = normal(generator(1, "timm images"), 2, 3, 32, 32)
    (HERE / "timm").mkdir(exist_ok=True)
    write("timm/model.safetensors", model.state_dict())
    config = {"architecture": "vit_tiny_patch16_224", "num_classes": 3, "model_args": {"num_heads": 4},
              "pretrained_cfg": {"input_size": [3, 32, 32], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"}}
    (HERE / "timm/config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = model.double()
    features = model.forward_features(images.double())
    return {"timm.images": images, "timm.tokens": features, "timm.features": model.forward_head(features, pre_logits=True)}


def hf_vit():
    config = ViTConfig(**TINY, image_size=32, patch_size=8, layer_norm_eps=1e-5)
    model = randomise(ViTModel(config, add_pooling_layer=False), "vit")
    model.save_pretrained(HERE / "vit")
    images = normal(generator(1, "vit images"), 2, 3, 32, 32)
    out = model.double()(pixel_values=images.double()).last_hidden_state
    return {"vit.images": images, "vit.tokens": out, "vit.features": out[:, 0]}


def bert():
    config = BertConfig(**TINY, vocab_size=50, max_position_embeddings=12)
    model = randomise(BertModel(config, add_pooling_layer=False), "bert")
    model.save_pretrained(HERE / "bert")
    ids = torch.randint(0, 50, (3, 12), generator=generator(1, "bert ids"))
    lengths = torch.tensor([12, 7, 4])
    mask = (torch.arange(12)[None] < lengths[:, None]).long()
    out = model.double()(input_ids=ids, attention_mask=mask).last_hidden_state
    return {"bert.ids": ids, "bert.lengths": lengths, "bert.features": out[:, 0]}


def ast():
    config = ASTConfig(**TINY, patch_size=4, num_mel_bins=12, max_length=16, frequency_stride=3, time_stride=3, num_labels=5)
    model = randomise(ASTForAudioClassification(config), "ast")
    model.save_pretrained(HERE / "ast")
    preprocessor = {"mean": -4.5, "std": 3.0, "do_normalize": True, "sampling_rate": 8000, "num_mel_bins": 12, "max_length": 16}
    (HERE / "ast/preprocessor_config.json").write_text(json.dumps(preprocessor, indent=1) + "\n")
    picture = normal(generator(1, "ast picture"), 2, 16, 12)
    double = model.double()
    inner: ASTModel = double.audio_spectrogram_transformer
    out = inner(input_values=picture.double())
    logits = double(input_values=picture.double()).logits
    state = {}
    from safetensors.torch import load_file
    stored = load_file(str(HERE / "ast/model.safetensors"))
    base = "audio_spectrogram_transformer."
    names = {"embeddings.cls_token": "cls_token", "embeddings.distillation_token": "dist_token", "embeddings.position_embeddings": "pos_embed",
             "embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight", "embeddings.patch_embeddings.projection.bias": "patch_embed.proj.bias",
             "layernorm.weight": "norm.weight", "layernorm.bias": "norm.bias"}
    for theirs, own in names.items():
        state["module.v." + own] = stored[base + theirs]
    pairs = {"layernorm_before": "norm1", "layernorm_after": "norm2", "attention.output.dense": "attn.proj", "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2"}
    for i in range(2):
        for kind in ("weight", "bias"):
            block = f"{base}encoder.layer.{i}."
            state[f"module.v.blocks.{i}.attn.qkv.{kind}"] = torch.cat([stored[f"{block}attention.attention.{p}.{kind}"] for p in ("query", "key", "value")])
            for theirs, own in pairs.items():
                state[f"module.v.blocks.{i}.{own}.{kind}"] = stored[f"{block}{theirs}.{kind}"]
    for kind in ("weight", "bias"):
        state[f"module.mlp_head.0.{kind}"] = stored[f"classifier.layernorm.{kind}"]
        state[f"module.mlp_head.1.{kind}"] = stored[f"classifier.dense.{kind}"]
        state[f"module.v.head.{kind}"] = uniform(generator(1, "head"), 3)
    write("ast-own.safetensors", state)
    return {"ast.picture": picture, "ast.features": out.pooler_output, "ast.logits": logits}


def positions():
    table = normal(generator(1, "positions"), 1 + 49, 6)
    out = {"positions.table": table}
    for side in (3, 5, 7, 12):
        out[f"positions.{side}"] = resample_abs_pos_embed(table[None], [side, side], num_prefix_tokens=1)[0]
    return out


cases = timm_vit() | hf_vit() | bert() | ast() | positions()
write("cases.safetensors", cases)
for path in sorted(HERE.rglob("*")):
    if path.is_file():
        path.chmod(0o644)
        print(path.relative_to(HERE), path.stat().st_size)
