"""Cuts a document into segments to ask about, and chooses segments of all depths, preferably rich in facts.

A segment is a run of whole paragraphs, turns or definitions that tell something. Title pages, tables of contents,
notices of licences, blocks to be signed and bare tables are in none. Its length is set in characters of the document's
language, so that segments of all languages hold about as much.

The depth of a segment is its position in the document. Each question is about a short segment, but the student sees the
whole document with it, so answers must come from every depth (IN2, arXiv 2404.16811). A document is cut into bins of
equal depth. Each bin gives one segment in turn, so that no depth is left out or over-represented.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise

from pipeline.identity import seeded_random
from pipeline.languages import common_language, language_rules
from pipeline.nodes import NodeKind
from pipeline.records import Context, Section
from pipeline.synthesize.facts import concrete_facts
from pipeline.synthesize.segmenting.code import code_units
from pipeline.synthesize.segmenting.document import CutDocument
from pipeline.synthesize.segmenting.prose import prose_units
from pipeline.synthesize.segmenting.turns import turn_units
from pipeline.synthesize.segmenting.units import Unit, filled_segments
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.words import names

_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
_READ_CHARS = 100_000
_MIN_TOLD_TOKENS = 20
"""A segment tells at least as much as so many tokens of a balanced tokenizer."""
_MIN_TOLD_SHARE = 0.1
"""The minimum share of sentences, speech or code in a segment; the rest may be headings, tables and lists."""
_SHORT_DOCUMENT_SEGMENTS = 8
"""Sections of a short document are joined only as far as it still has about so many segments."""
_MIN_SECTION_TOLD_SHARE = 0.4


def segment_chars(num_tokens: int, context: Context) -> int:
    """Return how many characters of a document hold as much as a number of tokens of a balanced tokenizer.

    In a language with a script of its own, other letters count as those of the common language: a Korean manual is full
    of English commands, and source code with Korean comments is mostly English. The start of the document decides.
    """
    rules, common = language_rules(context.language), language_rules(common_language())
    share = _own_letter_share(context.text[:_READ_CHARS], context.language) if rules.detection.owns_script else 1.0
    tokens_per_char = share / rules.chars_per_token + (1 - share) / common.chars_per_token
    return max(1, round(num_tokens / tokens_per_char))


def _own_letter_share(text: str, language: str) -> float:
    num_own = len(_letters(language_rules(language).detection.letters).findall(text))
    num_all = sum(map(str.isalpha, text))
    return num_own / num_all if num_all else 1.0


@cache
def _letters(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]")


def document_segments(context: Context, *, max_chars: int) -> list[Span]:
    """Return consecutive segments of a document, of at most `max_chars` characters, without white space at their ends.

    A segment begins and ends with whole sentences, turns, functions or classes, as far as those fit. It has its heading
    with it, and goes on in the next section only while it is short.
    """
    least = segment_chars(_MIN_TOLD_TOKENS, context)
    units = _units(context, max_chars)
    return filled_segments(
        units,
        max_chars=max_chars,
        filled_chars=min(max_chars // 2, len(context.text) // _SHORT_DOCUMENT_SEGMENTS),
        min_told=least,
        min_told_share=_MIN_TOLD_SHARE,
    )


def titled_sections(context: Context, *, max_chars: int, min_tokens: int) -> list[Section]:
    """Return the sections to summarise: those with a unique title and sentences enough, up to a length."""
    text, sections = context.text, context.sections
    titles = Counter(section.title for section in sections)
    least = segment_chars(min_tokens, context)
    units = _units(context, max_chars)
    starts = [unit.start for unit in units]
    told_before = [0, *accumulate(unit.num_told for unit in units)]
    found = []
    for section in sections:
        length = len(text[section.start : section.end].strip())
        if not section.title.strip() or titles[section.title] > 1 or length > max_chars:
            continue
        told = told_before[bisect_left(starts, section.end)] - told_before[bisect_left(starts, section.start)]
        if told >= max(least, _MIN_SECTION_TOLD_SHARE * length):
            found.append(section)
    return found


def text_pieces(text: str, *, max_chars: int) -> list[Span]:
    """Return consecutive pieces of a text, of at most `max_chars` characters: all of it, whatever it tells.

    Paragraphs are joined while they fit. A paragraph that is too long is cut between its sentences. A sentence that is
    too long (a data blob) is left out.
    """
    pieces: list[Span] = []
    for paragraph in _paragraphs(text, max_chars):
        if pieces and paragraph.end - pieces[-1].start <= max_chars:
            pieces[-1] = Span(start=pieces[-1].start, end=paragraph.end)
        else:
            pieces.append(paragraph)
    return pieces


def choose_spread(
    spans: Sequence[Span], *, scores: Sequence[float], count: int, text_length: int, seed: int, doc_id: str
) -> list[int]:
    """Choose spans that are spread over the depth of a document.

    The depth is cut into `count` bins, which are visited in turn. Each visit draws one span from the better half of the
    spans left in the bin; the seed and the document determine the draw. Choosing ends when `count` spans are chosen or
    all bins are empty. Spans without a score above zero are never chosen.

    Returns:
        Indices into `spans`, ascending.
    """
    bins: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        if scores[index] > 0:
            bins.setdefault(min(count - 1, span.start * count // max(1, text_length)), []).append(index)
    random = seeded_random(seed, "segments", doc_id)
    for members in bins.values():
        members.sort(key=lambda index: (-scores[index], index))
    chosen: list[int] = []
    while len(chosen) < count and any(bins.values()):
        for key in sorted(bins):
            members = bins[key]
            if members and len(chosen) < count:
                chosen.append(members.pop(random.randrange((len(members) + 1) // 2)))
    return sorted(chosen)


def concreteness(text: str, language: str) -> float:
    """Return the number of facts plus a third of the number of different names, relative to the length of the text."""
    weight = len(concrete_facts(text, language)) + len(set(names(text))) / 3
    return weight / (1 + len(text) / 600)


def _units(context: Context, max_chars: int) -> list[Unit]:
    document = CutDocument(context, max_chars=max_chars)
    turns = [node for node in document.nodes if node.kind is NodeKind.TURN]
    if turns:
        return turn_units(document, turns)
    if any(node.kind is NodeKind.FILE for node in document.nodes):
        return code_units(document)
    return prose_units(document, start=0, end=len(context.text), first_run=0)


def _paragraphs(text: str, max_chars: int) -> Iterator[Span]:
    cuts = [0, *(match.end() for match in _PARAGRAPH_BREAK.finditer(text)), len(text)]
    for left, right in pairwise(cuts):
        stripped = _strip(text, left, right)
        if stripped is None:
            continue
        if stripped.end - stripped.start <= max_chars:
            yield stripped
        else:
            sentences = sentence_spans(text, start=stripped.start, end=stripped.end)
            yield from (s for s in sentences if s.end - s.start <= max_chars)


def _strip(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start=start, end=end) if start < end else None
