"""Planted evaluation items: passages of some documents are made into items and planted in other documents of the field.

In: a folder of documents by domain and language. Out: items, and documents of which it is known which item they
contain and in what form. Documents of one field copy each other, so an item is left out if a document shares a run of
50 letters with it before planting, or 24 Hangul syllables, or if an earlier item does. Used by
`benchmarks.decontamination`.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "ko")
_DOMAINS = ("legal", "manual", "dialogue")
_SUFFIXES = (".txt", ".md", ".rst")
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_SENTENCE = re.compile(r"[^.?!\n]{20,400}[.?!](?=\s|$)")
_WRAP = re.compile(r"(?<=[^\n.?!])\n(?=[ \t]*[^\s\W])")
"""A line end inside a sentence."""
_MIN_WORDS, _MAX_WORDS = 14, 60
_MAX_ANSWER_WORDS = 24
_MAX_CHARS = 30_000


@dataclass(frozen=True, slots=True)
class Item:
    """An evaluation item."""

    item_id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A document, and the item that was planted in it; both texts of `item_id` and `kind` are empty if none was."""

    text: str
    language: str
    domain: str
    item_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Items and documents."""

    items: tuple[Item, ...]
    documents: tuple[Planted, ...]


def _edited(words: Sequence[str], pool: Sequence[str], rng: random.Random) -> list[str]:
    return [rng.choice(pool) if rng.random() < 0.1 else word for word in words]


def _respaced(text: str, rng: random.Random) -> str:
    """Drop one space in three between Hangul words, and double others: how spacing differs between editions."""
    return re.sub(r"(?<=[가-힣]) (?=[가-힣])", lambda _: "" if rng.random() < 0.33 else " ", text.replace(", ", ",  "))


def _wrapped(text: str) -> str:
    return re.sub(r"((?:\S+ ){5}\S+) ", "\\1\n", text)


def _plain(text: str) -> str:
    return re.sub(r"[.,;:'\"()‘’“”·「」]", "", text).upper()


Plant = Callable[[Item, Sequence[str], random.Random], str]
PLANTS: dict[str, Plant] = {
    "verbatim": lambda item, _, rng: f"{item.question}\n\n{item.answer}",
    "case, punctuation": lambda item, _, rng: f"{_plain(item.question)}\n\n{_plain(item.answer)}",
    "spacing": lambda item, _, rng: f"{_respaced(item.question, rng)}\n\n{_respaced(item.answer, rng)}",
    "split over lines": lambda item, _, rng: f"{_wrapped(item.question)}\n{_wrapped(item.answer)}",
    "in a table": lambda item, _, rng: f"| 7 | {item.question} | {item.answer} |",
    "10% of words edited": lambda item, pool, rng: (
        " ".join(_edited(item.question.split(), pool, rng)) + "\n\n" + item.answer
    ),
    "question only": lambda item, _, rng: item.question,
}
"""Forms in which a document contains an item."""
HARMLESS: dict[str, Plant] = {
    "a third quoted": lambda item, _, rng: " ".join(item.question.split()[: max(4, len(item.question.split()) // 3)]),
    "answer only": lambda item, _, rng: item.answer,
}
"""Forms in which a document shares words with an item and does not contain it."""


def read_truth(folder: Path, *, max_documents: int, seed: int = 17) -> Truth:
    """Return items and planted documents of both languages.

    Args:
        folder: holds DOMAIN/LANGUAGE folders of documents.
        max_documents: the maximum number of documents of a domain and language, besides those that items are made of.
        seed: of the choice of passages and forms.
    """
    items: list[Item] = []
    documents: list[Planted] = []
    for language in LANGUAGES:
        for domain in _DOMAINS:
            rng = random.Random(f"{seed}/{domain}/{language}")
            texts = sorted(set(_texts(folder / domain / language)))
            rng.shuffle(texts)
            middle = len(texts) // 2
            hosts = texts[middle:][:max_documents]
            known = np.unique(np.concatenate([_long_runs(host) for host in hosts]))
            found = [item for text in texts[:middle] for item in _items(text, rng)]
            rng.shuffle(found)
            chosen: list[Item] = []
            taken: set[int] = set()
            for item in found:
                own = np.concatenate([_long_runs(item.question), _long_runs(item.answer)])
                is_new = taken.isdisjoint(own.tolist()) and not _are_any_in(own, known)
                if len(chosen) < len(hosts) // 2 and is_new:
                    chosen.append(Item(f"{domain}-{language}-{len(chosen)}", item.question, item.answer))
                    taken.update(own.tolist())
            items += chosen
            documents += _planted(hosts, chosen, language, domain, rng)
    return Truth(tuple(items), tuple(documents))


def _planted(
    hosts: Sequence[str], items: Sequence[Item], language: str, domain: str, rng: random.Random
) -> Iterator[Planted]:
    forms = {**PLANTS, **HARMLESS}
    kinds = list(forms)
    for number, host in enumerate(hosts):
        if number >= len(items):
            yield Planted(host, language, domain, "", "")
            continue
        kind, item = kinds[number % len(kinds)], items[number]
        copy = forms[kind](item, host.split(), rng)
        breaks = [match.end() for match in re.finditer(r"\n", host)] or [len(host)]
        at = rng.choice(breaks)
        yield Planted(f"{host[:at]}\n{copy}\n\n{host[at:]}", language, domain, item.item_id, kind)


def _items(text: str, rng: random.Random) -> Iterator[Item]:
    unwrapped = _WRAP.sub(" ", text)
    sentences = [" ".join(match.group().split()) for match in _SENTENCE.finditer(unwrapped)]
    for _ in range(3):
        if len(sentences) < 4:
            return
        start = rng.randrange(len(sentences) - 3)
        question = " ".join(sentences[start : start + rng.choice((1, 1, 2))])
        answer = sentences[start + 2]
        if _MIN_WORDS <= len(question.split()) <= _MAX_WORDS and len(answer.split()) <= _MAX_ANSWER_WORDS:
            yield Item("", question, answer)


def _long_runs(text: str) -> NDArray[np.uint64]:
    """Return a hash of every run of 50 letters and digits, or 24 of a text that is mostly Hangul."""
    plain = "".join(char for char in unicodedata.normalize("NFC", text).casefold() if char.isalnum())
    codes = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    size = 24 if np.count_nonzero(codes >= 0x1100) * 2 > len(codes) else 50
    found = np.zeros(max(0, len(codes) - size + 1), dtype=np.uint64)
    for offset in range(size if len(found) else 0):
        found = found * np.uint64(0xD6E8FEB86659FD93) + codes[offset : offset + len(found)]
    return found


def _are_any_in(runs: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> bool:
    at = np.minimum(np.searchsorted(ascending, runs), len(ascending) - 1)
    return bool(len(ascending) and (ascending[at] == runs).any())


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            yield from _long_enough(path.read_text(encoding="utf-8", errors="replace"))
        elif path.suffix == ".html":
            yield from _long_enough(_TAG.sub(" ", path.read_text(encoding="utf-8", errors="replace")))
        elif path.name.endswith((".jsonl", ".jsonl.gz")):
            data = path.read_bytes()
            for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
                yield from _long_enough(str(json.loads(line).get("text", "")))


def _long_enough(text: str) -> Iterator[str]:
    text = unicodedata.normalize("NFC", text)[:_MAX_CHARS]
    if len(text) >= 600:
        yield text
