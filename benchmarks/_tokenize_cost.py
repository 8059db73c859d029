"""Seconds and memory of encoding one long document, by three ways. Used by `benchmarks.tokenize`.

Wall seconds, since all three may use every core; ways in turn within every round, ratios are medians over the rounds.
The peers end with their `Encoding`s, ours with an array of ids: taking the ids out of an `Encoding` is not counted.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import backend_copy

OURS = "ours"
BATCH = "encode_batch"
BATCH_FAST = "encode_batch_fast"
WAYS = (OURS, BATCH, BATCH_FAST)

_ENCODE_ONCE = """
import sys
from benchmarks._tokenize_cost import encoders
def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024
way, reference = sys.argv[1:]
encode = encoders(reference)[way]
text = sys.stdin.buffer.read().decode()
encode(text[:20_000])
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = status("VmRSS")
encoded = encode(text)
print(status("VmHWM") - before)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one document."""

    num_bytes: int
    num_tokens: int
    ids_equal: bool
    """Ours and those of both peers."""
    seconds: Mapping[str, float]
    """Median by way."""
    ratio: Mapping[str, float]
    """Median over rounds of a peer's seconds ÷ ours of the same round."""
    peak_mib: Mapping[str, float]
    """By which encoding raises the resident memory of a fresh process, what it returns included."""


def encoders(reference: str) -> dict[str, Callable[[str], Any]]:  # Any: ids, or a list of Encoding
    """Each way to encode a text without special tokens."""
    backend = backend_copy(reference)
    return {
        OURS: lambda text: encode_documents([text], reference)[0],
        BATCH: lambda text: backend.encode_batch([text], add_special_tokens=False),
        BATCH_FAST: lambda text: backend.encode_batch_fast([text], add_special_tokens=False),
    }


def measure_cost(text: str, reference: str, *, num_rounds: int) -> Cost:
    """Encode a document by every way, `num_rounds` times, and once each in a process of its own."""
    ways = encoders(reference)
    ids = {way: ways[way](text) for way in WAYS}
    expected = [np.array(ids[way][0].ids, dtype=np.uint32) for way in (BATCH, BATCH_FAST)]
    ids_equal = all(np.array_equal(ids[OURS], other) for other in expected)
    num_tokens = int(ids[OURS].size)
    del ids, expected
    rounds = [{way: _seconds(ways[way], text) for way in WAYS} for _ in range(num_rounds)]
    return Cost(
        num_bytes=len(text.encode()),
        num_tokens=num_tokens,
        ids_equal=ids_equal,
        seconds={way: statistics.median(r[way] for r in rounds) for way in WAYS},
        ratio={way: statistics.median(r[way] / r[OURS] for r in rounds) for way in WAYS},
        peak_mib={way: _peak_mib(way, text, reference) for way in WAYS},
    )


def _seconds(encode: Callable[[str], object], text: str) -> float:
    gc.collect()
    started = time.perf_counter()
    encode(text)
    return time.perf_counter() - started


def _peak_mib(way: str, text: str, reference: str) -> float:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", _ENCODE_ONCE, way, reference],
        input=text.encode(),
        capture_output=True,
        check=True,
        env=environment,
    )
    return float(done.stdout)
