"""The task `followed_reference` asks what the provision says to which another provision refers.

A question names the referring provision, not the one it refers to. The answer names the latter and states a fact that
another task found there: its text, heading, a duty, a time limit or a sum. The referring provision must refer to
exactly one other provision of the document, by a number of certain meaning (the form `cross_reference.from`). With
three hops, the provision in the middle must do so too. Other questions start at a definition that only points to a
provision, such as `"Works" has the meaning given in Section 3.2`. Time is linear in the number of references and facts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.hops import Link, chains, only_links
from pipeline.synthesize.structural.citations import is_within
from pipeline.synthesize.structural.definitions import find_definitions
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import Outline, Provision, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, thresholds_in

_MIN_DISTANCE_CHARS = 400
"""The minimum number of characters between the two ends; a nearer target is in sight of the reference."""
_MAX_TEXT_CHARS = 1_200
"""The maximum length of a text to quote."""
_TEXT = "clause.text"
_TITLE = "clause.title"
_ASKED = (
    _TEXT,
    _TITLE,
    "duty.must",
    "duty.ban",
    "duty.may",
    "duty.penalty",
    "deadline.duty",
    "deadline.due",
    "deadline.only",
    "deadline.effective",
    "amount.named",
    "amount.only",
    "amount.share",
)
"""The forms of the facts that may answer a question about the last provision."""
_LEADS = {1: "", 2: "twice_"}
"""The beginning of a form's name by the number of references that it follows."""
FOLLOWED_TERM = Form(
    "followed_reference.term",
    {
        "en": (
            "to which provision does the definition of “{term}” point, and what does that provision say?",
            "the meaning of “{term}” is given in another provision. Which provision is it, and what does it say?",
        ),
        "ko": (
            "“{term}”의 정의는 어느 조항을 가리키며, 그 조항의 내용은 무엇입니까?",
            "“{term}”의 뜻은 다른 조항에서 정하고 있습니다. 그 조항은 무엇이며, 어떤 내용입니까?",
        ),
    },
    family=TaskFamily.MULTI_HOP,
)
_MAX_POINTER_CHARS = 20
"""The maximum length of the words after the reference in a meaning that only points to a provision."""
_QUOTES = "\"“”'‘’「」『』"
_INSIDE = frozenset({"deadline.duty", "deadline.due", "amount.named"})
"""The forms whose questions are so specific that the fact may be in a provision inside the one referred to."""


def _form(name: str, num_links: int) -> Form:
    """Return the form of the questions that such a fact answers; `questions` of each language has their wordings."""
    return Form(
        f"followed_reference.{_LEADS[num_links]}{name.replace('.', '_')}",
        {},
        family=TaskFamily.MULTI_HOP,
        preference=Preference.FILLING if name == _TITLE else Preference.FIRST,
    )


_FORMS = {(name, num_links): _form(name, num_links) for num_links in _LEADS for name in _ASKED}


def followed_facts(reading: Reading) -> Findings:
    """Return facts about the provisions at the other end of one reference, or of two in a row."""
    outline = reading.provisions
    links, unasked = _links(reading)
    stated = _stated(reading)
    facts: list[StructuralFact] = []
    for num_links in _LEADS:
        for chain in chains(links, num_links=num_links):
            source, last = outline.provisions[chain[0].source], outline.provisions[chain[-1].target]
            if abs(last.start - source.start) < _MIN_DISTANCE_CHARS:
                detail = f"{last.label} begins less than {_MIN_DISTANCE_CHARS} characters from {source.label}"
                unasked.append(_refuse(outline, chain[0], "near_target", detail))
                continue
            facts.extend(_facts(reading, chain, stated.get(chain[-1].target, ())))
    facts.extend(_terms(reading, stated))
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _links(reading: Reading) -> tuple[dict[int, Link], list[Unasked]]:
    """Return the link of each provision that certainly refers to one other provision and to the whole of it."""
    outline = reading.provisions
    by_label = {one.label: index for index, one in enumerate(outline.provisions)}
    in_part = _partial_mentions(reading)
    found: list[Link] = []
    unasked: list[Unasked] = []
    for fact in reading.findings_of("cross_reference").facts:
        if fact.form.name != "cross_reference.from":
            continue
        source, target = by_label[dict(fact.slots)["label"]], by_label.get(fact.answer, -1)
        if target < 0:
            continue  # several provisions, a range, or an item that the outline does not contain
        link = Link(source, target, fact.spans)
        if (source, target) in in_part:
            detail = f"{outline.provisions[source].label} refers to a part of {fact.answer} only"
            unasked.append(_refuse(outline, link, "part_of_provision", detail))
        elif outline.provisions[source].is_amended or outline.provisions[target].is_amended:
            detail = f"an amendment changes {outline.provisions[source].label} or {fact.answer}"
            unasked.append(_refuse(outline, link, "amended_provision", detail))
        elif fact.answer in outline.provisions[source].named or outline.provisions[target].doubt:
            continue
        elif _is_comment(outline.provisions[source], outline.provisions[target]):
            detail = f"{outline.provisions[source].label} comments on {fact.answer}, so its number tells the answer"
            unasked.append(_refuse(outline, link, "same_number", detail))
        else:
            found.append(link)
    return only_links(found), unasked


def _is_comment(source: Provision, target: Provision) -> bool:
    """Return whether two provisions of different parts have one number: § 1003.5, and the comment 1003.5 on it."""
    numbers = [re.findall(r"\d+", one.path) for one in (source, target)]
    return source.part != target.part and numbers[0][: len(numbers[1])] == numbers[1]


def _partial_mentions(reading: Reading) -> frozenset[tuple[int, int]]:
    """Return the source and target of each mention that a word such as 단서 limits to some sentences of the target."""
    rules = language_rules(reading.language).legal.references
    share = rules.share_behind if rules is not None else None
    if share is None:
        return frozenset()
    return frozenset(
        (one.source, one.target)
        for one in reading.references.resolved
        if share.match(reading.text, one.span.end) is not None
    )


def _stated(reading: Reading) -> Mapping[int, Sequence[StructuralFact]]:
    """Return the facts that answer a question about a provision, by its index; each asks something else about it."""
    outline = reading.provisions
    by_name = {one.named: index for index, one in enumerate(outline.provisions)}
    by_label = {one.label: index for index, one in enumerate(outline.provisions)}
    found: dict[int, list[StructuralFact]] = defaultdict(list)
    for task in sorted({name.partition(".")[0] for name in _ASKED}):
        for fact in reading.findings_of(task).facts:
            slots = dict(fact.slots)
            if fact.form.name not in _ASKED or slots.get("lead"):
                continue
            at = by_name.get(slots["clause"], -1) if "clause" in slots else by_label.get(slots.get("label", ""), -1)
            if at < 0:
                continue
            found[at].append(fact)
            above = outline.provisions[at].parent
            while above >= 0 and fact.form.name in _INSIDE and not outline.provisions[above].is_container:
                found[above].append(fact)
                above = outline.provisions[above].parent
    return {at: _different(facts) for at, facts in found.items()}


def _different(facts: Sequence[StructuralFact]) -> list[StructuralFact]:
    """Leave out facts that ask the same about a provision: a duty of one subject in two of its paragraphs."""
    counts = Counter(_asked(fact) for fact in facts)
    return [fact for fact in facts if counts[_asked(fact)] == 1]


def _asked(fact: StructuralFact) -> tuple[object, ...]:
    return fact.form.name, tuple(slot for slot in fact.slots if slot[0] != "clause")


def _facts(reading: Reading, chain: Sequence[Link], stated: Sequence[StructuralFact]) -> Iterator[StructuralFact]:
    outline = reading.provisions
    source = outline.provisions[chain[0].source]
    path = " → ".join(outline.provisions[link.target].label for link in chain)
    heads = label_spans(text=reading.text, outline=outline, index=chain[-1].target)
    ways = [span for link in chain for span in link.spans]
    for fact in stated:
        if len(fact.answer) > _MAX_TEXT_CHARS:
            continue
        if fact.form.name == _TITLE and one_line(fact.answer).casefold() in one_line(source.named).casefold():
            continue  # the question would show the heading that it asks for
        slots = {name: value for name, value in fact.slots if name not in ("label", "clause")}
        yield make_fact(
            form=_FORMS[fact.form.name, len(chain)],
            slots={"source": source.named, **slots, "clause": outline.provisions[chain[-1].target].named},
            answer=f"{path}: {fact.answer}",
            spans=_apart([*ways, *heads, *fact.spans]),
        )


def _terms(reading: Reading, stated: Mapping[int, Sequence[StructuralFact]]) -> Iterator[StructuralFact]:
    """Yield a fact about each term whose definition points to a provision that has the term in quotation marks.

    Any other definition of the term must be in that provision.
    """
    text, outline = reading.text, reading.provisions
    definitions = tuple(find_definitions(text=text, outline=outline, language=reading.language))
    for item in definitions:
        inside = [one for one in reading.references.resolved if item.whole.start <= one.span.start < item.whole.end]
        if len(inside) != 1 or not (item.is_pointer or _is_only_reference(item.meaning, inside[0].span)):
            continue
        others = [one for one in definitions if one is not item and one.term.casefold() == item.term.casefold()]
        body = outline.provisions[inside[0].target].body
        if not all(body.start <= one.whole.start < body.end for one in others):
            continue
        target = outline.provisions[inside[0].target]
        is_near = abs(target.start - item.whole.start) < _MIN_DISTANCE_CHARS
        is_same = is_within(outline, inside[0].source, inside[0].target)
        if inside[0].name != target.label or target.doubt or target.is_amended or is_near or is_same:
            continue
        if inside[0].source in reading.references.unclear_sources:
            continue
        for fact in stated.get(inside[0].target, ()):
            is_text = fact.form.name == _TEXT and len(fact.answer) <= _MAX_TEXT_CHARS
            if is_text and _is_quoted(one_line(item.term), one_line(fact.answer)):
                heads = label_spans(text=text, outline=outline, index=inside[0].target)
                yield make_fact(
                    form=FOLLOWED_TERM,
                    slots={"term": one_line(item.term), "clause": target.named},
                    answer=f"{target.label}: {fact.answer}",
                    spans=_apart([item.whole, *heads, *fact.spans]),
                )


def _is_only_reference(meaning: Span, reference: Span) -> bool:
    """Return whether a meaning begins with a reference, and only a few words follow it."""
    return reference.start <= meaning.start < reference.end and meaning.end - reference.end <= _MAX_POINTER_CHARS


def _is_quoted(term: str, text: str) -> bool:
    return re.search(rf"[{_QUOTES}]{re.escape(term)}[{_QUOTES}]", text) is not None


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Join spans that overlap."""
    joined: list[Span] = []
    for span in sorted(set(spans)):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _refuse(outline: Outline, link: Link, reason: str, detail: str) -> Unasked:
    source = outline.provisions[link.source]
    return not_asked(
        task=TASK.name,
        subject=source.label,
        reason=reason,
        detail=detail,
        span=Span(source.start, max(source.start + 1, source.body.end)),
    )


TASK = StructuralTask(
    name="followed_reference",
    order=85,
    finds={"legal": followed_facts},
    forms=(*_FORMS.values(), FOLLOWED_TERM),
    thresholds=thresholds_in(globals()),
)
