"""The task `cross_reference` asks which provisions mention a given one by number, and which ones a provision mentions.

The rules of a language find mentions, such as `Section 4.1` or `제3조`, and `structural.resolving` finds the provision
that each number means. Further questions ask which provisions of other laws a provision cites. If it is uncertain what
a number means, no question is asked whose answer might include the mention. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set

from pipeline.languages import Language, language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.structural.annexed import AnnexedParts
from pipeline.synthesize.structural.citations import Citation, Reference, References, is_within, outermost
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, sentences
from pipeline.synthesize.structural.provisions import Doubt, Outline, Provision, label_spans, part_heading
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.resolving import find_references
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

REFERENCE_TO = Form(
    "cross_reference.to",
    {
        "en": (
            "which other {places} of this document refer to {label} by number?",
            "where else in the document is {label} referred to by its number? List all the places.",
        ),
        "ko": (
            "이 문서의 다른 {places} 가운데 {label:을} 번호로 언급하는 것을 모두 적어 주십시오.",
            "이 문서에서 {label:을} 번호로 언급하는 {places:은} 어디입니까? 모두 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.RANGES, Trait.ALL_PLACES}),
)
REFERENCE_FROM = Form(
    "cross_reference.from",
    {
        "en": (
            "to which other {places} of this document does {label} refer by number?",
            "which other {places} of this document does {label} mention by number?",
        ),
        "ko": (
            "{label:은} 이 문서의 다른 어떤 {places:을} 번호로 언급합니까?",
            "{label}에서 번호로 언급하는 이 문서의 다른 {places:을} 모두 적어 주십시오.",
        ),
    },
    traits=frozenset({Trait.RANGES, Trait.ALL_TARGETS}),
)
REFERENCE_LAW = Form(
    "cross_reference.law",
    {
        "en": (
            "which provisions of other laws does {label} cite?",
            "to which provisions of other laws does {label} refer? List them as they are written.",
        ),
        "ko": (
            "{label}에서 인용하는 다른 법령의 조항을 모두 적어 주십시오.",
            "{label:은} 다른 법령의 어느 조항을 언급합니까? 적힌 대로 모두 답해 주십시오.",
        ),
    },
    traits=frozenset({Trait.RANGES}),
)
_NUMBER = re.compile(r"\d+")
_MAX_LISTED = 12
_MAX_QUOTE_CHARS = 700
_MAX_PART_CHARS = 3_000
"""Maximum length of a part or chapter that an answer may name as the place of a mention; a longer one is too vague."""
_CUT_OFF = re.compile(r"[^\s,.;)]{0,3}\s?(?:…|\.{3})")
"""What follows a citation that the document abbreviates: the end of `제15조제1…`."""


def provision_facts(reading: Reading) -> Findings:
    """Return facts about the references between the provisions of a legal text."""
    return _findings(reading.text, reading.provisions, reading.references, reading.language)


def section_facts(reading: Reading) -> Findings:
    """Return facts about the references between the numbered sections of a manual."""
    text, outline, language = reading.text, reading.numbered_sections, reading.language
    references = find_references(text=text, outline=outline, language=language)
    return _findings(text, outline, references, language)


def _findings(text: str, outline: Outline, references: References, language: Language) -> Findings:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    places = _places(outline, language)
    annexed = AnnexedParts(text=text, outline=outline, language=language)
    numbered = frozenset(provision.part for provision in outline.provisions)
    by_longer_number = _mentioned_by_longer_number(outline, references)
    by_target: dict[int, list[Reference]] = defaultdict(list)
    by_source: dict[int, list[Reference]] = defaultdict(list)
    mentions_container: set[int] = set()
    for reference in references.resolved:
        outer = outermost(outline, reference.target)
        for target in {reference.target, outer} if outer != reference.target else {outer}:
            if not is_within(outline, reference.source, outer) and target == outer:
                by_target[outer].append(reference)
        if reference.source >= 0 and not is_within(outline, reference.source, reference.target):
            by_source[reference.source].append(reference)
        elif reference.source >= 0 and reference.source != reference.target:
            mentions_container.add(reference.source)
    for mentioned, mentions in sorted(by_target.items()):
        provision = outline.provisions[mentioned]
        names = [_source_name(outline, mention, annexed, numbered) for mention in mentions]
        problem = _problem(provision, mentioned in references.unclear, names)
        if not problem and mentioned in by_longer_number:
            problem = "inner_mention", f"a provision inside {provision.label} is mentioned by a longer number"
        if problem:
            unasked.append(_refuse(provision, *problem))
            continue
        facts.append(
            make_fact(
                form=REFERENCE_TO,
                slots={"label": provision.label, "places": places},
                answer=language_rules(language).join_names(list(dict.fromkeys(names))),
                spans=[span for mention in mentions for span in _evidence(text, outline, mention)],
            )
        )
    for source, mentions in sorted(by_source.items()):
        provision = outline.provisions[source]
        if provision.doubt or any(outline.provisions[one.target].doubt is Doubt.SAME_LABEL for one in mentions):
            continue
        if not provision.is_leaf:
            continue
        problem = _source_problem(
            provision, source in mentions_container, source in references.unclear_sources, annexed
        )
        if problem:
            unasked.append(_refuse(provision, *problem))
            continue
        facts.append(
            make_fact(
                form=REFERENCE_FROM,
                slots={"label": provision.label, "places": places},
                answer=language_rules(language).join_names(list(dict.fromkeys(mention.name for mention in mentions))),
                spans=[span for mention in mentions for span in _evidence(text, outline, mention)],
            )
        )
    facts += _law_facts(text, outline, references, language)
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _mentioned_by_longer_number(outline: Outline, references: References) -> frozenset[int]:
    """Return the provisions whose number is the beginning of a longer mentioned number: 4, if 4.2 is mentioned.

    Such a provision contains the mentioned provision, but not the mention.
    """
    found = set()
    for reference in references.resolved:
        target = outermost(outline, reference.target)
        numbers = _NUMBER.findall(outline.provisions[target].path)
        at = outline.provisions[target].parent
        while at >= 0:
            own = _NUMBER.findall(outline.provisions[at].path)
            if numbers[: len(own)] == own and not is_within(outline, reference.source, at):
                found.add(at)
            at = outline.provisions[at].parent
    return frozenset(found)


def _law_facts(text: str, outline: Outline, references: References, language: Language) -> Iterator[StructuralFact]:
    """Yield facts about the provisions of other laws that a provision cites, if all are certain and unabridged."""
    rules = language_rules(language).legal.references
    share = rules.share_behind if rules is not None else None
    by_source: dict[int, list[Citation]] = defaultdict(list)
    for citation in references.foreign:
        by_source[citation.source].append(citation)
    for source, citations in sorted(by_source.items()):
        provision = outline.provisions[source] if source >= 0 else None
        if provision is None or provision.doubt or not provision.is_leaf or source in references.unclear_sources:
            continue
        spans = [citation.span for citation in citations]
        if any(_CUT_OFF.match(text, span.end) or (share and share.match(text, span.end)) for span in spans):
            continue
        names = [one_line(text[one.span.start : one.span.end]) for one in _without_repeats(citations)]
        if len(names) <= _MAX_LISTED:
            heads = label_spans(text=text, outline=outline, index=source)
            yield make_fact(
                form=REFERENCE_LAW,
                slots={"label": provision.label},
                answer=language_rules(language).join_names(names),
                spans=[*heads, *(_sentence(text, span, provision.start, provision.body.end) for span in spans)],
            )


def _without_repeats(citations: Sequence[Citation]) -> list[Citation]:
    """Leave out citations whose provisions another citation also lists; keep the first of several equal ones."""
    kept: list[Citation] = []
    for citation in citations:
        if any(citation.cited <= other.cited for other in kept):
            continue
        kept = [other for other in kept if not other.cited <= citation.cited]
        kept.append(citation)
    return kept


def _places(outline: Outline, language: Language) -> str:
    """Return the plural noun that questions use for this document's provisions."""
    first = next((one.label for one in outline.provisions if not one.is_container), "")
    rules = language_rules(language)
    return rules.frames.sections if rules.manual.section.is_label(first) else rules.frames.provisions


def _source_name(outline: Outline, mention: Reference, annexed: AnnexedParts, numbered: Set[int]) -> str:
    """Return the name of the place of a mention for the answer; empty if the place cannot be named.

    `numbered` holds the indices of the parts that have provisions of their own.
    """
    if mention.source >= 0:
        source = outline.provisions[mention.source]
        is_other = annexed.opens_unknown(source.start, mention.span.start)
        is_vague = source.is_container and source.body.end - source.start > _MAX_PART_CHARS
        return "" if source.doubt or is_other or is_vague else source.label
    at = outline.part_at(mention.span.start)
    part = outline.parts[at]
    if annexed.opens_unknown(part.start, mention.span.start):
        return ""
    if outline.provisions and mention.span.start < outline.provisions[0].start:
        return ""
    stop = outline.parts[at + 1].start if at + 1 < len(outline.parts) else mention.span.end
    if at in numbered or stop - part.start > _MAX_PART_CHARS:
        return ""  # the name of a part with provisions, or of a long part, does not say where the mention is
    return part.name


def _problem(provision: Provision, is_unclear: bool, names: Sequence[str]) -> tuple[str, str] | None:
    if provision.doubt is Doubt.SAME_LABEL:
        return provision.doubt.value, provision.doubt_detail
    if is_unclear:
        return "unclear_mention", f"the number of {provision.label} also occurs where it may mean something else"
    if not all(names):
        return "unnamed_place", f"a place that refers to {provision.label} cannot be named"
    if len(set(names)) > _MAX_LISTED:
        return "list_too_long", f"{len(set(names))} places refer to {provision.label}; the limit is {_MAX_LISTED}"
    return None


def _source_problem(
    provision: Provision, mentions_container: bool, is_unclear: bool, annexed: AnnexedParts
) -> tuple[str, str] | None:
    """Return why the list of provisions that a provision mentions may be incomplete; None if it is complete."""
    label = provision.label
    if mentions_container:
        return "own_number", f"{label} mentions the number of the provision that contains it"
    if is_unclear:
        return "unclear_mention", f"{label} mentions a number whose meaning is unclear"
    if annexed.are_mentioned(provision.start, provision.body.end):
        return "part_mentioned", f"{label} mentions an annexed part, which a list of provisions would leave out"
    if annexed.opens_unknown(provision.start, provision.body.end):
        return "unknown_part", f"{label} contains the heading of a different part"
    return None


def _refuse(provision: Provision, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=provision.label,
        reason=reason,
        detail=detail,
        span=Span(provision.start, max(provision.start + 1, provision.body.end)),
    )


def _evidence(text: str, outline: Outline, mention: Reference) -> list[Span]:
    """Return the spans of the sentence with a mention and of the label or heading above the mention."""
    low, high = 0, len(text)
    spans: list[Span] = []
    if mention.source >= 0:
        source = outline.provisions[mention.source]
        low, high = source.start, source.body.end
        spans = label_spans(text=text, outline=outline, index=mention.source)
    else:
        part = outline.part_at(mention.span.start)
        spans = [part_heading(text=text, part=outline.parts[part])] if part else []
    sentence = _sentence(text, mention.span, low, high)
    if spans and spans[0].start <= sentence.start < spans[0].end:
        return [*spans[1:], Span(min(sentence.start, spans[0].start), max(sentence.end, spans[0].end))]
    return [*spans, sentence]


def _sentence(text: str, span: Span, low: int, high: int) -> Span:
    """Return the span of the sentence in which a mention begins; the mention itself if no sentence is found."""
    low = max(low, span.start - _MAX_QUOTE_CHARS)
    high = min(high, span.end + _MAX_QUOTE_CHARS)
    for sentence in sentences(text, low, high):
        if sentence.start <= span.start < sentence.end:
            return Span(sentence.start, max(sentence.end, span.end))
    return span


TASK = StructuralTask(
    name="cross_reference",
    order=80,
    finds={"legal": provision_facts, "manual": section_facts},
    forms=(REFERENCE_TO, REFERENCE_FROM, REFERENCE_LAW),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.provisions, rules.frames.sections),
)
