"""The task `version_change` asks what differs between two versions of a contract or law, provision by provision.

It reads rows whose documents are versions of each other. Questions ask for all differences as a table or as a list of
provisions, for the provisions that only one version has, whether one provision differs, and for a single amount, date,
percentage or period that does. They name the documents and never say which is the earlier one. Questions about all
differences are refused unless the outermost provisions of both documents are certain and have certain counterparts; a
question about one provision needs only this pair to be certain. Cost: that of `provision_pairs`, for each pair of
neighbouring documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.languages import Language, language_rules
from pipeline.records import JoiningKind, TaskFamily
from pipeline.synthesize.composed import provision_pairs
from pipeline.synthesize.composed.flattening import has_blocks
from pipeline.synthesize.composed.joined_documents import NamedDocument, named_documents
from pipeline.synthesize.composed.markdown_table import markdown_table
from pipeline.synthesize.composed.provision_pairs import (
    Changed,
    Pair,
    UnpairedError,
    certain_pairs,
    differing_sentences,
    pair_provisions,
    plain,
)
from pipeline.synthesize.facts import FactKind, concrete_facts
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote
from pipeline.synthesize.structural.provisions import Provision, label_spans
from pipeline.synthesize.structural.row_reading import RowReading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

CHANGE_TABLE = Form(
    "version_change.table",
    {
        "en": (
            "compare {first} with {second}: in which provisions do they differ, and what does each say there? Answer "
            "with a table with one column for the provision and one for each document.",
            "which provisions are worded differently in {first} and {second}? Give a table of all of them that quotes "
            "the differing sentences of both documents.",
            "make a table of every difference between the provisions of {first} and {second}, with the differing "
            "sentences side by side.",
        ),
        "ko": (
            "{first:과} {second:을} 비교하여 내용이 다른 조항을 모두 찾고, 조항별로 두 문서의 해당 문장을 "
            "표로 정리해 주십시오.",
            "{first:과} {second:은} 어느 조항이 어떻게 다릅니까? 서로 다른 문장을 나란히 적은 표로 답해 주십시오.",
            "{first:과} {second}에서 문구가 서로 다른 조항을 빠짐없이 표로 작성해 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
CHANGE_LIST = Form(
    "version_change.list",
    {
        "en": (
            "in which provisions do {first} and {second} differ? List them, one a line, without quoting them.",
            "list every provision that is not the same in {first} and {second}, one a line. Include those that only "
            "one of them has.",
        ),
        "ko": (
            "{first:과} {second:은} 어느 조항에서 서로 다릅니까? 내용은 옮기지 말고 조항만 한 줄에 하나씩 모두 적어 "
            "주십시오.",
            "{first:과} {second}에서 서로 같지 않은 조항을 한 줄에 하나씩 모두 적어 주십시오. 한쪽에만 있는 조항도 "
            "포함해 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
CHANGE_ONLY_IN = Form(
    "version_change.only_in",
    {
        "en": (
            "which provisions does {first} contain that {second} lacks? List them, one a line.",
            "list the provisions of {first} that have no counterpart in {second}, one a line.",
        ),
        "ko": (
            "{first}에는 있지만 {second}에는 없는 조항을 한 줄에 하나씩 모두 적어 주십시오.",
            "{second}에 없고 {first}에만 있는 조항은 무엇입니까? 한 줄에 하나씩 적어 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
CHANGE_CLAUSE = Form(
    "version_change.clause",
    {
        "en": (
            "is {provision} worded differently in {first} and {second}? Quote what differs, or else the shared text.",
            "does {provision} differ between {first} and {second}? Quote the sentences that differ; if none does, "
            "quote the text.",
        ),
        "ko": (
            "{first:과} {second}에서 {provision}의 내용이 서로 다릅니까? 다르면 다른 문장을, 같으면 그 내용을 "
            "적어 주십시오.",
            "{provision:은} {first:과} {second}에서 다르게 적혀 있습니까? 다른 문장이 있으면 각각 적고, "
            "없으면 공통된 내용을 적어 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
CHANGE_VALUE = Form(
    "version_change.value",
    {
        "en": (
            "{first} and {second} state a different {kind} in {provision}. Which {kind} does each state?",
            "how does the {kind} in {provision} differ between {first} and {second}?",
        ),
        "ko": (
            "{first:과} {second:은} {provision}에 적힌 {kind:이} 서로 다릅니다. 각각 어떻게 적혀 있습니까?",
            "{provision}의 {kind:이} {first:과} {second}에서 어떻게 다릅니까?",
        ),
    },
    family=TaskFamily.COMPARISON,
)
_MAX_PLACES = 40
_MIN_LISTED = 2
_MAX_CELL_CHARS = 700
_MIN_SAME_CHARS, _MAX_SAME_CHARS = 16, 400
"""Limits on a wording that both versions share; `[Reserved]` is too short to ask about."""
_MAX_PAIRS = 3
"""Maximum number of pairs of neighbouring documents that are compared in a row."""


@dataclass(frozen=True, slots=True)
class _Side:
    document: NamedDocument

    def quoted(self, spans: Sequence[Span]) -> str:
        return one_line(" ".join(quote(self.document.member.reading.text, span) for span in spans))

    def has_blocks(self, spans: Sequence[Span]) -> bool:
        """Return whether one line cannot show spans, because they contain items with bullets, or a code block."""
        return any(has_blocks(quote(self.document.member.reading.text, span)) for span in spans)

    def moved(self, spans: Sequence[Span]) -> list[Span]:
        return [self.document.member.moved(span) for span in spans]

    def heads(self, one: Provision) -> list[Span]:
        reading = self.document.member.reading
        index = reading.provisions.provisions.index(one)
        return self.moved(label_spans(text=reading.text, outline=reading.provisions, index=index))


def change_facts(row: RowReading) -> Findings:
    """Return facts about the differences between neighbouring documents of a row of versions."""
    if row.row.joining != JoiningKind.VERSIONS.value:
        return Findings(facts=(), unasked=())
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for one, other in list(pairwise(named_documents(row)))[:_MAX_PAIRS]:
        readings = one.member.reading, other.member.reading
        try:
            pairs = pair_provisions(*readings)
        except UnpairedError as error:
            unasked.append(_refuse(one, other, error.reason, error.detail))
            facts += _Comparison(_Side(one), _Side(other), certain_pairs(*readings), row.language).clauses()
            continue
        comparison = _Comparison(_Side(one), _Side(other), pairs, row.language)
        facts += comparison.clauses()
        facts += comparison.only_in()
        facts += comparison.listed()
        table = comparison.table()
        if isinstance(table, StructuralFact):
            facts.append(table)
        else:
            unasked.append(table)
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


class _Comparison:
    """Two versions with their pairs of provisions."""

    def __init__(self, first: _Side, second: _Side, pairs: Sequence[Pair], language: Language) -> None:
        self._first, self._second = first, second
        self._pairs = pairs
        self._language = language
        self._words = language_rules(language).comparison
        self._slots = {"first": first.document.name, "second": second.document.name}
        self._headings = [first.document.heading, second.document.heading]
        readings = first.document.member.reading, second.document.member.reading
        self._changed: dict[Pair, Changed] = {
            pair: differing_sentences(*readings, pair) for pair in pairs if pair.first and pair.second
        }

    def table(self) -> StructuralFact | Unasked:
        """Return the fact about all differences, or why they cannot be listed."""
        rows, spans = [], [*self._headings]
        for pair in self._pairs:
            cells = self._cells(pair)
            if cells is None:
                continue
            if max(map(len, cells)) > _MAX_CELL_CHARS:
                detail = f"the sentences of {pair.named} that differ are longer than {_MAX_CELL_CHARS} characters"
                return _refuse(self._first.document, self._second.document, "difference_too_long", detail)
            if self._has_blocks(pair):
                detail = f"{pair.named} contains a list or a code block, which one line cannot show"
                return _refuse(self._first.document, self._second.document, "list_in_cell", detail)
            rows.append([pair.named, *cells])
            spans += self._evidence(pair)
        if not rows:
            detail = "no provision differs"
            return _refuse(self._first.document, self._second.document, "no_difference", detail)
        if len(set(spans)) > _MAX_PLACES:
            detail = f"the differences are at {len(set(spans))} places; the limit is {_MAX_PLACES}"
            return _refuse(self._first.document, self._second.document, "list_too_long", detail)
        header = [self._words.provision_column, self._slots["first"], self._slots["second"]]
        return make_fact(form=CHANGE_TABLE, slots=self._slots, answer=markdown_table(header, rows), spans=spans)

    def listed(self) -> Iterator[StructuralFact]:
        """Yield the fact that names all provisions that differ, for versions whose table would be too long."""
        differing = [pair for pair in self._pairs if self._differs(pair)]
        spans = [*self._headings, *(span for pair in differing for span in self._evidence(pair))]
        if len(differing) >= _MIN_LISTED and len(set(spans)) <= _MAX_PLACES:
            answer = "\n".join(pair.named for pair in differing)
            yield make_fact(form=CHANGE_LIST, slots=self._slots, answer=answer, spans=spans)

    def _differs(self, pair: Pair) -> bool:
        changed = self._changed.get(pair)
        return changed is None or bool(changed.first or changed.second)

    def only_in(self) -> Iterator[StructuralFact]:
        """Yield a fact for each version that has provisions without a counterpart."""
        for mine, other, lacks in (
            (self._first, self._second, [pair for pair in self._pairs if pair.second is None]),
            (self._second, self._first, [pair for pair in self._pairs if pair.first is None]),
        ):
            if lacks and len(lacks) <= _MAX_PLACES:
                spans = [span for pair in lacks for span in self._evidence(pair)]
                yield make_fact(
                    form=CHANGE_ONLY_IN,
                    slots={"first": mine.document.name, "second": other.document.name},
                    answer="\n".join(pair.named for pair in lacks),
                    spans=[*self._headings, *spans],
                )

    def clauses(self) -> Iterator[StructuralFact]:
        """Yield the facts about single provisions: those that differ, and at most as many that do not."""
        differing = [pair for pair, changed in self._changed.items() if changed.first or changed.second]
        equal = [pair for pair, changed in self._changed.items() if not changed.first and not changed.second]
        for pair in differing:
            changed = self._changed[pair]
            cells = [self._first.quoted(changed.first), self._second.quoted(changed.second)]
            if max(map(len, cells)) <= _MAX_CELL_CHARS and all(cells) and not self._has_blocks(pair):
                answer = f"{self._words.differ}\n" + "\n".join(
                    f"{name}: {cell}" for name, cell in zip(self._slots.values(), cells, strict=True)
                )
                yield self._clause(pair, answer, self._evidence(pair))
            yield from self._value(pair, changed)
        step = max(1, len(equal) // max(1, len(differing)))
        for pair in equal[::step][: len(differing)]:
            assert pair.first is not None
            assert pair.second is not None
            words = self._first.quoted([pair.first.body])
            is_plain = not set(words) & set("“”|") and not self._first.has_blocks([pair.first.body])
            if _MIN_SAME_CHARS <= len(words) <= _MAX_SAME_CHARS and is_plain:
                spans = [
                    *self._evidence(pair),
                    *self._first.moved([pair.first.body]),
                    *self._second.moved([pair.second.body]),
                ]
                yield self._clause(pair, self._words.are_equal.format(words=words), spans)

    def _clause(self, pair: Pair, answer: str, spans: Sequence[Span]) -> StructuralFact:
        slots = {"provision": pair.named, **self._slots}
        return make_fact(form=CHANGE_CLAUSE, slots=slots, answer=answer, spans=[*self._headings, *spans])

    def _value(self, pair: Pair, changed: Changed) -> Iterator[StructuralFact]:
        """Yield a fact if the only difference in a provision is one value, and it is the only one of its kind there."""
        if len(changed.first) != 1 or len(changed.second) != 1 or pair.first is None or pair.second is None:
            return
        sentences = (self._first.quoted(changed.first), self._second.quoted(changed.second))
        values = _only_difference(*sentences, self._language)
        if values is None:
            return
        kind, first, second = values
        whole = (self._first.quoted([pair.first.body]), self._second.quoted([pair.second.body]))
        if any(len(_of_kind(words, kind, self._language)) != 1 for words in whole):
            return
        yield make_fact(
            form=CHANGE_VALUE,
            slots={"kind": self._words.kinds[kind], "provision": pair.named, **self._slots},
            answer=f"{self._slots['first']}: {first}\n{self._slots['second']}: {second}",
            spans=[*self._headings, *self._evidence(pair)],
        )

    def _cells(self, pair: Pair) -> tuple[str, str] | None:
        """Return what each version says in a pair where they differ; None if they do not."""
        absent = self._words.not_stated
        if pair.first is None or pair.second is None:
            first = absent if pair.first is None else self._first.quoted([pair.first.body])
            return first, absent if pair.second is None else self._second.quoted([pair.second.body])
        changed = self._changed[pair]
        if not changed.first and not changed.second:
            return None
        lacking = self._words.no_sentence
        return self._first.quoted(changed.first) or lacking, self._second.quoted(changed.second) or lacking

    def _has_blocks(self, pair: Pair) -> bool:
        changed = self._changed.get(pair)
        first = changed.first if changed else [pair.first.body] if pair.first else []
        second = changed.second if changed else [pair.second.body] if pair.second else []
        return self._first.has_blocks(first) or self._second.has_blocks(second)

    def _evidence(self, pair: Pair) -> list[Span]:
        changed = self._changed.get(pair)
        found: list[Span] = []
        if pair.first is not None:
            found += self._first.heads(pair.first)
            found += self._first.moved(changed.first if changed else [pair.first.body])
        if pair.second is not None:
            found += self._second.heads(pair.second)
            found += self._second.moved(changed.second if changed else [pair.second.body])
        return found


def _only_difference(first: str, second: str, language: Language) -> tuple[FactKind, str, str] | None:
    """Return the kind and the values of the one concrete fact in which two sentences differ; None in other cases."""
    ours, theirs = concrete_facts(first, language), concrete_facts(second, language)
    if [fact.kind for fact in ours] != [fact.kind for fact in theirs]:
        return None
    values = [
        (FactKind(one.kind), first[one.start : one.end], second[other.start : other.end], one, other)
        for one, other in zip(ours, theirs, strict=True)
        if plain(first[one.start : one.end]) != plain(second[other.start : other.end])
    ]
    if len(values) != 1 or values[0][0] not in language_rules(language).comparison.kinds:
        return None
    kind, ours_said, theirs_said, one, other = values[0]
    around = (first[: one.start], first[one.end :]), (second[: other.start], second[other.end :])
    if any(plain(mine) != plain(yours) for mine, yours in zip(*around, strict=True)):
        return None
    return kind, ours_said, theirs_said


def _of_kind(words: str, kind: FactKind, language: Language) -> list[str]:
    return [words[fact.start : fact.end] for fact in concrete_facts(words, language) if fact.kind is kind]


def _refuse(one: NamedDocument, other: NamedDocument, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=f"{one.name} {other.name}",
        reason=reason,
        detail=detail,
        span=one.heading,
    )


TASK = StructuralTask(
    name="version_change",
    order=300,
    finds={},
    finds_across={"legal": change_facts},
    forms=(CHANGE_TABLE, CHANGE_LIST, CHANGE_ONLY_IN, CHANGE_CLAUSE, CHANGE_VALUE),
    thresholds=thresholds_in(globals(), vars(provision_pairs)),
    frames=lambda rules: (
        rules.comparison.titled_document,
        rules.comparison.numbered_document,
        rules.comparison.provision_column,
        rules.comparison.not_stated,
        rules.comparison.no_sentence,
        rules.comparison.differ,
        rules.comparison.are_equal,
        *rules.comparison.kinds.values(),
    ),
)
