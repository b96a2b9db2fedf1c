"""The angular error of an exported clip-gaze over its target set, in degrees: model, pictures and labels are read from files alone."""
import glob
import io
import json
import math
import sys
import tarfile

import numpy as np
import onnxruntime
from PIL import Image


def samples(folder):
    """Pictures of 64 px, as bytes, and directions of gaze."""
    for path in sorted(glob.glob(f"{folder}/target-*.tar")):
        with tarfile.open(path) as shard:
            members = {name: shard.extractfile(name).read() for name in shard.getnames()}
        for name in sorted(name for name in members if name.endswith(".png")):
            picture = Image.open(io.BytesIO(members[name])).convert("RGB")
            label = json.loads(members[name.removesuffix("png") + "json"])
            yield np.asarray(picture.resize((64, 64), Image.Resampling.BICUBIC)), label["gaze"]


def main():
    folder, data = sys.argv[1:]
    session = onnxruntime.InferenceSession(f"{folder}/model.onnx", providers=["CPUExecutionProvider"])
    pictures, gaze = (np.array(column) for column in zip(*samples(data)))
    found = []
    # batches of several sizes: the number of samples is free
    for start in range(0, len(pictures), 37):
        (directions,) = session.run(["ĝ"], {"face": pictures[start:start + 37]})
        found.append(directions)
    found = np.concatenate(found).astype(np.float64)
    cosine = (found * gaze).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(gaze, axis=1)
    error = np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()
    with open(f"{folder}/model.onnx", "rb") as file:
        bytes_ = file.read()
    print(json.dumps({
        "error": float(error) if math.isfinite(error) else None,
        "samples": len(pictures),
        "foreign": [part for part in ("clip.", "factor") if part.encode() in bytes_],
    }))


main()
