"""Loads what `write-saved-models.ts` wrote with TensorFlow's own loader and compares each signature with the reference.

    python check_saved_model.py FOLDER

Needs tensorflow-cpu (2.15.1 and 2.9.1 are held to it). Exits 1 where a model does not load or a number differs.
"""

import base64
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

DTYPES = {"f32": np.float32, "i32": np.int32, "u8": np.uint8, "bool": np.bool_}


def array(described):
    elements = np.frombuffer(base64.b64decode(described["data"]), DTYPES[described["dtype"]])
    return elements.reshape(described["shape"])


def fault(found, expected, exact, tolerance):
    """What is wrong with a result, or None."""
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{found.dtype}{list(found.shape)} instead of {expected.dtype}{list(expected.shape)}"
    if exact or expected.dtype != np.float32:
        return None if np.array_equal(found, expected) else "not the same"
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    worst = float(np.max(np.abs(found - expected), initial=0))
    return None if worst <= tolerance * scale else f"off by {worst} of {scale}"


def check(folder, case):
    model = tf.saved_model.load(os.path.join(folder, case["folder"]))
    feeds = {each["name"]: tf.constant(array(each)) for each in case["inputs"]}
    results = model.signatures["main"](**feeds)
    for described in case["outputs"]:
        wrong = fault(results[described["name"]].numpy(), array(described), case["exact"], case["tolerance"])
        if wrong is not None:
            return f"{described['name']}: {wrong}"
    return None


def main(folder):
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    faults = 0
    for case in cases:
        try:
            wrong = check(folder, case)
        except Exception as error:  # noqa: BLE001  a model that does not load is a fault like another
            wrong = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        if wrong is not None:
            faults += 1
            print(f"{case['name']}: {wrong}")
    print(f"TensorFlow {tf.__version__}: {len(cases) - faults} of {len(cases)} models give the reference's numbers")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
