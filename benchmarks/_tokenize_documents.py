"""Documents of some megabytes to tokenise: from a folder's texts, or made of words. Used by `benchmarks.tokenize`."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

_TEXT_SUFFIXES = (".txt", ".md", ".rst", ".py", ".js", ".c")
_KOREAN_SHARE = 0.2
_NUM_WORDS = 40_000
_ONSETS = ("b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "pl", "ch")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDINGS = ("s", "n", "r", "d", "t")
_PARTICLES = ("은", "는", "이", "가", "을", "를", "에", "에서", "으로", "의", "도", "와", "하고", "합니다", "한다")


def documents_of(folder: Path, num_bytes: int) -> dict[str, str]:
    """A document of each language and one of both, of so many bytes or what there is; none where there is no text.

    Files are taken in turn from the folder's folders, so that domains are mixed.
    """
    texts = list(_texts_in_turn(folder))
    of_language: dict[str, Callable[[str], bool]] = {
        "mixed": lambda text: True,
        "English": lambda text: not _is_korean(text),
        "Korean": _is_korean,
    }
    found = {
        name: _joined((text for text in texts if belongs(text)), num_bytes) for name, belongs in of_language.items()
    }
    return {name: text for name, text in found.items() if text}


def made_documents(num_bytes: int) -> dict[str, str]:
    """The same of words made of syllables, drawn with frequencies by Zipf's law, with numbers and punctuation."""
    english, korean = _prose(num_bytes, _english_word), _prose(num_bytes, _korean_word)
    halves = [text[: len(text) // 2] for text in (english, korean)]
    return {"mixed": "\n\n".join(halves), "English": english, "Korean": korean}


def _texts_in_turn(folder: Path) -> Iterator[str]:
    by_folder: dict[Path, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _TEXT_SUFFIXES):
        by_folder.setdefault(path.parent, []).append(path)
    queues = list(by_folder.values())
    while queues:
        for queue in queues:
            yield unicodedata.normalize("NFC", queue.pop(0).read_text(encoding="utf-8", errors="ignore"))
        queues = [queue for queue in queues if queue]


def _joined(texts: Iterator[str], num_bytes: int) -> str:
    parts: list[str] = []
    size = 0
    for text in texts:
        if size >= num_bytes:
            break
        parts.append(text)
        size += len(text.encode()) + 2
    return "\n\n".join(parts)


def _is_korean(text: str) -> bool:
    start = text[:20_000]
    return sum("가" <= letter <= "힣" for letter in start) > _KOREAN_SHARE * len(start)


def _prose(num_bytes: int, make_word: Callable[[random.Random], str]) -> str:
    draw = random.Random(7)
    words = [make_word(draw) for _ in range(_NUM_WORDS)]
    frequencies = list(accumulate(1 / rank for rank in range(1, _NUM_WORDS + 1)))
    sentences: list[str] = []
    size = 0
    while size < num_bytes:
        chosen = draw.choices(words, cum_weights=frequencies, k=draw.randint(5, 25))
        if draw.random() < 0.3:
            chosen.insert(draw.randrange(len(chosen)), f"{draw.randrange(10**6):,}")
        if len(chosen) > 12:
            chosen[8] += ","
        sentences.append(" ".join(chosen).capitalize() + draw.choice([". ", ". ", ". ", ".\n\n", "?\n", " (a);\n"]))
        size += len(sentences[-1].encode())
    return "".join(sentences)


def _english_word(draw: random.Random) -> str:
    syllables = [draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(draw.randint(1, 4))]
    return "".join(syllables) + draw.choice(_ENDINGS)


def _korean_word(draw: random.Random) -> str:
    # The first half of the syllables is in use far more often than the rest.
    stem = "".join(chr(ord("가") + 28 * draw.randrange(399) + draw.choice((0, 0, 1, 4, 8, 16, 21))) for _ in range(2))
    return stem + draw.choice(_PARTICLES)
