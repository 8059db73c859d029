"""The numbered provisions of a document: articles, sections, clauses, paragraphs, and the parts that restart numbering.

`english_provisions`, `korean_provisions` and `section_provisions` find `Mark`s (a number at the start of a line);
`assemble` turns marks into provisions with their extent, parent and an unambiguous label. Legal tasks and
cross-references read the result. Linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.languages import all_rules, any_of, together
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import split_lines, trim


class PartKind(StrEnum):
    """Why numbering starts again."""

    MAIN = "main"
    SCHEDULE = "schedule"
    """Annex, appendix, exhibit, 별표, 부칙."""
    AMENDMENT = "amendment"
    """Changes provisions of the main part."""


class Doubt(StrEnum):
    """Why a provision cannot be asked about; the value is the reason of the refusal."""

    NONE = ""
    SAME_LABEL = "ambiguous_number"
    GAP = "missing_number"
    """Numbering jumps after it, or nothing bounds it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document with a numbering of its own."""

    kind: PartKind
    title: str
    """As a question names it, such as `First Amendment to Lease`; empty for the main part."""
    start: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A provision's number where it stands at the start of a line."""

    start: int
    body_start: int
    depth: int
    """1 for the outermost kind of the document."""
    noun: str
    """What the document calls it: `Section`, `clause`, `조`."""
    key: str
    """Number in canonical form, such as `4.1`, `4의2`, `4/2` (제4조 제2항)."""
    title: str
    part: int


@dataclass(frozen=True, slots=True)
class Provision:
    """A numbered provision with everything under it."""

    label: str
    """Names it alone in the whole document: `Section 4.1`, `paragraph 3 of the First Amendment`."""
    noun: str
    key: str
    title: str
    """Its own heading, or the nearest one above it; may be empty."""
    has_own_title: bool
    start: int
    body: Span
    """Text after number and heading, provisions below it included."""
    own_end: int
    """Where the first provision below it starts; the end of `body` where there is none."""
    part: int
    parent: int
    """Index of the provision it stands in, -1 at the top."""
    is_leaf: bool
    doubt: Doubt
    is_amended: bool
    """A later amendment changes it or something in it."""

    @property
    def doubt_detail(self) -> str:
        """The doubt in a sentence."""
        return {
            Doubt.NONE: "",
            Doubt.SAME_LABEL: f"more than one provision is called {self.label}",
            Doubt.GAP: f"the provision that should follow {self.label} was not found, so its text may be inside it",
        }[self.doubt]

    @property
    def named(self) -> str:
        """Label with the heading in brackets, as a question names it."""
        return f"{self.label} ({self.title})" if self.title else self.label


@dataclass(frozen=True, slots=True)
class Outline:
    """Parts and provisions of a document, in order."""

    parts: tuple[Part, ...]
    provisions: tuple[Provision, ...]

    def part_at(self, position: int) -> int:
        """Index of the part that holds a position."""
        return bisect_right(self.parts, position, key=lambda part: part.start) - 1

    def at(self, position: int) -> int:
        """Index of the innermost provision that holds a position, -1 outside all of them."""
        index = bisect_right(self.provisions, position, key=lambda provision: provision.start) - 1
        while index >= 0 and self.provisions[index].body.end <= position:
            index = self.provisions[index].parent
        return index


_CLOSING = re.compile(any_of(lambda rules: rules.legal.closing))
_FINAL = "".join(end for _, rules in all_rules() for end in rules.sentences.final_syllables)
_INNER_NOUNS = together(lambda rules: rules.legal.inner_nouns)
_LOOSE_HEADING = re.compile(
    rf"#{{1,6}} .{{1,100}}|[^\W\d_][^\n|:;]{{0,70}}[^\s.;:,!?)\"”’|{_FINAL}]"
    r"|\d[\d\w ]{0,20}\d|[A-Z][A-Z ]{3,60}\."
)
"""A short line that is no sentence: a heading or a date."""
_MAX_LAST_CHARS = 20_000
"""A last provision longer than this has swallowed what was not recognised after it."""
_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)


def label_spans(*, text: str, outline: Outline, index: int) -> list[Span]:
    """Where a provision's label stands: its number, that of the 조 it belongs to, the heading of its part."""
    provision = outline.provisions[index]
    spans = [_head(text, provision)]
    if provision.noun in _INNER_NOUNS and provision.parent >= 0:
        spans.append(_head(text, outline.provisions[provision.parent]))
    if provision.part:
        spans.append(part_heading(text=text, part=outline.parts[provision.part]))
    return spans


def part_heading(*, text: str, part: Part) -> Span:
    """The line that opens a part."""
    line_end = text.find("\n", part.start)
    return trim(text, part.start, len(text) if line_end < 0 else line_end)


def assemble(
    *, text: str, parts: Sequence[Part], marks: Sequence[Mark], labels: Sequence[str], boundaries: Sequence[int]
) -> Outline:
    """Give marks their extent, parent and state of uniqueness.

    Args:
        text: the document.
        parts: in order; the first starts at 0.
        marks: in order of `start`.
        labels: one for each mark.
        boundaries: starts of unnumbered headings, in order; no provision reaches across one.
    """
    ends = _ends(marks, _part_ends(text, parts, marks), boundaries)
    counts = Counter(labels)
    gaps = _before_gaps(marks, ends)
    stack: list[int] = []
    provisions: list[Provision] = []
    for index, mark in enumerate(marks):
        while stack and (marks[stack[-1]].depth >= mark.depth or marks[stack[-1]].part != mark.part):
            stack.pop()
        parent = stack[-1] if stack else -1
        stack.append(index)
        following = marks[index + 1] if index + 1 < len(marks) else None
        has_child = following is not None and following.part == mark.part and following.depth > mark.depth
        body = _without_next_heading(text, trim(text, mark.body_start, ends[index]))
        provisions.append(
            Provision(
                label=labels[index],
                noun=mark.noun,
                key=mark.key,
                title=mark.title or (provisions[parent].title if parent >= 0 else ""),
                has_own_title=bool(mark.title),
                start=mark.start,
                body=body,
                own_end=trim(text, mark.body_start, following.start).end if following and has_child else body.end,
                part=mark.part,
                parent=parent,
                is_leaf=not has_child,
                doubt=Doubt.SAME_LABEL if counts[labels[index]] > 1 else Doubt.GAP if index in gaps else Doubt.NONE,
                is_amended=False,
            )
        )
    return Outline(parts=tuple(parts), provisions=tuple(provisions))


def mark_amended(outline: Outline, amended: frozenset[int]) -> Outline:
    """The outline with the named provisions, what holds them and what they hold flagged as amended."""
    flagged = set(amended)
    for index in amended:
        parent = outline.provisions[index].parent
        while parent >= 0:
            flagged.add(parent)
            parent = outline.provisions[parent].parent
    for index, provision in enumerate(outline.provisions):
        parent = provision.parent
        while parent >= 0 and index not in flagged:
            if parent in amended:
                flagged.add(index)
            parent = outline.provisions[parent].parent
    changed = tuple(replace(p, is_amended=True) if i in flagged else p for i, p in enumerate(outline.provisions))
    return Outline(parts=outline.parts, provisions=changed)


def drop_contents_entries(*, text: str, marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Marks without those of a table of contents: the same number comes again, and nothing stands under the first."""
    last = {(mark.part, mark.noun, mark.key): index for index, mark in enumerate(marks)}
    kept = []
    for index, mark in enumerate(marks):
        end = marks[index + 1].start if index + 1 < len(marks) else len(text)
        empty = len(text[mark.body_start : end].strip()) <= _MAX_CONTENTS_RESIDUE
        if not (empty and last[mark.part, mark.noun, mark.key] > index):
            kept.append(mark)
    return tuple(kept)


_MAX_CONTENTS_RESIDUE = 12
"""Characters that may stand between two entries of a table of contents: a page number, or the next line's ordinal."""


def pretty_title(title: str) -> str:
    """A heading as it is written inside a sentence: capitals become title case, a final stop and markup go."""
    clean = title.strip().strip("#*_ ").rstrip(".:").strip()
    letters = [character for character in clean if character.isalpha() and character.isascii()]
    if len(letters) < 2 or not all(character.isupper() for character in letters):
        return clean
    words = [_title_word(word, index) for index, word in enumerate(clean.split())]
    return " ".join(words)


def _head(text: str, provision: Provision) -> Span:
    """Number and heading of a provision, at least the first word of its line."""
    head = trim(text, provision.start, max(provision.body.start, provision.start + 1))
    return head if head.end > head.start else Span(provision.start, provision.start + 1)


def _title_word(word: str, index: int) -> str:
    lower = word.lower()
    if index and lower in _SMALL_WORDS and lower != "a":
        return lower
    if re.fullmatch(r"[IVX]+|[A-Z]|[A-Z]*\d[A-Z\d.-]*", word):
        return word
    return re.sub(r"[a-z]+(?:['’][a-z]+)?", lambda match: match.group()[:1].upper() + match.group()[1:], lower)


def _ends(marks: Sequence[Mark], part_ends: Sequence[int], boundaries: Sequence[int]) -> list[int]:
    """Each mark ends at the next one that is not below it, at a heading, or at the end of its part."""
    ends = [part_ends[mark.part] for mark in marks]
    open_marks: list[int] = []
    for index, mark in enumerate(marks):
        while open_marks and (marks[open_marks[-1]].depth >= mark.depth or marks[open_marks[-1]].part != mark.part):
            last = open_marks.pop()
            ends[last] = min(mark.start, ends[last])
        open_marks.append(index)
    for index, mark in enumerate(marks):
        after = bisect_right(boundaries, mark.start)
        if after < len(boundaries):
            ends[index] = min(ends[index], boundaries[after])
    return ends


def _before_gaps(marks: Sequence[Mark], ends: Sequence[int]) -> frozenset[int]:
    """Marks whose extent may hold another provision: the next one beside or above is not their successor."""
    uncertain = set()
    restarted: set[int] = set()
    waiting: list[int] = []
    for index, mark in enumerate(marks):
        while waiting and (marks[waiting[-1]].depth >= mark.depth or marks[waiting[-1]].part != mark.part):
            before = waiting.pop()
            if marks[before].part == mark.part:
                is_certain = _is_successor(_numbers(marks[before].key), _numbers(mark.key))
                # Numbers that start over inside a part belong to a list that only looks like headings.
                is_lower = not is_certain and _numbers(mark.key) <= _numbers(marks[before].key)
                if is_lower or (is_certain and before in restarted):
                    restarted.add(index)
            else:
                is_certain = ends[before] - marks[before].start <= _MAX_LAST_CHARS
            if not is_certain:
                uncertain.add(before)
        waiting.append(index)
    uncertain.update(at for at in waiting if ends[at] - marks[at].start > _MAX_LAST_CHARS)
    return frozenset(uncertain | restarted)


def _is_successor(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a number may come directly after another, on the same level or above: 4.7 → 4.8, 4.7 → 5, 3 → 3의2."""
    for at, (low, high) in enumerate(zip(before, after, strict=False)):
        if low != high:
            return high == low + 1 and all(number <= 1 for number in after[at + 1 :])
    return len(after) > len(before) and all(number <= 1 for number in after[len(before) :])


def _numbers(key: str) -> tuple[int, ...]:
    """A key as numbers that count up by one: 4.1 is (4, 1), 4의2 (4, 1), its second 항 (4, 1, 2)."""
    article, slash, paragraph = key.partition("/")
    number, branch_mark, branch = article.partition("의")
    if not (slash or branch_mark):
        return tuple(int(piece) for piece in re.findall(r"\d+", key))
    return (int(number), int(branch) - 1 if branch else 0, *([int(paragraph)] if paragraph else []))


def _without_next_heading(text: str, body: Span) -> Span:
    """The body without unnumbered headings at its end, which belong to what follows."""
    while True:
        cut = text.rfind("\n\n", body.start, body.end)
        last = text[cut : body.end].strip()
        if cut < 0 or not _LOOSE_HEADING.fullmatch(last) or text[body.start : cut].rstrip().endswith((":", ";", ",")):
            return body
        body = trim(text, body.start, cut)


def _part_ends(text: str, parts: Sequence[Part], marks: Sequence[Mark]) -> list[int]:
    """Where the provisions of each part end: at the next part, or before the lines of signature that close this one."""
    ends = [part.start for part in parts[1:]] + [len(text)]
    last_marks = {mark.part: mark.body_start for mark in marks}
    starts = [part.start for part in parts]
    closings = [line.start for line in split_lines(text) if _CLOSING.match(line.text.strip())]
    for closing in reversed(closings):
        part = bisect_right(starts, closing) - 1
        if closing >= last_marks.get(part, len(text)):
            ends[part] = min(ends[part], closing)
    return ends
