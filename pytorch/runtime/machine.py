"""What a run was made on."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import torch

Json = dict[str, Any]

_ARCHITECTURES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64"}
"""As Node calls them."""


def backend_info(device: torch.device, ranks: int, sharded: bool) -> Json:
    """What computes, as clipx tells it of its engines."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    how = "" if ranks == 1 else f", {ranks} processes{' (FSDP)' if sharded else ''}"
    return {
        "name": "pytorch",
        "version": torch.__version__,
        "device": f"{name}{how}",
        "threads": torch.get_num_threads(),
    }


def environment(backend: Json) -> Json:
    """The machine and the engine, in the words of clipx: `environment.json`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {
        "schema": "clipx.environment/1",
        "clipx": os.environ.get("CLIPX_VERSION", ""),
        "python": platform.python_version(),
        "platform": sys.platform,
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "release": platform.release(),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memoryMiB": round(memory / 2**20),
        "backend": backend,
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.+)$", told.read_text("utf-8"), re.MULTILINE) if told.exists() else None
    return model[1].strip() if model else platform.processor() or "unknown"
