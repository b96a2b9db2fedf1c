"""Pillow's side of `npm run bench -- --only data`: CLIP's preprocessing of every picture of a folder, one after the other.

A line with a number in: so many passes over the folder; a line of JSON out, with the
processor time of each pass in milliseconds.
"""
import json
import os
import resource
import sys
import time

try:
    import numpy as np
    import PIL
    from PIL import Image
except ImportError as error:
    print(json.dumps({"unavailable": str(error)}), flush=True)
    sys.exit(0)

SIDE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def preprocess(path):
    """OpenAI's order: resize the shorter side, crop the middle, RGB, normalise; float32 [3, 224, 224]."""
    image = Image.open(path)
    width, height = image.size
    size = (SIDE, int(SIDE * height / width)) if width <= height else (int(SIDE * width / height), SIDE)
    image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = round((size[0] - SIDE) / 2), round((size[1] - SIDE) / 2)
    image = image.crop((left, top, left + SIDE, top + SIDE)).convert("RGB")
    pixels = np.asarray(image, np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - MEAN) / STD).transpose(2, 0, 1))


def main():
    folder = sys.argv[1]
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    print(json.dumps({"ready": f"Pillow {PIL.__version__}", "parameters": 0}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.process_time()
            for path in paths:
                preprocess(path)
            times.append((time.process_time() - start) * 1000)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"ms": times, "peakMiB": peak}), flush=True)


main()
