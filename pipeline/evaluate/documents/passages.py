"""Cuts documents into passages of about equal length: the one that proves an answer, and distractors.

A passage begins and ends with a sentence, in a chat with a speaker, in source code with a line. It is prose: passages
with images, lists of links, tables or lone numbers are left out, except from source code. It is shown with the title of
its document. The headings above it are not shown, because headings are found only in part, and the nearest one may
belong to another section; what a question names is in the passage itself. The length is measured in characters, so that
it is the same for all models. Used by the task that moves a passage among others.

Cost: a pass over each document. Distractors are read 16 documents at a time, as far as they are needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from itertools import islice

from pipeline.documents.grammar.outline import outline_of
from pipeline.domains import domain_rules
from pipeline.evaluate.documents.asked_place import asked_start
from pipeline.evaluate.documents.look_ups import LookUp, one_line
from pipeline.evaluate.documents.titles import title_fault
from pipeline.evaluate.documents.whole_sentences import Places, has_scraps, is_prose, whole_places
from pipeline.evaluate.material import CorpusEntry, Material
from pipeline.evaluate.meter import cut_offsets
from pipeline.identity import stable_hash64
from pipeline.nodes import NodeKind
from pipeline.records import Context
from pipeline.synthesize.members import document_views

_DOCUMENTS_AT_A_TIME = 16
LEAST_SHARE = 0.6
"""A passage has at least this share of the limit, unless the document ends."""
_LAST_SHARE = 0.25
"""The same for the last passage of a document."""


class NoProof(StrEnum):
    """Why no passage shows the answer to a question."""

    LONG = "evidence_longer_than_a_passage"
    FAR = "heading_too_far_from_the_answer"
    """The passage cannot hold both the answer and the heading or number that the question names."""
    NO_PROSE = "proof_is_no_prose"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document."""

    title: str
    """The document's title; empty if it has none."""
    text: str
    ends: tuple[int, ...]
    """Where a beginning of the text may end, in characters."""


def proving_passage(look_up: LookUp, *, max_chars: int) -> Passage | NoProof:
    """Return the passage with the evidence and with what the question names, or why there is none.

    It begins with its section or, in a long one, as early as possible. A short section goes on with the next ones, or
    with the text above it at the end of the document.
    """
    document, cuts = look_up.document, _cuts(look_up.document)
    places = cuts.places
    asked = min(asked_start(look_up), look_up.start)
    before = bisect_right(places.starts, asked)
    behind = bisect_left(places.ends, look_up.end)
    if not before or behind == len(places.ends):
        return NoProof.LONG
    end = places.ends[behind]
    if end - places.starts[before - 1] > max_chars:
        is_far = end - places.starts[bisect_right(places.starts, look_up.start) - 1] <= max_chars
        return NoProof.FAR if is_far else NoProof.LONG
    earliest = places.starts[bisect_left(places.starts, end - max_chars)]
    section = max((section.start for section in document.sections if section.start <= asked), default=0)
    start = section if earliest <= section and section in places.starts else earliest
    if end - start < LEAST_SHARE * max_chars or start == section:
        end = max(end, cuts.end(start, max_chars))
    if end - start < LEAST_SHARE * max_chars:
        start = min(start, places.starts[bisect_left(places.starts, end - max_chars)])
    passage = cuts.passage(start, end)
    return passage if cuts.reads_whole(passage) else NoProof.NO_PROSE


def passages_of(document: Context, *, max_chars: int) -> list[Passage]:
    """Return the passages of a document in order, each with at least 60% of the limit.

    The last one may be shorter, down to a quarter of the limit. Text between two passages is left out if it has no
    place to be cut. They need not be prose.
    """
    return list(_cuts(document).all(max_chars))


def whole_ends(document: Context) -> tuple[int, ...]:
    """Return where a beginning of a document may end so that it reads whole, in characters, ascending.

    In prose these are the ends of sentences that are no headings, in a chat also those of turns, in source code those
    of lines. A document without such a place, such as a list of names, has those of its lines and sentences.
    """
    return _cuts(document).places.ends or _stripped(document.text, cut_offsets(document.text)[1:])


class _Kind(Enum):
    """What decides where a passage of a document may be cut."""

    PROSE = auto()
    CHAT = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class _Cuts:
    """A document with the places where it may be cut."""

    document: Context
    kind: _Kind
    places: Places
    section_ends: frozenset[int]
    """Behind the last character of each section."""

    def all(self, max_chars: int) -> Iterator[Passage]:
        """Yield the passages of the document in order."""
        starts, ends = self.places.starts, self.places.ends
        at = 0
        while at < len(starts) and ends:
            end = self.end(starts[at], max_chars)
            least = LEAST_SHARE if end < ends[-1] else _LAST_SHARE
            if end - starts[at] >= least * max_chars:
                yield self.passage(starts[at], end)
                at = bisect_left(starts, end)
            else:
                at += 1

    def end(self, start: int, max_chars: int) -> int:
        """Return where a passage that begins at an offset ends, which may be the offset itself.

        The end of a section comes before that of a sentence.
        """
        ends = self.places.ends
        fitting = ends[bisect_right(ends, start) : bisect_right(ends, start + max_chars)]
        if not fitting or fitting[-1] == ends[-1]:
            return fitting[-1] if fitting else start
        long = [end for end in fitting if end - start >= LEAST_SHARE * max_chars]
        return max([end for end in long if end in self.section_ends] or long or fitting)

    def passage(self, start: int, end: int) -> Passage:
        ends = self.places.ends[bisect_right(self.places.ends, start) : bisect_right(self.places.ends, end)]
        title = one_line(self.document.title)
        return Passage(title, self.document.text[start:end], tuple(place - start for place in ends))

    def reads_whole(self, passage: Passage) -> bool:
        """Return whether a passage is prose, a part of a chat without scraps, or source code."""
        match self.kind:
            case _Kind.CODE:
                return True
            case _Kind.CHAT:
                return not has_scraps(passage.text)
            case _Kind.PROSE:
                return is_prose(passage.text)


def _cuts(document: Context) -> _Cuts:
    """Return the places where a document may be cut: in source code at lines, in a chat at speakers."""
    text = document.text
    section_ends = frozenset(_stripped(text, [section.end for section in document.sections]))
    if domain_rules(document.domain).is_code:
        offsets = cut_offsets(text)
        places = Places(tuple(offsets[:-1]), _stripped(text, offsets[1:]))
        return _Cuts(document, _Kind.CODE, places, section_ends)
    places = whole_places(text)
    turns = [node.start for node in outline_of(document) if node.kind is NodeKind.TURN]
    if not turns:
        return _Cuts(document, _Kind.PROSE, places, section_ends)
    ends = tuple(sorted({*places.ends, *_stripped(text, [*turns[1:], len(text)])}))
    return _Cuts(document, _Kind.CHAT, Places(tuple(turns), ends), section_ends)


def _stripped(text: str, offsets: Sequence[int]) -> tuple[int, ...]:
    """Return offsets without the white space before them, ascending, each once."""
    found = set()
    for offset in offsets:
        end = offset
        while end and text[end - 1].isspace():
            end -= 1
        found.add(end)
    return tuple(sorted(found))


class DistractorPool:
    """The passages that may stand beside the proof of an answer; those of a document are made once.

    Documents whose titles do not name them, and passages that are no prose, are left out and counted.
    """

    def __init__(self, material: Material, *, seed: int) -> None:
        self._material = material
        self._seed = seed
        self._made: dict[tuple[str, int], list[Passage]] = {}
        self.num_untitled = 0
        """The number of documents that were left out because their titles do not name them."""
        self.num_scraps = 0
        """The number of passages that were left out because they are no prose."""

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
            self._made[key] = [one for view in views for one in self._fit_ones(view.context, max_chars)]
        return self._made[key]

    def _fit_ones(self, document: Context, max_chars: int) -> Iterator[Passage]:
        """Yield the passages of a document that may be shown. A document without a title is shown as untitled."""
        fault = title_fault(one_line(document.title), document.text) if document.title else None
        if fault is not None:
            self.num_untitled += 1
            return
        cuts = _cuts(document)
        for passage in cuts.all(max_chars):
            if cuts.reads_whole(passage):
                yield passage
            else:
                self.num_scraps += 1

    def _rank(self, target: CorpusEntry, passage: Passage) -> int:
        return stable_hash64("distractor", self._seed, target.doc_id, passage.title, passage.text)
