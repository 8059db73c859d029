"""The most memory this process has had."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_mib() -> int:
    """Of resident memory, MiB. Linux starts `ru_maxrss` of a child at its parent's, so its own status is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        match = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert match is not None
        return int(match.group(1)) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20  # bytes on macOS
