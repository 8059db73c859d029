"""Finds the fields that documents of a joined row have in common: the facts of other tasks with the same topic.

A field is a kind of fact and a topic, such as the definition of a term or the amount under a heading. Takes a
`RowReading`; returns, for each field, the documents that state it exactly once and the documents that provably do not
state it, because the words of the topic are nowhere in their text. A document that mentions the topic in any other way
is left out of the field. Every fact passes the second reading of its own document. Used by `same_field` and
`which_document`. Cost: that of the tasks of the domain, for each document.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.domains import Domain
from pipeline.languages import any_of, final_syllables
from pipeline.synthesize.composed.flattening import has_blocks
from pipeline.synthesize.composed.joined_documents import NamedDocument, named_documents
from pipeline.synthesize.facts import FactKind, concrete_facts
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.row_reading import RowReading
from pipeline.synthesize.structural.second_reading import SecondReading
from pipeline.synthesize.tasks import structural_tasks
from pipeline.synthesize.words import is_stop_word

_UNREAD = re.compile(r"[\W_]+")
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")
_QUALIFIER = re.compile(r"\.|::|#")
_MAX_ANSWER_CHARS = 300
_MAX_TOPIC_CHARS = 100
_MIN_TOPIC_CHARS = 2
_MIN_PLURAL_CHARS = 4


class FieldKind(StrEnum):
    """What a field says about its topic; also the second part of the names of the forms."""

    TERM = "term"
    SUM = "sum"
    SUM_UNDER = "sum_under"
    SHARE_UNDER = "share_under"
    LIMIT_UNDER = "limit_under"
    PARTY = "party"
    HEAD = "head"
    HEADING = "heading"
    VALUE = "value"
    CELL = "cell"
    OPTION = "option"
    CODE = "code"
    ENTRY = "entry"
    ITEM = "item"
    DEFAULT = "default"
    FUNCTION = "function"
    SPEAKERS = "speakers"
    WORDS = "words"


Topic = tuple[tuple[str, str], ...]


MAX_HEADINGS = 2
"""Maximum number of questions about the number of a provision, for each task and row."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What one document states about the topic."""

    document: NamedDocument
    answer: str
    spans: tuple[Span, ...]
    """The evidence, in the row: the heading line of the document, and where it states the answer."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with the documents that state it and the documents that provably do not."""

    kind: FieldKind
    topic: Topic
    """The slots of a question."""
    stated: tuple[Stated, ...]
    lacking: tuple[NamedDocument, ...]


def stated_fields(row: RowReading) -> tuple[Field, ...]:
    """Return the fields of a row, in the order in which the documents first state them."""
    documents = named_documents(row)
    found: dict[tuple[FieldKind, Topic], dict[int, list[Stated]]] = defaultdict(lambda: defaultdict(list))
    shown: dict[tuple[FieldKind, Topic], Topic] = {}
    texts = [bare(document.member.reading.text) for document in documents]
    for index, document in enumerate(documents):
        for kind, topic, stated in _stated(document, row.row.domain):
            if not all(word in texts[index] for word in _words(kind, topic)):
                continue  # the topic is put together from several places
            plain: Topic = tuple((name, one_line(value).casefold()) for name, value in topic)
            key = kind, plain
            shown.setdefault(key, topic)
            found[key][index].append(stated)
    fields = []
    for (kind, plain), by_document in found.items():
        certain = [stated[0] for stated in by_document.values() if len(stated) == 1 and stated[0].answer]
        parts = _parts(kind, plain)
        lacking = [
            document
            for index, document in enumerate(documents)
            if index not in by_document and any(all(part not in texts[index] for part in one) for one in parts)
        ]
        if certain:
            fields.append(Field(kind, shown[kind, plain], tuple(certain), tuple(lacking)))
    return tuple(fields)


def _words(kind: FieldKind, topic: Topic) -> list[str]:
    """Return the words of a topic that a document must have to state it; those of a qualified name are apart."""
    values = [value for _, value in topic]
    if kind is FieldKind.FUNCTION:
        values = [part for value in values for part in _QUALIFIER.split(value)]
    return [bare(value) for value in values]


def _parts(kind: FieldKind, topic: Topic) -> list[list[str]]:
    """Return, for each word of a topic, the parts of which a document that lacks the topic must have none.

    An entry may have several names, `-b <name>, --branch <name>`, of which another document may describe one, with
    another argument. So may a term: `Metropolitan Division or MD` is `Metropolitan Division (MD)` elsewhere.
    """
    if kind in _NAMED_TWICE:
        return [[_single(bare(part)) for part in _name_joint().split(value) if bare(part)] for _, value in topic]
    if kind not in _ENTRIES:
        return [[word] for word in _words(kind, topic)]
    return [[bare(part) for part in _OPTION.findall(value) or value.split(", ")] for _, value in topic]


def _single(word: str) -> str:
    """Return an English word without the ending of a plural."""
    return word.removesuffix("s") if word.isascii() and len(word) > _MIN_PLURAL_CHARS else word


@cache
def _name_joint() -> re.Pattern[str]:
    """Return what separates two names of one thing: brackets, or a word such as `or`."""
    return re.compile(rf"[(),/;]|(?<=\s)(?:{any_of(lambda rules: rules.sentences.open_words)})(?=\s)")


def bare(words: str) -> str:
    """Return words in lower case, only letters and digits."""
    return _UNREAD.sub("", words.casefold())


def _stated(document: NamedDocument, domain: Domain) -> Iterator[tuple[FieldKind, Topic, Stated]]:
    """Yield what a document states; the answer is empty if it must not be quoted."""
    reading = document.member.reading
    for task in structural_tasks():
        wanted = {form.name: _SOURCES[form.name] for form in task.forms if form.name in _SOURCES}
        if not wanted or domain not in task.finds:
            continue
        findings = reading.findings_of(task.name)
        check = _Check(reading, findings)
        for fact in findings.facts:
            if fact.form.name not in wanted:
                continue
            kind, read_topic = wanted[fact.form.name]
            topic = read_topic(fact, reading)
            if topic is None or not all(_MIN_TOPIC_CHARS <= len(value) <= _MAX_TOPIC_CHARS for _, value in topic):
                continue
            words = fact.answer + " ".join(value for _, value in topic)
            is_short = len(fact.answer) <= _MAX_ANSWER_CHARS
            is_quotable = is_short and not has_pseudonym(words) and not has_blocks(fact.answer)
            answer = one_line(fact.answer) if is_quotable and check.holds(fact) else ""
            spans = (document.heading, *(document.member.moved(span) for span in fact.spans))
            yield kind, topic, Stated(document, answer, spans)


class _Check:
    """The second reading of a document for the facts of one task; done on first use."""

    def __init__(self, reading: Reading, findings: Findings) -> None:
        self._reading, self._findings = reading, findings
        self._second: SecondReading | None = None

    def holds(self, fact: StructuralFact) -> bool:
        if self._second is None:
            text, language = self._reading.text, self._reading.language
            self._second = SecondReading(text=text, findings=self._findings, language=language)
        return self._second.objection(fact) is None


def _of_slots(fact: StructuralFact, reading: Reading, *, names: Mapping[str, str]) -> Topic | None:
    slots = dict(fact.slots)
    return tuple((name, slots[slot]) for slot, name in names.items())


def _of_term(fact: StructuralFact, reading: Reading) -> Topic | None:
    """Return the term of a definition; None if an amendment changes its meaning, or if it ends like `Program which`."""
    slots = dict(fact.slots)
    is_name = not is_stop_word(slots["term"].rpartition(" ")[2].casefold())
    return (("term", slots["term"]),) if is_name and "lead" not in slots else None


def _of_entry(fact: StructuralFact, reading: Reading) -> Topic | None:
    """Return the term of an entry; None if its description is not a sentence, as in a list of related topics."""
    is_sentence = fact.answer.rstrip('”"’)').endswith((".", "!", "?", *final_syllables()))
    return (("term", dict(fact.slots)["term"]),) if is_sentence else None


def _of_sum(fact: StructuralFact, reading: Reading) -> Topic | None:
    """Return the name of a sum; None if another sentence also has this name and a sum."""
    slots = dict(fact.slots)
    if "lead" in slots:
        return None
    name, num_places = bare(slots["name"]), 0
    for span in sentences(reading.text, 0, len(reading.text)):
        words = quote(reading.text, span)
        if name in bare(words):
            num_places += sum(found.kind is FactKind.MONEY for found in concrete_facts(words, reading.language))
    return (("name", slots["name"]),) if num_places == 1 else None


def _of_heading(fact: StructuralFact, reading: Reading) -> Topic | None:
    """Return the heading of the provision that a fact is about; None if the heading is missing or not unique."""
    slots = dict(fact.slots)
    if "lead" in slots:
        return None
    titled = [one for one in reading.provisions.provisions if one.named == slots["clause"]]
    if len(titled) != 1 or not titled[0].title:
        return None
    title = titled[0].title
    count = sum(one.title.casefold() == title.casefold() for one in reading.provisions.provisions)
    return (("heading", title),) if count == 1 else None


def _slots(**names: str) -> Callable[[StructuralFact, Reading], Topic | None]:
    """Return a function that takes the topic from the slots of a fact: its slot names, with the names for questions."""
    return partial(_of_slots, names=names)


_NAMED_TWICE = frozenset({FieldKind.TERM, FieldKind.PARTY})
_ENTRIES = frozenset({FieldKind.OPTION, FieldKind.CODE, FieldKind.ENTRY, FieldKind.ITEM, FieldKind.DEFAULT})
_SOURCES: Mapping[str, tuple[FieldKind, Callable[[StructuralFact, Reading], Topic | None]]] = {
    "definition.meaning": (FieldKind.TERM, _of_term),
    "amount.named": (FieldKind.SUM, _of_sum),
    "amount.only": (FieldKind.SUM_UNDER, _of_heading),
    "amount.share": (FieldKind.SHARE_UNDER, _of_heading),
    "deadline.only": (FieldKind.LIMIT_UNDER, _of_heading),
    "party.role": (FieldKind.PARTY, _slots(role="role")),
    "ruling.field": (FieldKind.HEAD, _slots(field="field")),
    "clause.number": (FieldKind.HEADING, _slots(title="heading")),
    "table_cell.value": (FieldKind.VALUE, _slots(row="row")),
    "table_cell.cell": (FieldKind.CELL, _slots(row="row", column="column")),
    "entry.option": (FieldKind.OPTION, _slots(term="term")),
    "entry.code": (FieldKind.CODE, _slots(term="term")),
    "entry.term": (FieldKind.ENTRY, _of_entry),
    "entry.field": (FieldKind.ITEM, _slots(term="term")),
    "entry.default": (FieldKind.DEFAULT, _slots(term="term")),
    "signature.of": (FieldKind.FUNCTION, _slots(name="name")),
    "speaker.all": (FieldKind.SPEAKERS, _slots()),
    "speaker.who": (FieldKind.WORDS, _slots(words="words")),
}
"""The kind of field of each form, and the function that returns the topic of a fact of this form."""
