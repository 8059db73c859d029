"""The task `decisions` asks what minutes record as decided or to be done, by whom, and who brought it up.

It reads the numbered list below a heading such as `DECISIONS`. The list is used only if it is certain to be complete:
its numbers count up, each item is one line, and the document has one such list under this heading. Who is responsible
is taken from explicit words only (`Owner: D. Osei`). A label is followed into the conversation if it occurs there once.
Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages import language_rules
from pipeline.languages.decision_rules import DecisionRules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import recorded_items as items_module
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.composed.markdown_table import markdown_table
from pipeline.synthesize.composed.recorded_items import RecordedItem, recorded_items
from pipeline.synthesize.structural.conversation import conversation_turns
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

DECISIONS_OWNERS = Form(
    "decisions.owners",
    {
        "en": (
            "who is responsible for what? Make a table of the items under “{title}” that name someone: number, person, "
            "and the item as recorded.",
            "put the items under “{title}” that name a responsible person into a table with their number, the person "
            "and the recorded words.",
        ),
        "ko": (
            "“{title}”에서 담당이 적힌 항목을 번호, 담당, 내용의 표로 정리해 주십시오.",
            "“{title}”에 따르면 누가 무엇을 맡습니까? 담당이 적힌 항목을 번호와 내용까지 표로 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
)
DECISIONS_OF_OWNER = Form(
    "decisions.of_owner",
    {
        "en": (
            "which of the items under “{title}” is {name} responsible for? Give their number, then each as recorded.",
            "list everything under “{title}” that names {name} as the responsible person, and begin with how many "
            "items there are.",
        ),
        "ko": (
            "“{title}” 가운데 {name:이} 담당인 항목은 몇 개입니까? 개수를 밝히고 적힌 그대로 나열해 주십시오.",
            "{name:이} 맡은 항목을 “{title}”에서 찾아, 개수와 함께 원문대로 모두 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
DECISIONS_BROUGHT_UP = Form(
    "decisions.brought_up",
    {
        "en": (
            "who mentions {label} in the conversation, and how does the list “{title}” record it?",
            "which participant brings up {label}, and what is recorded for it under “{title}”?",
        ),
        "ko": (
            "대화에서 {label:을} 언급한 사람은 누구이며, “{title}”에는 어떻게 기록되어 있습니까?",
            "누가 {label:을} 말합니까? “{title}”에 적힌 그 내용도 함께 답해 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
)
_MIN_OF_OWNER = 2
_LINE = re.compile(
    r"^[ \t#=*_■◆●▶\[【<-]{0,6}(?P<title>[^\W\d_][^\n:：\]】>*=]{1,38}?)[ \t#=*_:：\]】>-]{0,6}$", re.MULTILINE
)
"""A line that may be a heading, with the marks around its words."""
_LETTERED = re.compile(r"[A-Z]{1,4}-\d{1,4}")
"""A label that a conversation can only mean as such: `D-31`."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A list of decisions or actions."""

    title: str
    heading: Span
    items: tuple[RecordedItem, ...]


def decisions_facts(reading: Reading) -> Findings:
    """Return facts about the decisions and actions that minutes record."""
    rules = language_rules(reading.language).decisions
    if rules is None or reading.context.num_parts > 1:
        return Findings(facts=(), unasked=())
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    found = list(_records(reading.text, rules))
    titles = [record.title.casefold() for record in found]
    for record in found:
        if titles.count(record.title.casefold()) > 1:
            unasked.append(_refuse(record, "ambiguous_heading"))
        elif not record.items:
            unasked.append(_refuse(record, "uncertain_list"))
        elif has_pseudonym(" ".join(item.words for item in record.items)):
            unasked.append(_refuse(record, "masked"))
        else:
            facts.extend(_owned(reading, rules, record, unasked))
            facts.extend(_brought_up(reading, record))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _records(text: str, rules: DecisionRules) -> Iterator[_Record]:
    for line in _LINE.finditer(text):
        if rules.heading.fullmatch(line["title"].strip()):
            heading = Span(line.start("title"), line.end("title"))
            yield _Record(line["title"].strip(), heading, recorded_items(text, line.end() + 1))


def _owned(reading: Reading, rules: DecisionRules, record: _Record, unasked: list[Unasked]) -> Iterator[StructuralFact]:
    """Yield the facts about who is responsible, if each item names one person or none."""
    owned: list[tuple[RecordedItem, str]] = []
    for item in record.items:
        names = [match["name"] for match in rules.owner.finditer(item.words)]
        if len(rules.owner_word.findall(item.words)) != len(names) or len(names) > 1:
            unasked.append(_refuse(record, "unread_owner"))
            return
        owned.extend((item, name) for name in names)
    if len(owned) < items_module.MIN_ITEMS:
        return
    spans = [record.heading, *(item.span for item, _ in owned)]
    yield make_fact(
        form=DECISIONS_OWNERS,
        slots={"title": record.title},
        answer=markdown_table(
            (rules.number_column, rules.owner_column, rules.item_column),
            [(item.label, name, item.words) for item, name in owned],
        ),
        spans=spans,
    )
    by_name: dict[str, list[RecordedItem]] = defaultdict(list)
    for item, name in owned:
        by_name[one_line(name)].append(item)
    for name, items in by_name.items():
        if _MIN_OF_OWNER <= len(items) < len(record.items) and not _is_shared(name, by_name):
            yield make_fact(
                form=DECISIONS_OF_OWNER,
                slots={"title": record.title, "name": name},
                answer=counted_list([f"{item.label}: {item.words}" for item in items], reading.language),
                spans=[record.heading, *(item.span for item in items)],
            )


def _is_shared(name: str, names: Iterable[str]) -> bool:
    """Return whether another name ends with the same word, so that both may mean the same person."""
    last = name.rpartition(" ")[2]
    return sum(other.rpartition(" ")[2] == last for other in names) > 1


def _brought_up(reading: Reading, record: _Record) -> Iterator[StructuralFact]:
    """Yield the facts that join an item with the only turn in which its label is said."""
    turns = conversation_turns(reading)
    for item in record.items:
        if not _LETTERED.fullmatch(item.label):
            continue
        places = [match.start() for match in re.finditer(rf"(?<![\w-]){item.label}(?![\w-])", reading.text)]
        outside = [place for place in places if not item.span.start <= place < item.span.end]
        said = [turn for turn in turns if any(turn.words.start <= place < turn.words.end for place in outside)]
        if len(places) == 2 and len(said) == 1 and said[0].is_named and said[0].words.end <= record.heading.start:
            yield make_fact(
                form=DECISIONS_BROUGHT_UP,
                slots={"title": record.title, "label": item.label},
                answer=f"{said[0].speaker}. {item.label}: {item.words}",
                spans=[said[0].whole, record.heading, item.span],
            )


def _refuse(record: _Record, reason: str) -> Unasked:
    detail = f"the list under {record.title!r} is not certain to be complete or to be read right"
    return not_asked(task=TASK.name, subject=record.title, reason=reason, detail=detail, span=record.heading)


TASK = StructuralTask(
    name="decisions",
    order=370,
    finds={"dialogue": decisions_facts},
    forms=(DECISIONS_OWNERS, DECISIONS_OF_OWNER, DECISIONS_BROUGHT_UP),
    thresholds=thresholds_in(globals(), vars(items_module)),
    frames=lambda rules: (
        (rules.decisions.number_column, rules.decisions.owner_column, rules.decisions.item_column)
        if rules.decisions
        else ()
    ),
)
