"""Cuts of documents and plans of packs, as approved: the same documents are cut and packed as before."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from approved_outcome import check_approved
from prose import document

from pipeline.config.packing import DocumentOverflow
from pipeline.documents.grammar.outline import read_outline
from pipeline.pack.boundaries import boundaries
from pipeline.pack.imports import import_order, imports_of
from pipeline.pack.nearest import similar_pairs
from pipeline.pack.packing import Packs, pack_pieces, pack_windows
from pipeline.pack.pieces import Pieces, conversation_pieces, document_pieces
from pipeline.pack.relations import natural_order
from pipeline.records import Section

CODE = '''# file: a/store.py
"""A store."""

import os, re
from a.model import Row, other
from .near import thing


class Store:
    """Rows."""

    def add(self, row):
        if row:

            self.rows.append(row)
        return row

    def find(self, name):
        return [
            row
            for row in self.rows
        ]


def main():
    Store().add(1)
'''


def test_plans_of_packs_are_those_that_were_approved() -> None:
    check_approved("packing.txt", [*_plans(), *_windows()])


def test_cuts_and_orders_are_those_that_were_approved() -> None:
    check_approved("cuts.txt", [*_boundaries(), *_imports(), *_orders(), *_pairs()])


def _shown(packs: Packs) -> Iterator[str]:
    for pack in range(len(packs)):
        span = slice(int(packs.starts[pack]), int(packs.starts[pack + 1]))
        pieces = zip(packs.rows_N[span], packs.offsets_N[span], packs.lengths_N[span], strict=True)
        yield f"  {packs.capacities_P[pack]}: {' '.join(f'{row}@{offset}+{length}' for row, offset, length in pieces)}"


def _plans() -> Iterator[str]:
    draws = random.Random(5)
    lengths_R = np.array([draws.choice((7, 30, 64, 65, 100, 128, 129, 300, 511)) for _ in range(40)], dtype=np.int64)
    classes_R = np.array([draws.randrange(2) for _ in range(40)], dtype=np.int64)
    pieces, left_out = conversation_pieces(lengths_R, first_row=10, classes_R=classes_R, max_tokens=256)
    yield f"conversations, without {left_out.dropped_rows.tolist()} of {left_out.dropped_tokens} tokens"
    for edges in ((256,), (64, 128, 256)):
        packs = pack_pieces(pieces, edges=edges)
        yield f"edges {edges}, filled to {packs.utilisation:.4f}"
        yield from _shown(packs)
    repeats_R = np.array([1 + at % 3 for at in range(40)], dtype=np.int64)
    for overflow in DocumentOverflow:
        found, left = document_pieces(
            lengths_R,
            first_row=10,
            repeats_R=repeats_R,
            max_tokens=128,
            overflow=overflow,
            section_starts=lambda row: range(0, 600, 40 + row),
        )
        yield f"{overflow}: {left.dropped_rows.tolist()} {left.dropped_tokens} {left.num_split} {left.num_hard_cuts}"
        yield from _shown(pack_pieces(found, edges=(128,)))


def _windows() -> Iterator[str]:
    draws = random.Random(6)

    def windows() -> Iterator[Pieces]:
        for first in range(0, 60, 12):
            lengths_R = np.array([draws.randrange(20, 200) for _ in range(12)], dtype=np.int64)
            none = np.zeros(12, dtype=np.int64)
            yield conversation_pieces(lengths_R, first_row=first, classes_R=none, max_tokens=256)[0]

    for packs in pack_windows(windows(), edges=(128, 256), max_open_packs=3):
        yield "window"
        yield from _shown(packs)


def _boundaries() -> Iterator[str]:
    english, korean = document("en", 4, num_sentences=12), document("ko", 4, num_sentences=12)
    quoted = 'He said: "It is late. Go home." Then Mr. Lee (of No. 3) left at 5 p.m. on foot.\n\n- one\n- two. Three.\n'
    texts = {"legal": english, "manual": korean, "dialogue": f"A: {quoted}\nB: Yes.\n", "code": CODE}
    for domain, text in texts.items():
        middle = text.index("\n", len(text) // 2) + 1
        sections = (Section(0, middle, 0, ""), Section(middle, len(text), 1, "Title"))
        outline = read_outline(text=text, domain=domain, language="en", name="a/store.py")
        found = boundaries(text, domain=domain, sections=sections, outline=outline, path="a/store.py")
        yield f"{domain}: {' '.join(f'{one.offset}/{one.rank}' for one in found)}"


def _imports() -> Iterator[str]:
    yield f"imports {imports_of(CODE)}"
    files = {
        "a/store.py": ("a.model", "a.near"),
        "a/model.py": ("a.near",),
        "a/near.py": (),
        "b/near.py": ("a.store", "near"),
        "c/loop.py": ("c.back",),
        "c/back.py": ("c.loop",),
        "main.py": ("near", "c.loop"),
    }
    yield f"order {import_order(files)}"


def _orders() -> Iterator[str]:
    names = ["page 10", "page 2", "Page 1", "page 02b", "10", "9", "a1b2", "a1b10", "쪽 3", "쪽 12", ""]
    yield f"names {sorted(names, key=natural_order)}"


def _pairs() -> Iterator[str]:
    draws = np.random.default_rng(8)
    hashes = draws.integers(0, 2**63, (9, 64)).astype(np.uint64)
    for at in range(1, 9):
        shared = 64 - 7 * at
        hashes[at, :shared] = hashes[at - 1, :shared]
    for least in (0.3, 0.6):
        yield f"pairs from {least}: {similar_pairs(hashes, min_similarity=least)}"
