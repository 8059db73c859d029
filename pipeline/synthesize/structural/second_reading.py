"""A second check of every fact before it is asked about: a plain search of the whole text, independent of any parser.

Takes a text, its findings and a language; returns, for one fact, nothing or a `Dropped`. The names in the question
must occur in the text, and the numbers of the answer in the evidence. What the question names as unique must not occur
elsewhere with other words around it. The slots of a fact and the traits of its form say what to search for, so
a new task needs no code here. The text is searched once for all facts together (`PlainIndex`); labels are checked in
`second_labels`.
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
"""Slots with words of the document."""
_PATH_MARK = " > "
_QUALIFIED = re.compile(r".*(?:\.|::|#)(?=\w)", re.DOTALL)
"""The prefix of the simple name of a function or type; the text does not write the qualified name."""
_QUOTES = "\"“”'‘’`「」『』"
_NAMING_CHARS = 32
_NAMES_HERE = re.compile(rf"(?:\([^()\n]*|(?:^|\n)[\s#*>-]*(?:\(?\w{{1,4}}[.)]\s+)?)[{_QUOTES}]$")
_LIST_MARK = re.compile(r"[\s#*>|_(\[]*(?:\d+(?:\.\d+)*[.)]?|[-–•·])?[\s*_]*")
_LINE_REST = re.compile(r"[\s*_#:.)\]]*")
_ENDS_SENTENCE = re.compile(r"[.?!。;][\s\"”’)*_]*$")
_MIN_PROSE_CHARS = 70
_MAX_BLOCK_LINES = 400
_MIN_LONG_NUMBER = 3
_AGREEING_WORDS = 4
_RULE_BELOW = re.compile(r"[ \t]*\n[ \t]*\|?[ \t:|-]*--[ \t:|-]*(?:\n|$)")
"""The line below the header of a table of pipes; in other tables a cell may have several lines."""
_CELL_END = re.compile(r"(?<!\\)\|")


class SecondReading:
    """A text that is searched once for everything its facts name."""

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
        if Trait.OUTSIDE_NUMBERS in fact.form.traits:
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
        """Return an objection if the term is defined again elsewhere, in quotation marks.

        The definition may be in brackets, at the start of a line, or open with the same word after the term.

        Questions whose lead says which wording is meant are not checked.
        """
        term = _term(fact)
        if not term or dict(fact.slots).get("lead"):
            return None
        phrase = phrase_of(term)
        places = self._index.places(phrase)
        quoted = [place for place in places if self._is_quoted(place)]
        own = [place for place in places if _lies_in(place, fact.spans)]
        said = self._index.words_after(own[0], phrase, _AGREEING_WORDS) if own else ()
        for place in quoted:
            says = self._index.words_after(place, phrase, _AGREEING_WORDS)
            if place not in own and says != said and (says[:1] == said[:1] or self._is_named_here(place)):
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
        """Check a row of pipes by counting its pipes; tables in any other notation are not checked."""
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
                return Dropped("cell_misread", f"the column {column!r} of the row {row!r} reads otherwise")
        count = sum(1 for line in self._block(fact.spans[-1]) if _cells(line)[:1] == [key])
        return Dropped("row_repeated", f"{count} rows of the table begin with {row!r}") if count > 1 else None

    def _block(self, line: Span) -> Iterator[str]:
        """Yield the adjacent lines with pipes around a line, including the line itself."""
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
        """Return whether a quoted term opens a line, or is alone in brackets: (the “Yard”)."""
        return _NAMES_HERE.search(self._text[max(0, place.start - _NAMING_CHARS) : place.start]) is not None

    def _is_heading_with_text(self, place: Place) -> bool:
        """Return whether a phrase is a line of its own above sentences, not an entry of a table of contents."""
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
    """Yield what a question quotes from the document, part by part."""
    for name, value in fact.slots:
        if name in _NAMES:
            is_qualified = Trait.QUALIFIED_NAME in fact.form.traits
            for part in [_QUALIFIED.sub("", value)] if is_qualified else value.split(_PATH_MARK):
                if phrase := phrase_of(part):
                    yield phrase
    if term := _term(fact):
        yield phrase_of(term)


def _term(fact: StructuralFact) -> str:
    if Trait.ANSWERS_TERM in fact.form.traits:
        return fact.answer
    return dict(fact.slots).get("term", "") if Trait.DEFINED_TERM in fact.form.traits else ""


def _numbers_asked(fact: StructuralFact) -> list[Phrase]:
    """Return the long numbers of an amount, or all its words if each number is short: 1억 5천만원."""
    words = phrase_of(dict(fact.slots).get("amount", ""))
    long: list[Phrase] = [(word,) for word in words if word[0].isdigit() and len(word) >= _MIN_LONG_NUMBER]
    return long or ([words] if words else [])


def _lies_in(place: Place, spans: Sequence[Span]) -> bool:
    return any(span.start <= place.start < span.end for span in spans)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [one_line(cell.replace("\\|", "|")) for cell in _CELL_END.split(inner)]
