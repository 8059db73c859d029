"""Cuts documents into titled passages of about equal length: the one that proves an answer, and distractors.

A passage begins where a section or an earlier passage ends, and ends after a line or sentence. Its length is measured
in characters, so that it is the same for all models. Used by the task that moves a passage among others.

Cost: a pass over each document. Distractors are read 16 documents at a time, as far as they are needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from pipeline.evaluate.documents.look_ups import LookUp, one_line
from pipeline.evaluate.material import CorpusEntry, Material
from pipeline.evaluate.meter import cut_offsets
from pipeline.identity import stable_hash64
from pipeline.pack.encoding import heading_path
from pipeline.records import Context, Section
from pipeline.synthesize.members import document_views

_DOCUMENTS_AT_A_TIME = 16
_MIN_SHARE = 4
"""A passage that is shorter than a quarter of the limit is left out, such as a heading alone."""
_MAX_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document."""

    document_title: str
    title: str
    """The document's title and the headings above the passage, outermost first."""
    text: str


def proving_passage(look_up: LookUp, *, max_chars: int) -> Passage | None:
    """Return the passage with the evidence: from the beginning of its section or, in a long one, as early as possible.

    The question may name the heading, which is in the passage or at least in its title. None if the evidence does not
    fit into a passage, or lies in several sections.
    """
    document = look_up.document
    section = _section_at(document, look_up.start)
    if section is None or look_up.end > section.end:
        return None
    offsets = cut_offsets(document.text)
    end = min(section.end, offsets[bisect_left(offsets, look_up.end)])
    start = max(section.start, offsets[bisect_left(offsets, end - max_chars)])
    if start > look_up.start:
        return None
    if start == section.start:
        end = max(end, min(section.end, offsets[bisect_right(offsets, start + max_chars) - 1]))
    return _passage(document, section, start, end)


def passages_of(document: Context, *, max_chars: int) -> list[Passage]:
    """Return the passages of a document in order, without those that are too short or have no place to be cut."""
    offsets = cut_offsets(document.text)
    passages = []
    for section in document.sections:
        start = section.start
        while start < section.end:
            end = min(section.end, offsets[bisect_right(offsets, start + max_chars) - 1])
            if end <= start:
                start = offsets[bisect_right(offsets, start)]
                continue
            if end - start >= max_chars // _MIN_SHARE:
                passages.append(_passage(document, section, start, end))
            start = end
    return passages


class DistractorPool:
    """The passages that may stand beside the proof of an answer; those of a document are made once."""

    def __init__(self, material: Material, *, seed: int) -> None:
        self._material = material
        self._seed = seed
        self._made: dict[tuple[str, int], list[Passage]] = {}

    def distractors(self, target: CorpusEntry, *, max_chars: int) -> Iterator[Passage]:
        """Yield passages in the target's language, from its own domain first, in an order that the seed decides.

        None is from the target's own document, a part of it or a near duplicate; see `Material.fillers`.
        """
        fillers = self._material.fillers(target, seed=self._seed)
        others = (entry for entry in fillers if entry.language == target.language)
        for _, entries in groupby(others, key=lambda entry: entry.domain == target.domain):
            while group := list(islice(entries, _DOCUMENTS_AT_A_TIME)):
                found = [passage for entry in group for passage in self._passages(entry, max_chars)]
                yield from sorted(found, key=lambda passage: self._rank(target, passage))

    def _passages(self, entry: CorpusEntry, max_chars: int) -> list[Passage]:
        key = entry.doc_id, max_chars
        if key not in self._made:
            views = document_views(self._material.context(entry.doc_id))
            self._made[key] = [one for view in views for one in passages_of(view.context, max_chars=max_chars)]
        return self._made[key]

    def _rank(self, target: CorpusEntry, passage: Passage) -> int:
        return stable_hash64("distractor", self._seed, target.doc_id, passage.title, passage.text)


def _section_at(document: Context, offset: int) -> Section | None:
    at = bisect_right([section.start for section in document.sections], offset) - 1
    return document.sections[at] if at >= 0 else None


def _passage(document: Context, section: Section, start: int, end: int) -> Passage:
    above = heading_path(document.sections, start=section.start + 1)
    names = [one_line(name) for name in (document.title, *above)]
    shown = [name[:_MAX_TITLE_CHARS] for index, name in enumerate(names) if name and name not in names[:index]]
    return Passage(one_line(document.title), " > ".join(shown), document.text[start:end].strip())
