"""Loads what `write-saved-models.ts` and `write-saved-programs.ts` wrote with TensorFlow's own loader and compares each signature
with the reference; whole programs are trained for the steps that were written with them.

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


def call(signature, inputs):
    results = signature(**{each["name"]: tf.constant(array(each)) for each in inputs})
    return {name: value.numpy() for name, value in results.items()}


def check(folder, case):
    model = tf.saved_model.load(os.path.join(folder, case["folder"]))
    results = call(model.signatures["main"], case["inputs"])
    for described in case["outputs"]:
        wrong = fault(results[described["name"]], array(described), case["exact"], case["tolerance"])
        if wrong is not None:
            return f"{described['name']}: {wrong}"
    return None


def drift(found, expected):
    """How far two tensors are apart, of the larger of the expected one's norm and a small number."""
    return float(np.linalg.norm(found - expected) / max(1e-3, float(np.linalg.norm(expected))))


def check_program(folder, described, tolerance=1e-3):
    signatures = tf.saved_model.load(os.path.join(folder, described["folder"])).signatures
    call(signatures["init"], described["init"])
    call(signatures["clear"], [])
    for number, step in enumerate(described["steps"], 1):
        results = call(signatures[described["signature"]], step["inputs"])
        for loss in step["outputs"]:
            if not drift(results[loss["name"]], array(loss)) <= tolerance:
                return f"step {number}: {loss['name']} is {results[loss['name']]}, the reference says {array(loss)}"
    parameters = call(signatures["read"], [])
    for parameter in described["parameters"]:
        if not drift(parameters[parameter["name"]], array(parameter)) <= tolerance:
            return f"{parameter['name']} is off after the last step"
    return None


def read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def count_faults(what, folder, cases, check_one):
    faults = 0
    for case in cases:
        try:
            wrong = check_one(folder, case)
        except Exception as error:  # noqa: BLE001  a model that does not load is a fault like another
            wrong = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        if wrong is not None:
            faults += 1
            print(f"{case['name']}: {wrong}")
    if cases:
        right = len(cases) - faults
        print(f"TensorFlow {tf.__version__}: {right} of {len(cases)} {what} give the reference's numbers")
    return faults


def main(folder):
    faults = count_faults("models", folder, read(folder, "cases.json"), check)
    faults += count_faults("programs", folder, read(folder, "programs.json"), check_program)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
