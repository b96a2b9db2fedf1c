"""Runs what `record-tensorflow.ts` left in a folder, and says where the time of its last call goes.

    python profile_tensorflow.py FOLDER STEPS THREADS

Needs tensorflow-cpu of the version that the addon is linked with. Prints `{"stepMs": …, "kernels": [{"op", "calls", "ms"}, …]}`, a step.
"""

import collections
import json
import os
import re
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import numpy as np  # noqa: E402
import tensorflow.compat.v1 as tf  # noqa: E402

DTYPES = {"f32": np.float32, "i32": np.int32, "u8": np.uint8, "bool": np.bool_}
WARMING_STEPS = 3
tf.logging.set_verbosity(tf.logging.ERROR)


def main(folder, steps, threads):
    with open(os.path.join(folder, "calls.json"), encoding="utf-8") as file:
        calls = json.load(file)
    values = np.memmap(os.path.join(folder, "values.bin"), np.uint8, "r")

    def run(call, **more):
        feeds = {}
        for feed in call["feeds"]:
            dtype = np.dtype(DTYPES[feed["dtype"]])
            size = int(np.prod(feed["shape"], dtype=np.int64)) * dtype.itemsize
            elements = values[feed["offset"] : feed["offset"] + size].view(dtype)
            feeds[feed["node"] + ":0"] = np.array(elements.reshape(feed["shape"]))
        session.run([fetch + ":0" for fetch in call["fetches"]], feeds, **more)

    config = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=min(threads, 2))
    with tf.Session(graph=tf.Graph(), config=config) as session:
        tf.saved_model.load(session, ["serve"], folder)
        for call in calls:
            run(call)
        step = calls[-1]
        for _ in range(WARMING_STEPS):
            run(step)
        start = time.perf_counter()
        for _ in range(steps):
            run(step)
        step_ms = (time.perf_counter() - start) * 1e3 / steps
        sums = collections.defaultdict(lambda: [0.0, 0.0])
        for _ in range(steps):
            metadata = tf.RunMetadata()
            run(step, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=metadata)
            for device in metadata.step_stats.dev_stats:
                for node in device.node_stats:
                    found = re.search(r"= (\w+)\(", node.timeline_label)
                    total = sums[found.group(1) if found else node.node_name]
                    total[0] += 1 / steps
                    total[1] += (node.op_end_rel_micros - node.op_start_rel_micros) / 1e3 / steps
    kernels = [{"op": op, "calls": calls, "ms": ms} for op, (calls, ms) in sums.items()]
    print(json.dumps({"stepMs": step_ms, "kernels": sorted(kernels, key=lambda each: -each["ms"])}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
