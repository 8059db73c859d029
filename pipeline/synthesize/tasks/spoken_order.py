"""The task `spoken_order` asks in which order things were said, and who spoke between two remarks.

Only remarks that the task `speaker` proves to be said once are quoted. The speakers between two remarks are asked about
only if the names and the ends of all turns there are certain and nothing else stands between them. Time is linear in
the length of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import triples
from pipeline.synthesize.composed.spread import spread_over
from pipeline.synthesize.composed.triples import chosen_triples, shuffled_slots
from pipeline.synthesize.structural.conversation import Turn, conversation_turns
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

SPOKEN_ORDER = Form(
    "spoken_order.remarks",
    {
        "en": (
            "put these remarks in the order in which they were made, and name the speaker of each: “{one}”; “{two}”; "
            "“{three}”.",
            "in which order were “{one}”, “{two}” and “{three}” said? List them with their speakers, the earliest "
            "first.",
        ),
        "ko": (
            "“{one}”, “{two}”, “{three}”, 이 세 발언을 나온 순서대로 말한 사람과 함께 적어 주십시오.",
            "“{one}”, “{two}”, “{three}”, 이 세 마디는 어떤 순서로 나왔습니까? 말한 사람과 함께 답해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
SPOKEN_FIRST = Form(
    "spoken_order.first",
    {
        "en": (
            "which of these remarks came first in the conversation, and who made it: “{one}”, “{two}” or “{three}”?",
            "of “{one}”, “{two}” and “{three}”, which was said first, and by whom?",
        ),
        "ko": (
            "“{one}”, “{two}”, “{three}” 가운데 가장 먼저 나온 말은 무엇이며, 누가 했습니까?",
            "“{one}”, “{two}”, “{three}” 중에서 맨 먼저 나온 발언과 그 발언자를 답해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
SPOKEN_BETWEEN = Form(
    "spoken_order.between",
    {
        "en": (
            "who speaks after “{one}” and before “{two}”? Name each speaker once, in the order of their first words "
            "there.",
            "which people speak between the remarks “{one}” and “{two}”? List each once, in the order in which they "
            "first speak there.",
        ),
        "ko": (
            "“{one}” 다음부터 “{two}” 앞까지 누가 발언합니까? 처음 말한 순서대로 한 번씩 적어 주십시오.",
            "“{one}”{one|과} “{two}” 사이에 누가 발언합니까? 그 사이에 처음 말한 순서대로 한 번씩 답해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
)
_MAX_GROUPS = 6
_MIN_APART = 1000
"""The minimum number of characters between two remarks that are put in order."""
_MIN_BETWEEN = 4
_MAX_BETWEEN = 20
"""The numbers of turns between two remarks."""
_MIN_SPEAKERS = 3
_MAX_SPANS = 4


@dataclass(frozen=True, slots=True)
class _Remark:
    """A remark that is said once, with its speaker and turn."""

    words: str
    speaker: str
    turn: Span


def spoken_order_facts(reading: Reading) -> Findings:
    """Return facts about the order of what was said in a conversation."""
    flat = one_line(reading.text)
    remarks = [
        _Remark(words, fact.answer, fact.spans[0])
        for fact in reading.findings_of("speaker").facts
        if fact.form.name == "speaker.who" and flat.count(words := dict(fact.slots)["words"]) == 1
    ]
    facts: list[StructuralFact] = []
    for group in chosen_triples(remarks, _MAX_GROUPS, _is_worth_asking):
        facts.append(_ordered((SPOKEN_ORDER, SPOKEN_FIRST)[len(facts) % 2], group))
    return Findings(facts=(*facts, *_between(reading, remarks)), unasked=())


def _is_worth_asking(group: Sequence[_Remark]) -> bool:
    """Return whether remarks are far from each other, by several speakers, and not part of each other."""
    is_far = all(other.turn.start - one.turn.end >= _MIN_APART for one, other in pairwise(group))
    is_inside = any(one.words in other.words for one in group for other in group if one is not other)
    return is_far and not is_inside and len({remark.speaker for remark in group}) > 1


def _ordered(form: Form, group: Sequence[_Remark]) -> StructuralFact:
    lines = [f"{remark.speaker}: {remark.words}" for remark in group]
    return make_fact(
        form=form,
        slots=shuffled_slots([remark.words for remark in group]),
        answer="\n".join(lines) if form is SPOKEN_ORDER else lines[0],
        spans=[remark.turn for remark in group],
    )


def _between(reading: Reading, remarks: Sequence[_Remark]) -> Iterator[StructuralFact]:
    """Yield facts about who speaks between two remarks."""
    turns = conversation_turns(reading)
    place = {turn.whole: at for at, turn in enumerate(turns)}
    known = [(place[remark.turn], remark) for remark in remarks]
    found: list[tuple[_Remark, _Remark, list[Turn]]] = []
    for index, (at, remark) in enumerate(known):
        if one_line(quote(reading.text, turns[at].words)).rstrip(".").rstrip() != remark.words:
            continue  # the speaker of the first remark goes on after it
        for end, last in known[index + 1 :]:
            if end - at - 1 > _MAX_BETWEEN:
                break
            inside = turns[at + 1 : end]
            if end - at - 1 >= _MIN_BETWEEN and _are_certain(turns[at : end + 1]) and _has_several_speakers(inside):
                found.append((remark, last, inside))
                break
    for remark, last, inside in spread_over(found, _MAX_SPANS):
        names = list(dict.fromkeys(turn.speaker for turn in inside))
        yield make_fact(
            form=SPOKEN_BETWEEN,
            slots={"one": remark.words, "two": last.words},
            answer=language_rules(reading.language).join_names(names),
            spans=[remark.turn, *(turn.whole for turn in inside), last.turn],
        )


def _are_certain(turns: Sequence[Turn]) -> bool:
    """Return whether the names and ends of all turns are certain, and each directly follows the one before."""
    return all(turn.is_named and turn.is_whole for turn in turns) and all(turn.follows for turn in turns[1:])


def _has_several_speakers(turns: Sequence[Turn]) -> bool:
    return len({turn.speaker for turn in turns}) >= _MIN_SPEAKERS


TASK = StructuralTask(
    name="spoken_order",
    order=340,
    finds={"dialogue": spoken_order_facts},
    forms=(SPOKEN_ORDER, SPOKEN_FIRST, SPOKEN_BETWEEN),
    thresholds=thresholds_in(globals(), vars(triples)),
)
