"""Inputs derived from seeds: cut, flipped, repeated, spliced, pumped; the same for the same seed and number.

In: small whole inputs of one format. Out: bytes. Used by every target.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_TOKENS: tuple[bytes, ...] = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        *("\x00", "\x1b[31m", "\r\n", "\u2028", "\u202e", "\ufeff", "\u200d", "\ud800", "\U0001f600", "각", "각"),
        *("{", "}", "[", "]", '"', "\\", "\\ud800", "\\u0000", ":", ",", "null", "1e999", "NaN", "-0", "9" * 5000),
        *("<", ">", "<b>", "</b>", "<!--", "<![CDATA[", "<script>", "&#xD800;", "&#0;", "<td colspan=99999>"),
        *("#", "# ", "```", "---\n", "| a |", "제1조 ", "A: b\n", "# file: ", "/*", '"""', "[a]("),
        *("    ", "\t", "\n\n\n"),
        *("<|im_end|>", "<|im_start|>assistant", "</s>", "[INST]", "010-1847-2936", "a@b.example", "900101-1234567"),
        *("!!python/object/apply:os.system ['true']", "&a [*a]", "? :", "- ", "%YAML 9\n", "<<: *a", "!!binary x"),
    )
)
_MAX_BYTES = 60_000


def hostile(seeds: Sequence[bytes], number: int, *, seed: int) -> bytes:
    """The `number`-th input: one of the seeds, changed one to six times."""
    draw = random.Random(f"{seed}:{number}")
    data = draw.choice(seeds)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        data = draw.choice(_CHANGES)(data, seeds, draw)
    return data[:_MAX_BYTES]


def _flip(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    start, end = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
    return draw.choice((data[:start], data[start:], data[:start] + data[end:]))


def _insert(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.choice(_TOKENS) + data[place:]


def _pump(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    """One thing very often: what makes a search quadratic."""
    place = draw.randrange(len(data) + 1)
    token = draw.choice((*_TOKENS, data[place : place + draw.randint(1, 12)] or b" "))
    return data[:place] + token * draw.choice((10, 100, max(1, 30_000 // max(1, len(token))))) + data[place:]


def _splice(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    other = draw.choice(seeds)
    return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]


def _overwrite(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    number = draw.choice((0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 62))
    raw = number.to_bytes(8, draw.choice(("little", "big")))[: draw.choice((1, 2, 4, 8))]
    return data[:place] + raw + data[place + len(raw) :]


def _random(data: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    return draw.randbytes(draw.randint(0, 400))


_CHANGES: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    *(_flip, _flip, _cut, _cut, _insert, _insert, _insert, _pump, _splice, _overwrite, _random),
)
