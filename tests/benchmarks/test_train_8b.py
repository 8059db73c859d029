"""The search for the longest pack of an 8B: where it begins."""

from __future__ import annotations

from benchmarks._train_8b import longest_try

GIB = 2**30


def test_search_begins_within_the_memory_of_the_host() -> None:
    # 32 layer inputs of 4096 bfloat16 numbers: a quarter of a MiB a token.
    assert longest_try(600_000, 1024 * GIB) == 1_200_000
    assert longest_try(600_000, 100 * GIB) == 100 * 4096
    assert longest_try(0, 100 * GIB) == 16384
