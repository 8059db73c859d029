"""Decontamination beside datatrove's: which planted items are found, what else is taken for one, and how fast.

    python -m benchmarks.decontamination [--data DIR] [--quick]

DIR (or DIR/public) holds `legal`, `manual` and `dialogue` with a folder a language. Prints tables, and one JSON object
as the last line. The full run also writes `benchmarks/results/decontamination.md`. Exit 2 where datatrove or the
documents are missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks._decontamination_peers import Contains, load_peers
from benchmarks._decontamination_truth import HARMLESS, LANGUAGES, PLANTS, Item, Planted, Truth, read_truth
from benchmarks._results import MissingPeerError, table_row, write_results
from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.findings import ItemFinder, Limits
from pipeline.decontamination.index import IndexBuilder, NGramIndex
from pipeline.decontamination.items import ItemPart, ItemTexts, PartText
from pipeline.decontamination.ngrams import CHARACTERS, WORDS, read_text
from pipeline.dedup.items import Hashes

_RESULTS = Path(__file__).parent / "results" / "decontamination.md"
OURS = "ours"
_LENGTHS = {"en": (5, 6, 8, 10, 13), "ko": (8, 10, 12, 16, 20, 24, 30)}
_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_NUM_NGRAMS = (100_000, 1_000_000)
_NUM_ROUNDS = 3


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decontamination", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with legal, manual and dialogue")
    parser.add_argument("--quick", action="store_true", help="fewer documents; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    folder = options.data / "public" if (options.data / "public").is_dir() else options.data
    try:
        peers = load_peers()
    except MissingPeerError as error:
        print(error)
        return 2
    truth = read_truth(folder, max_documents=60 if options.quick else 500)
    if not truth.items:
        print(f"No documents in {folder}; name a folder with legal, manual or dialogue with --data.")
        return 2
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    results: dict[str, float] = {}
    _show_lengths(truth, show)
    finders: dict[str, tuple[Contains, str]] = {OURS: (_our_test(truth.items, DecontaminationRecipe()), "")}
    finders |= {peer.name: (peer.index(truth.items), peer.language) for peer in peers}
    _show_quality(truth, finders, show, results)
    _show_shares(truth, show)
    _show_speed(truth, finders, show, results)
    _show_memory(show, results)
    if not options.quick:
        versions = {peer.name: peer.version for peer in peers}
        write_results(_RESULTS, title="Decontamination", versions=versions, lines=lines)
    print(json.dumps({key: round(float(value), 4) for key, value in results.items()}))
    return 0


def _our_index(items: Sequence[Item]) -> NGramIndex:
    builder = IndexBuilder(max_item_share=DecontaminationRecipe().max_item_share)
    for item in items:
        parts = (PartText(ItemPart.QUESTION, item.question), PartText(ItemPart.ANSWER, item.answer))
        builder.add(0, ItemTexts(item.item_id, parts))
    return builder.build().index


def _our_test(items: Sequence[Item], recipe: DecontaminationRecipe) -> Contains:
    index = _our_index(items)
    finder = ItemFinder(index, Limits(recipe.min_words, recipe.min_share))

    def contains(text: str) -> bool:
        read = read_text(text)
        return bool(finder.find(read, index.find(read)))

    return contains


def _show_lengths(truth: Truth, show: Callable[[str], None]) -> None:
    """Which length of n-grams tells copies from other texts of the field."""
    show("Length of n-grams: the share of an item's words in runs of n that a copy with 10% of the words edited")
    show("contains, and that all unplanted documents of the same domain and language together contain (which is more")
    show("than any one of them does).\n")
    show(table_row("n-gram", ["copies: mean", "≥ .5", "others: mean", "items ≥ .2", "items ≥ .5"]))
    show(table_row("---", ["---"] * 5))
    items = {item.item_id: read_text(item.question).hashes for item in truth.items}
    for language, lengths in _LENGTHS.items():
        own = [document for document in truth.documents if document.language == language]
        plain = {
            domain: [read_text(one.text).hashes for one in own if not one.kind and one.domain == domain]
            for domain in {one.domain for one in own}
        }
        edited = [one for one in own if one.kind == "10% of words edited"]
        for size in lengths:
            copies = [
                _covered(items[one.item_id], np.unique(_runs(read_text(one.text).hashes, size)), size) for one in edited
            ]
            fields = {
                domain: np.unique(np.concatenate([_runs(text, size) for text in texts]))
                for domain, texts in plain.items()
                if texts
            }
            others = [
                _covered(hashes, fields[name.split("-")[0]], size)
                for name, hashes in items.items()
                if name.split("-")[1] == language and name.split("-")[0] in fields
            ]
            unit = "words" if language == "en" else "characters"
            is_ours = size == (WORDS if language == "en" else CHARACTERS)
            cells = [np.mean(copies), np.mean(np.array(copies) >= 0.5), np.mean(others)]
            cells += [np.mean(np.array(others) >= limit) for limit in (0.2, 0.5)]
            name = f"{language}, {size} {unit}{' (ours)' if is_ours else ''}"
            show(table_row(name, [f"{float(cell):.3f}" for cell in cells]))


def _runs(hashes: Hashes, size: int) -> Hashes:
    """Return a hash of every run of items."""
    found = np.zeros(max(0, len(hashes) - size + 1), dtype=np.uint64)
    for offset in range(size if len(found) else 0):
        found = found * np.uint64(0xD6E8FEB86659FD93) + hashes[offset : offset + len(found)]
    return found


def _covered(item: Hashes, runs: Hashes, size: int) -> float:
    """Return the share of a text's items that are in runs of `size` items; `runs` lists those to count, ascending."""
    change = np.zeros(len(item) + 1)
    own = _runs(item, size)
    at = np.minimum(np.searchsorted(runs, own), max(0, len(runs) - 1))
    firsts = np.flatnonzero(runs[at] == own) if len(runs) else np.empty(0, dtype=np.int64)
    np.add.at(change, firsts, 1)
    np.add.at(change, firsts + size, -1)
    return float((np.cumsum(change[:-1]) > 0).mean()) if len(item) else 0.0


def _show_quality(
    truth: Truth, finders: dict[str, tuple[Contains, str]], show: Callable[[str], None], results: dict[str, float]
) -> None:
    num_plain = sum(not one.kind for one in truth.documents)
    show(f"\n{len(truth.items)} items, each planted in one document; {num_plain} documents without any.")
    show(
        "Share of documents that are found to contain an item, by what was planted. Precision: of the documents found,"
    )
    show("the share that contain an item.\n")
    kinds = [*PLANTS, *HARMLESS, ""]
    show(
        table_row(
            "finder", ["language", *PLANTS, *(f"*{kind}*" for kind in HARMLESS), "*nothing*", "precision", "recall"]
        )
    )
    show(table_row("---", ["---"] * (len(kinds) + 3)))
    for name, (contains, only) in finders.items():
        for language in LANGUAGES:
            if only not in ("", language):
                continue
            own = [one for one in truth.documents if one.language == language]
            found = [contains(one.text) for one in own]
            shares = [_share(own, found, kind) for kind in kinds]
            hits = [one.kind in PLANTS for one, is_found in zip(own, found, strict=True) if is_found]
            planted = [is_found for one, is_found in zip(own, found, strict=True) if one.kind in PLANTS]
            precision, recall = float(np.mean(hits)) if hits else 1.0, float(np.mean(planted))
            show(table_row(name, [language, *(f"{share:.3f}" for share in (*shares, precision, recall))]))
            key = "ours" if name == OURS else name.replace(", ", "_").replace(" ", "_")
            results[f"precision_{language}_{key}"], results[f"recall_{language}_{key}"] = precision, recall


def _share(documents: Sequence[Planted], found: Sequence[bool], kind: str) -> float:
    chosen = [float(is_found) for one, is_found in zip(documents, found, strict=True) if one.kind == kind]
    return float(np.mean(chosen or [0.0]))


def _show_shares(truth: Truth, show: Callable[[str], None]) -> None:
    """What each limit on the share of an item finds."""
    show("\nThe limit `min_share`: documents found, by what was planted.\n")
    kinds = ["verbatim", "10% of words edited", *HARMLESS, ""]
    show(table_row("min_share", [kind or "nothing" for kind in kinds]))
    show(table_row("---", ["---"] * len(kinds)))
    index = _our_index(truth.items)
    read = [read_text(one.text) for one in truth.documents]
    hits = [index.find(items) for items in read]
    for limit in _SHARES:
        finder = ItemFinder(index, Limits(DecontaminationRecipe().min_words, limit))
        found = [bool(finder.find(items, hit)) for items, hit in zip(read, hits, strict=True)]
        show(table_row(f"{limit:.1f}", [f"{_share(truth.documents, found, kind):.3f}" for kind in kinds]))


def _show_speed(
    truth: Truth, finders: dict[str, tuple[Contains, str]], show: Callable[[str], None], results: dict[str, float]
) -> None:
    show("\nMB of text for each second of CPU time, in the best of three alternating rounds.\n")
    show(table_row("finder", list(LANGUAGES)))
    show(table_row("---", ["---"] * len(LANGUAGES)))
    seconds: dict[tuple[str, str], float] = {}
    sizes: dict[str, int] = {}
    for language in LANGUAGES:
        texts = [one.text for one in truth.documents if one.language == language]
        sizes[language] = sum(len(text.encode()) for text in texts)
        for _ in range(_NUM_ROUNDS):
            for name, (contains, only) in finders.items():
                if only not in ("", language):
                    continue
                started = time.process_time()
                for text in texts:
                    contains(text)
                spent = time.process_time() - started
                seconds[name, language] = min(spent, seconds.get((name, language), spent))
    for name in finders:
        cells = [
            f"{sizes[language] / seconds[name, language] / 1e6:.1f}" if (name, language) in seconds else ""
            for language in LANGUAGES
        ]
        show(table_row(name, cells))
    for language in LANGUAGES:
        results[f"mb_per_s_{language}"] = sizes[language] / seconds[OURS, language] / 1e6
        results[f"ratio_datatrove_{language}"] = seconds["datatrove", language] / seconds[OURS, language]


def _show_memory(show: Callable[[str], None], results: dict[str, float]) -> None:
    """The size of an index of random words."""
    show("\nSize of an index, and the time to build it, by its number of n-grams.\n")
    show(table_row("n-grams", ["MB", "bytes each", "s"]))
    show(table_row("---", ["---"] * 3))
    rng = np.random.default_rng(17)
    for wanted in _NUM_NGRAMS:
        builder = IndexBuilder(max_item_share=0.03)
        started = time.perf_counter()
        for number in range(wanted // 43):
            words = " ".join(map(str, rng.integers(0, 50_000, 50).tolist()))
            builder.add(0, ItemTexts(str(number), (PartText(ItemPart.QUESTION, words),)))
        index = builder.build().index
        spent = time.perf_counter() - started
        size = index.num_bytes
        show(
            table_row(
                f"{len(index.ngrams):,}", [f"{size / 1e6:.1f}", f"{size / len(index.ngrams):.1f}", f"{spent:.1f}"]
            )
        )
        results["bytes_per_ngram"] = size / len(index.ngrams)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
