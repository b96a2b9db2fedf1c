"""The folder of a run as clipx writes it: run.json, events.ndjson, metrics.json, checkpoint, best weights, environment.

`clipx watch`, `clipx study` and reports read it like any other. Only rank 0 writes.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .faults import RunFault
from .machine import environment
from .made_up import RANDOM_DATA

Json = dict[str, Any]


def finite(value: float) -> float | None:
    """A number, or null where it is none."""
    return value if math.isfinite(value) else None


def _slug(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return re.sub(r"[^\w-]+", "-", normal).strip("-") or "row"


def write_json(path: Path, value: Any) -> None:
    """Replaces a file by a rename."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
    partial.replace(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunFolder:
    """One run. On other ranks than 0 it is silent."""

    def __init__(
        self,
        program: Json,
        seed: int,
        runs: Path,
        package: Path,
        chosen: Path | None,
        silent: bool,
        backend: Json,
        launch: Json,
        resumed: Json | None = None,
    ) -> None:
        """`launch`: how it was started, for who goes on with it; `resumed`: the state of the checkpoint that the run goes on from in `chosen`."""
        self._silent = silent
        self._kept: list[tuple[str, Json]] | None = None
        self._seq = 0
        self._steps: int = 0 if resumed is None else resumed.get("runStep", 0)
        self._started = time.monotonic()
        self._before: float = 0.0 if resumed is None else resumed.get("elapsed", 0.0)
        self.path = chosen or Path()
        if silent:
            return
        self.path = self._claim(program, seed, runs) if chosen is None else chosen
        for name in ("checkpoint", "figures", "best"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        # what clipx itself wrote there before stays: the experiment as it reads, and the whole program
        if not (self.path / "program.json").exists():
            source = package / "experiment.clipx"
            text = source.read_text("utf-8") if source.exists() else f"# {program['title']}\n"
            (self.path / "experiment.clipx").write_text(text, "utf-8")
            (self.path / "program.json").write_text(json.dumps(program, ensure_ascii=False) + "\n", "utf-8")
            write_json(self.path / "digests.json", {"schema": "clipx.digests/1", **program["digests"]})
        if resumed is not None:
            # what came after the checkpoint is done and said again
            self._seq = _cut_events(self.path / "events.ndjson", resumed.get("events", 0))
        self._events = open(self.path / "events.ndjson", "a", encoding="utf-8")  # noqa: SIM115
        created = _now()
        known = self.path / "run.json"
        before: Json = json.loads(known.read_text("utf-8")) if known.exists() else {}
        # a failure of an earlier sitting is over once the run goes on
        before.pop("error", None)
        self._record: Json = {
            **before,
            "schema": "clipx.run/1",
            "state": "running",
            "name": program["name"],
            "title": program["title"],
            "row": program["row"],
            "seed": seed,
            "digests": program["digests"],
            **({"random": True} if program.get("random") else {}),
            "created": before.get("created", created),
            "updated": created,
            "process": os.getpid(),
            "backend": backend,
        }
        self.update()
        write_json(self.path / "environment.json", environment(backend))
        write_json(self.path / "launch.json", {"schema": "clipx.launch/1", "package": str(package), **launch})
        start = {key: self._record[key] for key in ("name", "title", "row", "seed", "digests", "backend")}
        told = {} if resumed is None else {"resumedAt": self._steps}
        self.emit("run.start", folder=str(self.path), **start, **told)
        if program.get("random"):
            self.emit("warning", code="CX8115", message=RANDOM_DATA)

    def _claim(self, program: Json, seed: int, runs: Path) -> Path:
        base = f"{_slug(program['name'])}-pytorch-{_slug(program['row'])}-s{seed}-{program['digests']['semantic'][:8]}"
        runs.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = runs / (base if number == 1 else f"{base}-{number}")
            try:
                path.mkdir()
                return path.resolve()
            except FileExistsError:
                number += 1
            except OSError as error:
                raise RunFault("world", "CX8211", f"a run folder could not be made in {runs}: {error}") from error

    @property
    def next_seq(self) -> int:
        """`seq` of the next event."""
        return self._seq

    @property
    def elapsed(self) -> float:
        """Milliseconds of the run so far."""
        return self._before + (time.monotonic() - self._started) * 1000

    def emit(self, event: str, **body: Any) -> None:
        """Appends an event."""
        if self._kept is not None:
            self._kept.append((event, body))
            return
        if self._silent:
            return
        if event == "step":
            self._steps += 1
        line = {"schema": "clipx.event/1", "seq": self._seq, "ts": round(time.time() * 1000), "event": event, **body}
        self._events.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
        self._events.flush()
        self._seq += 1

    @contextmanager
    def collected(self) -> Iterator[list[tuple[str, Json]]]:
        """What is said meanwhile, on any rank, is not written down yet."""
        self._kept = kept = []
        try:
            yield kept
        finally:
            self._kept = None

    @property
    def is_collected(self) -> bool:
        """Whether nothing is written down at the moment."""
        return self._kept is not None

    def update(self, **change: Any) -> None:
        """Changes run.json."""
        if self._silent:
            return
        self._record.update(change, updated=_now(), process=os.getpid())
        write_json(self.path / "run.json", self._record)

    def write_metrics(self, results: list[Json]) -> None:
        """The last result of every evaluation."""
        if self._silent:
            return
        head = {key: self._record[key] for key in ("name", "row", "seed", "digests")}
        write_json(self.path / "metrics.json", {"schema": "clipx.metrics/1", **head, "results": results})

    def finish(self, status: str, steps: int) -> None:
        """The last event and the last record."""
        told: Json = {}
        if status == "interrupted":
            told = {"resume": f"clipx resume {self.path}", "message": f"stopped after step {steps}"}
        self.emit("run.end", status=status, ms=self.elapsed, steps=steps, peakMiB=_peak(), **told)
        self.update(state=status)
        self._close()

    def fail(self, fault: RunFault) -> None:
        """The same where it failed."""
        self.emit(
            "run.end",
            status="failed",
            ms=self.elapsed,
            steps=self._steps,
            peakMiB=_peak(),
            code=fault.code,
            message=fault.message,
        )
        error = {"code": fault.code, "fault": fault.fault, "message": fault.message}
        self.update(state="failed", error={**error, **({} if fault.help_text is None else {"help": fault.help_text})})
        self._close()

    def _close(self) -> None:
        if not self._silent:
            self._events.close()


def _cut_events(path: Path, keep: int) -> int:
    """Leaves the first `keep` events, as far as they follow without a gap; how many those are."""
    content = path.read_bytes() if path.exists() else b""
    kept = size = 0
    for line in content.splitlines(keepends=True):
        if kept >= keep or not line.endswith(b"\n") or not _is_event(line, kept):
            break
        kept, size = kept + 1, size + len(line)
    if path.exists():
        os.truncate(path, size)
    return kept


def _is_event(line: bytes, seq: int) -> bool:
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("seq") == seq


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20))
