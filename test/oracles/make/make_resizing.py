"""resizing: small pictures as the evaluation transforms of torchvision, timm and transformers resize and crop them."""
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from common import allow_torchvision, arguments

SIDE = 28
# width, height: wide, tall beyond twice its width (Pillow 13 takes columns first there), square, of the size, smaller, nearly square
SIZES = [(61, 40), (29, 80), (41, 41), (28, 28), (17, 23), (33, 32), (32, 101)]


def picture(width, height, seed):
    """Noise over soft blotches: hard to get right by chance."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    noise = rng.integers(-60, 61, (height, width, 3))
    return (np.asarray(soft).astype(np.int64) + noise).clip(0, 255).astype(np.uint8)


def pixels(values):
    """Bytes [height, width, 3] of a tensor [3, height, width] of 0..1."""
    return (np.asarray(values) * 255).round().astype(np.uint8).transpose(1, 2, 0)


def transforms():
    """By name, what each library makes of a picture of Pillow, without mean and deviation."""
    allow_torchvision()
    from timm.data.transforms_factory import transforms_imagenet_eval
    from torchvision.transforms._presets import ImageClassification
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    plain = {"mean": (0.0,) * 3, "std": (1.0,) * 3}
    preset = ImageClassification(crop_size=SIDE, resize_size=SIDE * 8 // 7, **plain)
    found = {"torchvision": lambda image: pixels(preset(image))}
    for name, more in {
        "timm": {"crop_pct": 0.9, "interpolation": "bicubic"},
        "timm-squash": {"crop_pct": 0.95, "interpolation": "bilinear", "crop_mode": "squash"},
    }.items():
        made = transforms_imagenet_eval(SIDE, **plain, **more)
        found[name] = lambda image, made=made: pixels(made(image))
    square = {"height": SIDE, "width": SIDE}
    for name, processor in {
        "transformers-vit": ViTImageProcessorPil(size=square),
        "transformers-deit": DeiTImageProcessorPil(size={"height": SIDE * 8 // 7, "width": SIDE * 8 // 7}, crop_size=square),
        "transformers-clip": CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square),
    }.items():
        found[name] = lambda image, processor=processor: pixels(
            processor(image, do_normalize=False, return_tensors="np")["pixel_values"][0])
    return found


def main():
    folder = Path(arguments(__doc__).out) / "resizing"
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    made = transforms()
    for at, (width, height) in enumerate(SIZES):
        source = picture(width, height, at)
        tensors[f"{at}.source"] = source
        for name, transform in made.items():
            tensors[f"{at}.{name}"] = np.ascontiguousarray(transform(Image.fromarray(source)))
    # what Pillow itself makes of all of it, wherever nothing is cut off
    for kind in ("BICUBIC", "BILINEAR"):
        image = Image.fromarray(tensors["1.source"])
        tensors[f"tall.{kind.lower()}"] = np.asarray(image.resize((24, 30), Image.Resampling[kind]))
    save_file(tensors, folder / "cases.safetensors")


if __name__ == "__main__":
    main()
