"""A small table as Arrow writes it: parquet/table.parquet (snappy), parquet/zstd.parquet, and what stands in it: parquet/table.json.

    python -m venv v && v/bin/pip install pyarrow==26.0.1 && v/bin/python make_parquet.py
"""

import base64
import datetime
import io
import json
import pathlib
import struct
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parents[1] / "parquet"


def png(colour):
    """A picture of 2 x 2 pixels of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(colour) * 2 for _ in range(2))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


red, green, blue = png((200, 10, 20)), png((10, 200, 20)), png((10, 20, 200))
columns = {
    "whole": pa.array([1, 2**40, -3, None], pa.int64()),
    "small": pa.array([1, -2, 3, 4], pa.int8()),
    "unsigned": pa.array([0, 255, 65535, 4294967295], pa.uint32()),
    "single": pa.array([0.5, -1.25, None, 3.0], pa.float32()),
    "double": pa.array([0.1, 1e300, -2.5, 0.0], pa.float64()),
    "flag": pa.array([True, False, None, True], pa.bool_()),
    "word": pa.array(["cat", "dög", "", None], pa.string()),
    "repeated": pa.array(["cat", "dog", "cat", "cat"]).dictionary_encode(),
    "words": pa.array([["a", "b"], [], None, ["c", None]], pa.list_(pa.string())),
    "vector": pa.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [0.0, 0.0, 0.0]], pa.list_(pa.float32(), 3)),
    "cloud": pa.array([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], [], [[0.0, 1.0, 2.0]]], pa.list_(pa.list_(pa.float64()))),
    "when": pa.array([datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)] * 3 + [None], pa.timestamp("ms", tz="UTC")),
    "record": pa.array([{"name": "x", "size": 1}, {"name": "y", "size": None}, None, {"name": "z", "size": 4}], pa.struct([("name", pa.string()), ("size", pa.int32())])),
    "picture": pa.array([red, green, blue, red], pa.binary()),
    "image": pa.array([{"bytes": red, "path": "r.png"}, {"bytes": blue, "path": None}, {"bytes": green, "path": None}, {"bytes": red, "path": None}], pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    "shots": pa.array([[{"bytes": red}, {"bytes": blue}], [{"bytes": green}], [], [None, {"bytes": blue}]], pa.list_(pa.struct([("bytes", pa.binary())]))),
    "pictures": pa.array([[red, blue], [green], [], [blue, red]], pa.list_(pa.binary())),
}
table = pa.table(columns)
FOLDER.mkdir(exist_ok=True)
pq.write_table(table, FOLDER / "table.parquet", compression="snappy", row_group_size=3)
pq.write_table(table.select(["whole", "word"]), FOLDER / "zstd.parquet", compression="zstd")


def plain(value):
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list) else value


(FOLDER / "table.json").write_text(json.dumps([plain(row) for row in table.to_pylist()], ensure_ascii=False, indent=1) + "\n")
print(pa.__version__, {path.name: path.stat().st_size for path in FOLDER.iterdir()})
