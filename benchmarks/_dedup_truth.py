"""The truth set of the deduplication benchmark: documents with known duplicates, and what a finder made of them.

The folder holds `docs.jsonl`, `labels.tsv`, `pairs.tsv` and `excerpts.jsonl`. Used by `benchmarks.dedup`.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "ko")
KINDS = ("exact", "1 %", "5 %", "10 %", "20 %", "40 %")
EXCERPT_KINDS = ("10 %", "25 %", "10 %, 1 % edited")
_PIECE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Text:
    """A document of the truth set."""

    doc_id: str
    text: str
    language: str
    domain: str
    cluster_id: str
    """Documents of one cluster are copies or edits of one base; each hard negative is a cluster of its own."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two documents and whether one was made from the other."""

    first: str
    second: str
    kind: str
    """One of `KINDS`, or `hard negative`."""
    language: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An excerpt with the container it was cut from; none where it is unrelated to all."""

    doc_id: str
    container: str | None
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Texts and pairs for near duplicates, and texts and excerpts for containment."""

    texts: Sequence[Text]
    pairs: Sequence[LabelledPair]
    excerpt_texts: Sequence[Text]
    excerpts: Sequence[Excerpt]


@dataclass(frozen=True, slots=True)
class Quality:
    """What a finder found; recall by kind and language."""

    recall: Mapping[tuple[str, str], float]
    precision: Mapping[str, float]
    """By language and `all`: of all pairs put into one group, those of one labelled cluster."""
    joined_negatives: int
    """Hard negatives put together with what they share boilerplate with."""


def find_truth(data: Path) -> Path | None:
    """The folder with the truth set: `data` itself, or `dups` or `public/dups` in it."""
    for folder in (data, data / "dups", data / "public" / "dups"):
        if (folder / "docs.jsonl").is_file():
            return folder
    return None


def read_truth(folder: Path, *, every: int) -> Truth:
    """Read every n-th cluster and container with all that belongs to them."""
    with (folder / "labels.tsv").open(encoding="utf-8") as file:
        labels = {row["doc_id"]: row for row in csv.DictReader(file, delimiter="\t")}
    clusters = sorted({row["cluster_id"] for row in labels.values()})
    chosen = set(clusters[::every])
    # A hard negative needs the documents it shares boilerplate with.
    rows = [json.loads(line) for line in (folder / "docs.jsonl").read_text(encoding="utf-8").splitlines()]
    with (folder / "pairs.tsv").open(encoding="utf-8") as file:
        pair_rows = list(csv.DictReader(file, delimiter="\t"))
    for row in pair_rows:
        sides = {labels[row["id_a"]]["cluster_id"], labels[row["id_b"]]["cluster_id"]}
        if row["is_dup"] == "0" and sides & chosen:
            chosen |= sides
    texts = [
        Text(row["id"], row["text"], row["lang"], row["domain"], labels[row["id"]]["cluster_id"])
        for row in rows
        if labels[row["id"]]["cluster_id"] in chosen
    ]
    present = {text.doc_id for text in texts}
    pairs = [
        LabelledPair(row["id_a"], row["id_b"], _kind(row), labels[row["id_a"]]["lang"])
        for row in pair_rows
        if row["id_a"] in present and row["id_b"] in present
    ]
    excerpt_rows = [json.loads(line) for line in (folder / "excerpts.jsonl").read_text(encoding="utf-8").splitlines()]
    containers = {row["id"] for row in [row for row in excerpt_rows if row["kind"] == "container"][::every]}
    kept = [
        row for row in excerpt_rows if row["kind"] == "unrelated" or (row.get("container") or row["id"]) in containers
    ]
    return Truth(
        texts=texts,
        pairs=pairs,
        excerpt_texts=[Text(row["id"], row["text"], row["lang"], row["domain"], row["id"]) for row in kept],
        excerpts=[
            Excerpt(row["id"], row.get("container") or None, _excerpt_kind(row), row["lang"])
            for row in kept
            if row["kind"] != "container"
        ],
    )


def measure_pairs(truth: Truth, group_of: Mapping[str, int | str]) -> Quality:
    """Recall and precision of a grouping; a document absent from it is alone."""
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for pair in truth.pairs:
        found[pair.kind, pair.language].append(_together(pair.first, pair.second, group_of))
    members: dict[int | str, list[Text]] = defaultdict(list)
    for text in truth.texts:
        members[group_of.get(text.doc_id, text.doc_id)].append(text)
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for group in members.values():
        for index, first in enumerate(group):
            for second in group[:index]:
                for key in (first.language, "all"):
                    total[key] += 1
                    right[key] += first.cluster_id == second.cluster_id
    return Quality(
        recall={key: sum(hits) / len(hits) for key, hits in found.items() if key[0] != "hard negative"},
        precision={key: right[key] / total[key] if total[key] else 1.0 for key in (*LANGUAGES, "all")},
        joined_negatives=sum(sum(hits) for key, hits in found.items() if key[0] == "hard negative"),
    )


@dataclass(frozen=True, slots=True)
class ExcerptQuality:
    """What a finder found of the excerpts."""

    recall: Mapping[tuple[str, str], float]
    num_labelled: int
    """Excerpts named with the container they were cut from, or with what stands for that container."""
    num_verbatim: int
    """Named with another container, in which they stand letter by letter all the same."""
    num_wrong: int

    @property
    def precision(self) -> float:
        """Of the named containers those that are right."""
        num_found = self.num_labelled + self.num_verbatim + self.num_wrong
        return (num_found - self.num_wrong) / num_found if num_found else 1.0


def measure_excerpts(truth: Truth, place_of: Mapping[str, str]) -> ExcerptQuality:
    """Judge where a finder puts excerpts.

    Args:
        truth: the truth set.
        place_of: the document that stands for each; itself where it is absent.
    """
    text_of = {text.doc_id: text.text for text in truth.excerpt_texts}
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    verdicts: Counter[str] = Counter()
    for excerpt in truth.excerpts:
        place = place_of.get(excerpt.doc_id, excerpt.doc_id)
        is_right = excerpt.container is not None and place == place_of.get(excerpt.container, excerpt.container)
        if excerpt.container is not None:
            hits[excerpt.kind, excerpt.language].append(is_right)
        if is_right:
            verdicts["labelled"] += 1
        elif place != excerpt.doc_id:
            verdicts["verbatim" if _is_verbatim(text_of[excerpt.doc_id], text_of[place]) else "wrong"] += 1
    return ExcerptQuality(
        recall={key: sum(h) / len(h) for key, h in hits.items()},
        num_labelled=verdicts["labelled"],
        num_verbatim=verdicts["verbatim"],
        num_wrong=verdicts["wrong"],
    )


def _is_verbatim(excerpt: str, container: str) -> bool:
    """Whether at least half of the excerpt stands in the container, piece by piece, letter by letter."""
    pieces = [excerpt[i : i + _PIECE_CHARS] for i in range(0, len(excerpt) - _PIECE_CHARS, _PIECE_CHARS)]
    return sum(piece in container for piece in pieces) >= len(pieces) / 2


def _together(first: str, second: str, group_of: Mapping[str, int | str]) -> bool:
    return group_of.get(first, first) == group_of.get(second, second)


def _kind(row: Mapping[str, str]) -> str:
    if row["is_dup"] == "0":
        return "hard negative"
    return "exact" if row["kind"] == "exact" else f"{float(row['edit_rate']) * 100:.0f} %"


def _excerpt_kind(row: Mapping[str, object]) -> str:
    share = f"{float(str(row['share'])) * 100:.0f} %"
    return f"{share}, 1 % edited" if row["edit_rate"] else share
