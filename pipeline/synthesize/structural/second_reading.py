"""Checks every fact a second time before it is asked about, by a plain search of the text that uses no parser.

Takes a text, its findings and a language; returns, for one fact, None or a `Dropped`. The names in the question must
occur in the text, and the numbers of the answer in the evidence or the question. What the question treats as unique
must not occur elsewhere in the same role. A fact's slots and the traits of its form say what to search for, so a new
task needs no code here. The text is searched once for all facts (`PlainIndex`). `second_labels` checks the labels of
provisions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.languages import Language
from pipeline.records import Dropped
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact
from pipeline.synthesize.structural.layout import one_line, with_plain_digits
from pipeline.synthesize.structural.plain_index import Phrase, Place, PlainIndex, phrase_of
from pipeline.synthesize.structural.second_labels import LabelReading, label_phrases
from pipeline.synthesize.structural.task import Trait

_NAMES = ("words", "title", "term", "previous", "row", "column", "value", "name", "speaker")
"""The slots that contain words of the document."""
_PATH_MARK = " > "
_QUALIFIED = re.compile(r".*(?:\.|::|#)(?=\w)", re.DOTALL)
"""The part of a qualified name that the text does not write: `Cart.` of `Cart.total`."""
_QUOTES = "\"“”'‘’`「」『』"
_NAMING_CHARS = 32
_NAMES_HERE = re.compile(rf"(?:\([^()\n]*|(?:^|\n)[\s#*>-]*(?:\(?\w{{1,4}}[.)]\s+)?)[{_QUOTES}]$")
"""The text before a term in quotation marks that is in brackets or begins a line: `(the “`, `4. “`."""
_LIST_MARK = re.compile(r"[\s#*>|_(\[]*(?:\d+(?:\.\d+)*[.)]?|[-–•·])?[\s*_]*")
"""The text before the words of a heading on its line: `## 4.1 `."""
_LINE_REST = re.compile(r"[\s*_#:.)\]]*")
"""The text after the words of a heading on its line: `:**`."""
_ENDS_SENTENCE = re.compile(r"[.?!。;][\s\"”’)*_]*$")
_MIN_PROSE_CHARS = 70
"""The minimum length of a line of prose."""
_MAX_BLOCK_LINES = 400
_MIN_LONG_NUMBER = 3
"""The minimum length of a number that is searched for alone."""
_AGREEING_WORDS = 4
"""The number of equal words after a term that make two definitions the same."""
_RULE_BELOW = re.compile(r"[ \t]*\n[ \t]*\|?[ \t:|-]*--[ \t:|-]*(?:\n|$)")
"""The ruled line below the header of a pipe table. In a table without this line, a cell may have several lines."""
_CELL_END = re.compile(r"(?<!\\)\|")
"""A pipe that is not escaped."""


class SecondReading:
    """One text, which is searched once for everything that its facts name."""

    def __init__(self, *, text: str, findings: Findings, language: Language) -> None:
        facts = findings.facts
        wanted = {phrase for fact in facts for phrase in (*_named(fact), *_numbers_asked(fact), *label_phrases(fact))}
        self._text = text
        self._index = PlainIndex(text, wanted)
        self._labels = LabelReading(index=self._index, facts=facts, unasked=findings.unasked, language=language)

    def objection(self, fact: StructuralFact) -> Dropped | None:
        """Return the first objection to a fact; None if there is none."""
        checks = (
            self._numbers_of_answer,
            self._names,
            self._words_once,
            self._term_once,
            self._heading_once,
            self._amount_once,
            self._cell,
            self._label,
        )
        return next((found for check in checks if (found := check(fact)) is not None), None)

    def _label(self, fact: StructuralFact) -> Dropped | None:
        found = self._labels.objection(fact)
        return Dropped(*found) if found else None

    def _numbers_of_answer(self, fact: StructuralFact) -> Dropped | None:
        if fact.form.traits & {Trait.OUTSIDE_NUMBERS, Trait.COMPUTED}:
            return None
        quotes = " ".join(self._text[span.start : span.end] for span in fact.spans)
        known = {word for word in phrase_of(with_plain_digits(quotes)) if word[0].isdigit()}
        known |= {word for _, value in fact.slots for word in phrase_of(with_plain_digits(value)) if word[0].isdigit()}
        missing = [
            word for word in phrase_of(with_plain_digits(fact.answer)) if word[0].isdigit() and word not in known
        ]
        if Trait.RANGES in fact.form.traits:
            missing = [word for word in missing if not self._labels.is_in_range(word, fact.spans)]
        if missing:
            return Dropped("number_not_in_evidence", f"the answer's {missing[0]} is not in its evidence")
        return None

    def _names(self, fact: StructuralFact) -> Dropped | None:
        if Trait.ABSENT_NAME in fact.form.traits:
            present = next((phrase for phrase in _named(fact) if self._index.places(phrase)), None)
            return Dropped("name_in_text", f"{' '.join(present)!r} is in the text") if present else None
        for phrase in _named(fact):
            if not self._index.places(phrase):
                return Dropped("name_not_in_text", f"{' '.join(phrase)!r} is not in the text under this name")
        return None

    def _words_once(self, fact: StructuralFact) -> Dropped | None:
        words = dict(fact.slots).get("words", "")
        if not words:
            return None
        count = len(self._index.places(phrase_of(words)))
        return Dropped("words_stand_twice", f"{words!r} occurs {count} times") if count > 1 else None

    def _term_once(self, fact: StructuralFact) -> Dropped | None:
        """Return an objection if the term seems to be defined differently elsewhere, in quotation marks.

        It seems to be defined there if it is in brackets, begins a line, or is followed by the same word as in the
        evidence. A question whose `lead` says which wording it means is not checked.
        """
        term = _term(fact)
        if not term or dict(fact.slots).get("lead"):
            return None
        phrase = phrase_of(term)
        places = self._index.places(phrase)
        quoted = [place for place in places if self._is_quoted(place)]
        in_evidence = [place for place in places if _lies_in(place, fact.spans)]
        said = self._index.words_after(in_evidence[0], phrase, _AGREEING_WORDS) if in_evidence else ()
        for place in quoted:
            says = self._index.words_after(place, phrase, _AGREEING_WORDS)
            if place not in in_evidence and says != said and (says[:1] == said[:1] or self._is_named_here(place)):
                detail = f"{term!r} is also in quotation marks at {place.start}"
                return Dropped("term_quoted_elsewhere", detail)
        return None

    def _heading_once(self, fact: StructuralFact) -> Dropped | None:
        title = dict(fact.slots).get("title", "")
        if not title or _PATH_MARK in title:
            return None
        count = sum(self._is_heading_with_text(place) for place in self._index.places(phrase_of(title)))
        return Dropped("heading_repeated", f"{count} headings read {title!r}") if count > 1 else None

    def _amount_once(self, fact: StructuralFact) -> Dropped | None:
        for phrase in _numbers_asked(fact):
            elsewhere = [place for place in self._index.places(phrase) if not _lies_in(place, fact.spans)]
            if elsewhere:
                detail = f"{' '.join(phrase)} is also at {elsewhere[0].start}"
                return Dropped("number_elsewhere", detail)
        return None

    def _cell(self, fact: StructuralFact) -> Dropped | None:
        """Check a fact about a pipe table by splitting rows at the pipes; tables in other notations are not checked."""
        slots = dict(fact.slots)
        row = slots.get("row", "")
        lines = [self._text[span.start : span.end] for span in fact.spans]
        if not row or len(lines) != 2 or not all("|" in line and "\n" not in line.strip() for line in lines):
            return None
        if not _RULE_BELOW.match(self._text, fact.spans[0].end):
            return None
        header, cells = (_cells(line) for line in lines)
        column, key = slots.get("column"), one_line(row)
        if column is not None:
            columns = [index for index, name in enumerate(header) if name == one_line(column)]
            if len(header) != len(cells) or len(columns) != 1 or cells[columns[0]] != one_line(fact.answer):
                return Dropped("cell_misread", f"the row {row!r} does not have this value in the column {column!r}")
        count = sum(1 for line in self._block(fact.spans[-1]) if _cells(line)[:1] == [key])
        return Dropped("row_repeated", f"{count} rows of the table begin with {row!r}") if count > 1 else None

    def _block(self, line: Span) -> Iterator[str]:
        """Yield the line and the adjacent lines above and below it that contain pipes."""
        start = self._index.line_start(line.start)
        position = start
        for _ in range(_MAX_BLOCK_LINES):
            end = self._text.find("\n", position)
            found = self._text[position : end if end >= 0 else len(self._text)]
            if "|" not in found:
                break
            yield found
            if end < 0:
                break
            position = end + 1
        position = start
        for _ in range(_MAX_BLOCK_LINES):
            if position == 0:
                break
            begin = self._index.line_start(position - 1)
            if "|" not in self._text[begin : position - 1]:
                break
            yield self._text[begin : position - 1]
            position = begin

    def _is_quoted(self, place: Place) -> bool:
        before, after = self._text[place.start - 1 : place.start], self._text[place.end : place.end + 1]
        return bool(before and after) and before in _QUOTES and after in _QUOTES

    def _is_named_here(self, place: Place) -> bool:
        """Return whether a quoted term begins a line or is in brackets: (the “Yard”)."""
        return _NAMES_HERE.search(self._text[max(0, place.start - _NAMING_CHARS) : place.start]) is not None

    def _is_heading_with_text(self, place: Place) -> bool:
        """Return whether a phrase is alone on its line and prose follows, unlike in a table of contents."""
        start = self._index.line_start(place.start)
        end = self._text.find("\n", place.end)
        end = len(self._text) if end < 0 else end
        if not _LIST_MARK.fullmatch(self._text, start, place.start) or not _LINE_REST.fullmatch(
            self._text, place.end, end
        ):
            return False
        below = self._text[end + 1 : end + 1 + 2 * _MIN_PROSE_CHARS].lstrip().partition("\n")[0]
        return len(below) >= _MIN_PROSE_CHARS or bool(_ENDS_SENTENCE.search(below))


def _named(fact: StructuralFact) -> Iterator[Phrase]:
    """Yield the phrases that the question takes from the document."""
    for name, value in fact.slots:
        if name in _NAMES:
            is_qualified = Trait.QUALIFIED_NAME in fact.form.traits
            for part in [_QUALIFIED.sub("", value)] if is_qualified else value.split(_PATH_MARK):
                if phrase := phrase_of(part):
                    yield phrase
    if term := _term(fact):
        yield phrase_of(term)


def _term(fact: StructuralFact) -> str:
    """Return the defined term that a fact asks about or answers with; empty for other facts."""
    if Trait.ANSWERS_TERM in fact.form.traits:
        return fact.answer
    return dict(fact.slots).get("term", "") if Trait.DEFINED_TERM in fact.form.traits else ""


def _numbers_asked(fact: StructuralFact) -> list[Phrase]:
    """Return the long numbers of the amount in a question; if there are none, the amount as one phrase: 5천만원."""
    words = phrase_of(dict(fact.slots).get("amount", ""))
    long: list[Phrase] = [(word,) for word in words if word[0].isdigit() and len(word) >= _MIN_LONG_NUMBER]
    return long or ([words] if words else [])


def _lies_in(place: Place, spans: Sequence[Span]) -> bool:
    return any(span.start <= place.start < span.end for span in spans)


def _cells(line: str) -> list[str]:
    """Return the cells of a row of a pipe table."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [one_line(cell.replace("\\|", "|")) for cell in _CELL_END.split(inner)]
