"""Loads what transformers saved, name by name, and prints how far features are from its: `load_checkpoints.py <package> <checkpoints>`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn


def main() -> None:
    package, checkpoints = map(Path, sys.argv[1:])
    torch.set_default_dtype(torch.float64)
    sys.path.insert(0, str(package.parent))
    bert = importlib.import_module(f"{package.name}.bert")
    sounds = importlib.import_module(f"{package.name}.spectrogram_transformer")
    cases = load_file(checkpoints / "cases.safetensors")
    found: dict[str, float] = {}

    def loaded(model: nn.Module, name: str) -> None:
        stored = load_file(checkpoints / name / "model.safetensors")
        model.load_state_dict(stored, strict=True)
        again = model.state_dict()
        found[f"{name}: names"] = float(len(set(stored) ^ set(again)))
        found[f"{name}: tensors"] = max(float((stored[key].double() - again[key]).abs().max()) for key in stored)

    def compared(name: str, value: Tensor) -> None:
        found[name] = float((value - cases[name].double()).abs().max())

    with torch.no_grad():
        words = bert.Bert(context=12, vocabulary=50, width=32, layers=2, heads=4, hidden=128)
        loaded(words, "bert")
        compared("bert.features", words(cases["bert.ids"], cases["bert.lengths"] - 1))
        tower = sounds.SpectrogramTransformer(12, 16, 4, 3, 32, 2, 4, mean=-4.5, deviation=3.0, epsilon=1e-12)
        heard = sounds.AudioSpectrogramTransformer(tower, 32, 5, 1e-12)
        loaded(heard, "ast")
        feature = tower.pooled(tower.seen(cases["ast.picture"].double()))
        compared("ast.features", feature)
        compared("ast.logits", heard.headed(feature))
    print(json.dumps(found))


main()
