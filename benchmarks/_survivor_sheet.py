"""Reads the sheets of `survivor_cases/`: groups of near duplicates, with the member that a person keeps."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.clean.document import clean_document
from pipeline.config.build import CleanRecipe, DedupRecipe, InputSource
from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import Edge, Membership, Relation, Role, clusters_of
from pipeline.dedup.relations import relation_of_near_texts, relation_of_possible_versions, side_of
from pipeline.dedup.signature import Signature, unpacked_ascending
from pipeline.dedup.signing import sign_documents
from pipeline.dedup.similarity import overlap
from pipeline.documents.readers.reader import Extract
from pipeline.identity import sha256_hex
from pipeline.records import Document

FOLDER = Path(__file__).parent / "survivor_cases"
BOTH = "both"
_DOMAINS = {"contract": "legal", "law": "legal", "policy": "legal", "ruling": "legal", "manual": "manual"}
_DOMAINS |= {"minutes": "dialogue", "mail": "dialogue", "code": "code"}
_LETTERS = {"l": "1", "o": "0", "e": "c", "m": "rn", "h": "b", "i": ";", "n": "ri", "s": "5"}


@dataclass(frozen=True, slots=True)
class Group:
    """Near duplicates of one text."""

    name: str
    text: str
    keep: str
    """The path of the member to keep; `both` if none may be dropped."""
    why: str
    texts: Mapping[str, str]
    """The texts of the members by path."""

    @property
    def language(self) -> str:
        """The language of the text."""
        return self.text.rsplit("_", 1)[1]

    @property
    def domain(self) -> str:
        """The domain of the text."""
        return _DOMAINS[self.text.rsplit("_", 1)[0]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What deduplication makes of a group."""

    survivors: tuple[str, ...]
    """The path of the survivor of each cluster; one, if the members are in one cluster."""
    kept: tuple[str, ...]
    """More than the survivors if the domain keeps versions."""
    dropped: Mapping[str, str]
    """The reason by the path of each dropped member."""


def read_groups(name: str) -> list[Group]:
    """Return the groups of a sheet.

    Raises:
        ValueError: an edit does not fit the text.
    """
    rows = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    groups = []
    for row in rows:
        text = (FOLDER / "texts" / f"{row['text']}.txt").read_text(encoding="utf-8")
        members = {path: _edited(text, edit, path) for path, edit in row["members"].items()}
        groups.append(Group(row["name"], row["text"], row["keep"], row["why"], members))
    return groups


def choose(group: Group, recipe: DedupRecipe) -> Choice:
    """Return what the rules of the dedup stage keep of a group, and why they drop the rest.

    Raises:
        ValueError: a member is rejected by cleaning, or is no near duplicate of any other.
    """
    documents = [_document(path, text, group) for path, text in group.texts.items()]
    documents.sort(key=lambda document: document.doc_id)
    signatures = sign_documents(documents, recipe)
    memberships = clusters_of(
        _edges(documents, signatures, recipe), dropped_roles=(Role.EXACT, Role.NEAR, Role.EXCERPT)
    )
    if len(memberships) < len(documents):
        raise ValueError(f"{group.name}: a member is no duplicate of the others")
    return _choice(memberships, documents)


def _choice(memberships: Sequence[Membership], documents: Sequence[Document]) -> Choice:
    paths = {document.doc_id: document.source_uri for document in documents}
    kept = tuple(sorted(paths[member.document.doc_id] for member in memberships if member.is_kept))
    dropped = {paths[member.document.doc_id]: member.decided_by for member in memberships if not member.is_kept}
    return Choice(tuple(sorted({paths[member.survivor.doc_id] for member in memberships})), kept, dropped)


def _edges(documents: Sequence[Document], signatures: Sequence[Signature], recipe: DedupRecipe) -> list[Edge]:
    refs = [
        DocumentRef(own.doc_id, "0/00000", row, own.num_chars, own.standing, False)
        for row, own in enumerate(signatures)
    ]
    edges = []
    for row, first in enumerate(signatures):
        for other in range(row + 1, len(signatures)):
            edge = _edge((refs[row], refs[other]), (first, signatures[other]), documents, recipe)
            edges += [edge] if edge else []
    return edges


def _edge(
    pair: tuple[DocumentRef, DocumentRef],
    signatures: tuple[Signature, Signature],
    documents: Sequence[Document],
    recipe: DedupRecipe,
) -> Edge | None:
    first, second = signatures
    if first.exact_hash == second.exact_hash:
        return Edge(*pair, similarity=1.0, relation=Relation.COPY)
    shared = overlap(
        unpacked_ascending(first.shingles),
        unpacked_ascending(second.shingles),
        first_bits=first.sampling_bits,
        second_bits=second.sampling_bits,
    )
    if shared.jaccard < recipe.threshold:
        return None
    judge = relation_of_possible_versions if first.domain in recipe.versions_kept else relation_of_near_texts
    sides = (
        side_of(text=own.text, title=own.title, domain=own.domain, standing=ref.standing)
        for ref in pair
        for own in [documents[ref.row]]
    )
    relation = judge(*sides, similarity=shared.jaccard)
    return Edge(*pair, similarity=shared.jaccard, relation=relation) if relation else None


def _document(path: str, text: str, group: Group) -> Document:
    digest = sha256_hex(text.encode())
    extract = Extract(path, 0, text, "", "", digest, "text", 0.0, group.domain == "dialogue", group.domain == "code")
    source = InputSource.model_validate({"path": "in", "domain": group.domain, "language": group.language})
    outcome = clean_document(extract, key=path, source=source, recipe=CleanRecipe(max_replacement_share=1.0)).outcome
    if not isinstance(outcome, Document):
        raise ValueError(f"{group.name}: {path} is rejected: {outcome.detail}")
    return outcome


def _edited(text: str, edit: Mapping[str, Any], path: str) -> str:
    for old, new in edit.get("replace", {}).items():
        if old not in text:
            raise ValueError(f"{path}: {old!r} is not in the text")
        text = text.replace(old, new)
    if end := edit.get("end_at"):
        text = text[: text.index(end) + len(end)]
    if every := edit.get("scan"):
        text = _scanned(text, every)
    return f"{edit.get('before', '')}{text}{edit.get('after', '')}"


def _scanned(text: str, every: int) -> str:
    """Return the text as a bad scan reads it: one word in `every` has a wrong letter, a gap or a mark in it."""
    rng = random.Random(len(text))
    lines = [
        [_misread(word, rng) if rng.random() < 1 / every else word for word in line.split(" ")]
        for line in text.split("\n")
    ]
    return "\n".join(" ".join(words) for words in lines)


def _misread(word: str, rng: random.Random) -> str:
    if len(word) < 2:
        return word
    at = rng.randrange(1, len(word))
    kind = rng.randrange(4)
    if kind == 0:
        return f"{word[:at]} {word[at:]}"
    if kind == 1:
        return f"{word[:at]}{rng.choice('~^|*')}{word[at:]}"
    if word[at] in _LETTERS:
        return f"{word[:at]}{_LETTERS[word[at]]}{word[at + 1 :]}"
    return " ".join(word) if not word.isascii() else f"{word[:at]}{rng.choice('015')}{word[at:]}"
