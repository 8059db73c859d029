"""Cuts documents into titled passages of about equal length: the one that proves an answer, and distractors.

A passage begins where an earlier passage ends, in a chat with a speaker, and ends with a section, a sentence or a line.
Short sections are joined. Its length is measured in characters, so that it is the same for all models. Used by the task
that moves a passage among others.

Cost: a pass over each document. Distractors are read 16 documents at a time, as far as they are needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.documents.grammar.outline import outline_of
from pipeline.evaluate.documents.look_ups import LookUp, one_line
from pipeline.evaluate.material import CorpusEntry, Material
from pipeline.evaluate.meter import cut_offsets
from pipeline.identity import stable_hash64
from pipeline.languages import final_syllables
from pipeline.nodes import NodeKind
from pipeline.pack.encoding import heading_path
from pipeline.records import Context, Section
from pipeline.synthesize.members import document_views

_DOCUMENTS_AT_A_TIME = 16
LEAST_SHARE = 0.6
"""A passage has at least this share of the limit, unless the document ends."""
_LAST_SHARE = 0.25
"""The same for the last passage of a document."""
_SENTENCE_ENDS = (".", "!", "?", "…", ";")
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

    The question may name the heading, which is in the passage or at least in its title. A short section goes on with
    the next ones, or with the text above it at the end of the document. None if the evidence does not fit into a
    passage, or lies in several sections.
    """
    document = look_up.document
    section = _section_at(document, look_up.start)
    if section is None or look_up.end > section.end:
        return None
    ends, starts = cut_offsets(document.text), _starts(document)
    end = min(section.end, ends[bisect_left(ends, look_up.end)])
    earliest = starts[min(bisect_left(starts, end - max_chars), len(starts) - 1)]
    start = max(section.start, earliest) if section.start in starts else earliest
    if start > look_up.start or end - start > max_chars:
        return None
    if start <= section.start or end - start < LEAST_SHARE * max_chars:
        end = max(end, _end(document, start, max_chars))
    if end - start < LEAST_SHARE * max_chars:
        start = min(start, starts[bisect_left(starts, end - max_chars)])
    return _passage(document, section, start, end)


def passages_of(document: Context, *, max_chars: int) -> list[Passage]:
    """Return the passages of a document in order, each with at least 60% of the limit.

    The last one may be shorter, down to a quarter of the limit. A passage of a chat begins with a speaker. Text between
    two passages is left out if it has no place to be cut.
    """
    ends, starts = cut_offsets(document.text), _starts(document)
    passages = []
    start = starts[0]
    while start < len(document.text):
        end = _end(document, start, max_chars)
        least = LEAST_SHARE if end < ends[-1] else _LAST_SHARE
        section = _section_at(document, start)
        if section is not None and len(document.text[start:end].strip()) >= least * max_chars:
            passages.append(_passage(document, section, start, end))
        after = bisect_left(starts, end) if end > start else bisect_right(starts, start)
        start = starts[after] if after < len(starts) else len(document.text)
    return passages


def ends_sentence(text: str) -> bool:
    """Return whether the last line of a text ends as a sentence does, and is no heading or name of a speaker."""
    return text.rstrip("\"'”’)]*_ \n").endswith((*_SENTENCE_ENDS, *final_syllables()))


def _starts(document: Context) -> list[int]:
    """Return where passages may begin, in order: in a chat, where a speaker does."""
    turns = [node.start for node in outline_of(document) if node.kind is NodeKind.TURN]
    return turns or [0, *cut_offsets(document.text)[:-1]]


def _end(document: Context, start: int, max_chars: int) -> int:
    """Return where a passage that begins at an offset ends, which may be the offset itself.

    The end of a section comes before that of a sentence, and this before that of a line.
    """
    text = document.text
    ends = cut_offsets(text)
    least = start + LEAST_SHARE * max_chars
    last = ends[bisect_right(ends, start + max_chars) - 1]
    if last == ends[-1] or last < least:
        return max(start, last)
    fitting = [end for end in ends[bisect_left(ends, least) : bisect_right(ends, last)] if ends_sentence(text[:end])]
    of_sections = [section.end for section in document.sections if section.end in fitting]
    return max(of_sections or fitting or [last])


class DistractorPool:
    """The passages that may stand beside the proof of an answer; those of a document are made once."""

    def __init__(self, material: Material, *, seed: int) -> None:
        self._material = material
        self._seed = seed
        self._made: dict[tuple[str, int], list[Passage]] = {}

    def distractors(self, target: CorpusEntry, *, max_chars: int) -> Iterator[Passage]:
        """Yield passages in the target's language and domain, in an order that the seed decides.

        None is from the target's own document, a part of it or a near duplicate; see `Material.fillers`.
        """
        fillers = self._material.fillers(target, seed=self._seed)
        kind = target.language, target.domain
        others = (entry for entry in fillers if (entry.language, entry.domain) == kind)
        while group := list(islice(others, _DOCUMENTS_AT_A_TIME)):
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
