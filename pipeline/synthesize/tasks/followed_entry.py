"""The task `followed_entry` asks about the option that the description of another option mentions.

A question names one option of a manual; the answer names the option that its description mentions, and gives what the
document says about that one (the task `entry`). The description must mention exactly one
other option, and that option must have exactly one entry. A description that also mentions an option without an entry
is refused, because it may belong to a different program. Time is linear in the length of the entries.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from pipeline.records import TaskFamily
from pipeline.synthesize.composed.hops import Link, chains
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

FOLLOWED_OPTION = Form(
    "followed_entry.option",
    {
        "en": (
            "which other option does the description of “{term}” mention, and what does that option do?",
            "the description of the option “{term}” mentions one other option. Which one is it, and how is it "
            "described?",
        ),
        "ko": (
            "“{term}” 옵션의 설명에 나오는 다른 옵션은 무엇이며, 그 옵션은 무엇을 합니까?",
            "“{term}” 옵션의 설명에서 언급하는 다른 옵션 하나를 찾아, 그 옵션이 어떻게 설명되어 있는지 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
)
FOLLOWED_TWICE = Form(
    "followed_entry.twice_option",
    {
        "en": (
            "the description of “{term}” mentions another option, whose description mentions a third one. Name both "
            "in turn, and say what the third option does.",
            "start at the option “{term}”, and follow its description to the option mentioned there, and from that one "
            "to the next. Which options are these, and how is the last one described?",
        ),
        "ko": (
            "“{term}” 옵션의 설명에 나오는 다른 옵션의 설명에는 또 다른 옵션이 나옵니다. 두 옵션을 차례로 밝히고, "
            "마지막 옵션이 무엇을 하는지 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
)
FOLLOWED_DEFAULT = Form(
    "followed_entry.default",
    {
        "en": (
            "which other option does the description of “{term}” mention, and what is the default of that option?",
            "the description of “{term}” mentions one other option. Which one is it, and which default does it have?",
        ),
        "ko": ("“{term}” 옵션의 설명에 나오는 다른 옵션은 무엇이며, 그 옵션의 기본값은 무엇입니까?",),
    },
    family=TaskFamily.MULTI_HOP,
)
_MIN_DISTANCE_CHARS = 400
"""The minimum number of characters between the two entries."""
_OPTION = re.compile(r"(?<![\w/.=<-])--?[A-Za-z](?:[\w-]*\w)?")
"""An option without its value: `--depth` of `--depth=<n>`."""
_DESCRIBED = "entry.option"
_DEFAULT = "entry.default"
_FORMS = {1: {_DESCRIBED: FOLLOWED_OPTION, _DEFAULT: FOLLOWED_DEFAULT}, 2: {_DESCRIBED: FOLLOWED_TWICE}}
"""The forms by the number of mentions that a question follows, and by the form of the fact that answers it."""


def followed_facts(reading: Reading) -> Findings:
    """Return facts about the options that the descriptions of other options mention."""
    stated = _stated(reading)
    links = _links(reading, stated)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for num_links, forms in _FORMS.items():
        for chain in chains(links, num_links=num_links):
            start, end = chain[0].source, chain[-1].target
            if abs(start - end) < _MIN_DISTANCE_CHARS:
                unasked.append(_refuse(chain, stated))
                continue
            facts.extend(_facts(chain, forms, stated))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _stated(reading: Reading) -> Mapping[int, Sequence[StructuralFact]]:
    """Return the facts about options that a question can name by the option alone, by the start of their entry."""
    found: dict[int, list[StructuralFact]] = defaultdict(list)
    for fact in reading.findings_of("entry").facts:
        is_of_option = fact.form.name in (_DESCRIBED, _DEFAULT) and len(fact.spans) == 1
        if is_of_option and not dict(fact.slots).get("lead"):
            found[fact.spans[0].start].append(fact)
    return {start: facts for start, facts in found.items() if any(fact.form.name == _DESCRIBED for fact in facts)}


def _links(reading: Reading, stated: Mapping[int, Sequence[StructuralFact]]) -> dict[int, Link]:
    """Return a link from each option to the only other one that its description mentions, by the starts of entries."""
    names = {entry.start: _options(entry.value) for entry in reading.entries.every}
    counts = Counter(option for options in names.values() for option in options)
    entry_of = {option: start for start, options in names.items() for option in options if counts[option] == 1}
    found = {}
    for start, facts in stated.items():
        [span] = facts[0].spans
        mentioned = _options(reading.text[span.start : span.end]) - names.get(start, frozenset())
        targets = {entry_of.get(option, -1) for option in mentioned}
        if len(targets) == 1 and (target := targets.pop()) in stated and target != start:
            found[start] = Link(start, target, (span,))
    return found


def _options(text: str) -> Set[str]:
    return frozenset(_OPTION.findall(text))


def _facts(
    chain: Sequence[Link], forms: Mapping[str, Form], stated: Mapping[int, Sequence[StructuralFact]]
) -> Iterator[StructuralFact]:
    path = " → ".join(_name(stated[link.target]) for link in chain)
    spans = [span for link in chain for span in link.spans]
    for fact in stated[chain[-1].target]:
        if fact.form.name in forms:
            yield make_fact(
                form=forms[fact.form.name],
                slots={"term": _name(stated[chain[0].source])},
                answer=f"{path}: {fact.answer}",
                spans=[*spans, *fact.spans],
            )


def _name(facts: Sequence[StructuralFact]) -> str:
    return dict(facts[0].slots)["term"]


def _refuse(chain: Sequence[Link], stated: Mapping[int, Sequence[StructuralFact]]) -> Unasked:
    names = [_name(stated[at]) for at in (chain[0].source, chain[-1].target)]
    [span, *_] = chain[0].spans
    return not_asked(
        task=TASK.name,
        subject=names[0],
        reason="near_target",
        detail=f"{names[1]} is less than {_MIN_DISTANCE_CHARS} characters from {names[0]}",
        span=Span(span.start, span.end),
    )


TASK = StructuralTask(
    name="followed_entry",
    order=115,
    finds={"manual": followed_facts},
    forms=(FOLLOWED_OPTION, FOLLOWED_TWICE, FOLLOWED_DEFAULT),
    thresholds=thresholds_in(globals()),
)
