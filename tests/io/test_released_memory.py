"""Memory that is not used any more goes back to the operating system."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path
from pipeline.io.memory import release_memory

def resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) // 256

texts = [bytes(1000 + number % 7) for number in range(200_000)]
kept = texts[::1000]  # so that the heap does not end where the others were
del texts
before = resident_mib()
release_memory()
print(before, resident_mib(), len(kept))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc can give back parts of its heap")
def test_memory_between_values_that_are_kept_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    before, after, kept = map(int, done.stdout.split())
    assert kept == 200
    assert after < before - 100
