"""Who refers to whom: references between numbered provisions, resolved to the provision they mean.

Comes in: text and its `Outline`; goes out: `References`, facts of the task `cross_reference`, and which provisions a
later amendment changes. References to other laws and documents are recognised and left out. A provision whose mentions
cannot all be told apart from other numbers is refused, because a list of them might not be complete. Linear.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, any_of, language_rules, together
from pipeline.languages.legal_rules import ArticleReferences, SectionReferences
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import sentences
from pipeline.synthesize.structural.provisions import Doubt, Outline, PartKind, Provision, label_spans, part_heading

_CHANGE = re.compile(any_of(lambda rules: rules.legal.changes))
_FAMILIES = together(lambda rules: rules.legal.families)
_PARAGRAPH_NOUNS = together(lambda rules: rules.legal.paragraph_nouns)
_DOTTED = re.compile(r"(?<![\d.])\d{1,5}(?:\.\d{1,4}){1,3}(?![\d]|\.\d)")
_CONTENTS_LEAD = re.compile(rf"[ \t*•|#-]*(?:§+|{any_of(lambda rules: rules.legal.contents_lead)})?[ \t]*")
_MAX_LISTED = 12
_MAX_QUOTE_CHARS = 700


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of a provision by its number."""

    source: int
    """Index of the innermost provision that holds the mention, -1 outside all."""
    target: int
    span: Span


@dataclass(frozen=True, slots=True)
class References:
    """All resolved references, and the provisions about whose mentions there is doubt."""

    resolved: tuple[Reference, ...]
    unclear: frozenset[int]


def amended_provisions(*, text: str, outline: Outline, references: References) -> frozenset[int]:
    """Provisions of the main part that a line of an amendment names together with a word of change."""
    found = set()
    for reference in references.resolved:
        part = outline.part_at(reference.span.start)
        line_start = text.rfind("\n", 0, reference.span.start) + 1
        line_end = text.find("\n", reference.span.end)
        if (
            outline.parts[part].kind is PartKind.AMENDMENT
            and outline.provisions[reference.target].part != part
            and _CHANGE.search(text, line_start, line_end if line_end >= 0 else len(text))
        ):
            found.add(reference.target)
    return frozenset(found)


def find_references(*, text: str, outline: Outline, language: Language) -> References:
    """References between the provisions of an outline, in order of their position."""
    index = _Index(outline)
    own_numbers = _own_numbers(text, outline)
    resolved: list[Reference] = []
    unclear: set[int] = set()
    explained: set[int] = set()
    for mention in _mentions(text, outline, index, own_numbers, language):
        explained.update(range(mention.span.start, mention.span.end))
        unclear.update(mention.unclear)
        source = outline.at(mention.span.start)
        resolved.extend(Reference(source=source, target=target, span=mention.span) for target in mention.targets)
    for match in _DOTTED.finditer(text):
        if match.start() in explained or match.start() in own_numbers:
            continue
        if _is_contents_entry(text, outline, match.start()):
            continue
        holder = index.any_part(match.group())
        if holder >= 0:
            unclear.add(holder)
    return References(resolved=tuple(resolved), unclear=frozenset(unclear))


def reference_facts(*, text: str, outline: Outline, references: References, language: Language) -> Findings:
    """Facts of the task `cross_reference`."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    places = _places(outline, language)
    by_target: dict[int, list[Reference]] = defaultdict(list)
    by_source: dict[int, list[Reference]] = defaultdict(list)
    for reference in references.resolved:
        target = outline.provisions[reference.target]
        article = target.parent if target.noun in _PARAGRAPH_NOUNS else reference.target
        if not _is_within(outline, reference.source, article):
            by_target[article].append(reference)
        if reference.source >= 0 and not _is_within(outline, reference.source, reference.target):
            by_source[reference.source].append(reference)
    for mentioned, mentions in sorted(by_target.items()):
        provision = outline.provisions[mentioned]
        names = [_source_name(outline, mention, language) for mention in mentions]
        problem = _problem(provision, mentioned in references.unclear, names)
        if problem:
            refusals.append(_refuse(provision, *problem))
            continue
        facts.append(
            make_fact(
                form=QuestionForm.REFERENCE_TO,
                slots={"label": provision.label, "places": places},
                answer=join_names(list(dict.fromkeys(names)), language),
                spans=[span for mention in mentions for span in _evidence(text, outline, mention)],
            )
        )
    for source, mentions in sorted(by_source.items()):
        provision = outline.provisions[source]
        targets = [outline.provisions[mention.target].label for mention in mentions]
        if provision.doubt or any(outline.provisions[at].doubt is Doubt.SAME_LABEL for at in _targets_of(mentions)):
            continue
        facts.append(
            make_fact(
                form=QuestionForm.REFERENCE_FROM,
                slots={"label": provision.label, "places": places},
                answer=join_names(list(dict.fromkeys(targets)), language),
                spans=[span for mention in mentions for span in _evidence(text, outline, mention)],
            )
        )
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _targets_of(mentions: Sequence[Reference]) -> list[int]:
    return [mention.target for mention in mentions]


def _places(outline: Outline, language: Language) -> str:
    """What the provisions of this document are called together."""
    first = outline.provisions[0].label if outline.provisions else ""
    rules = language_rules(language)
    return rules.frames.sections if rules.manual.section.is_label(first) else rules.frames.provisions


def join_names(names: Sequence[str], language: Language) -> str:
    """A list as it is written in running text."""
    return language_rules(language).join_names(names)


def _own_numbers(text: str, outline: Outline) -> set[int]:
    """Offsets at which a provision states its own number: its start, and the digits behind `Section` or `제`."""
    offsets = set()
    for provision in outline.provisions:
        offsets.add(provision.start)
        digits = text.find(provision.key.partition("의")[0].partition("/")[0], provision.start, provision.body.start)
        if digits >= 0:
            offsets.add(digits)
    return offsets


def _is_contents_entry(text: str, outline: Outline, position: int) -> bool:
    """Whether a number opens a line outside every provision: an entry of the table of contents, no reference."""
    line_start = text.rfind("\n", 0, position) + 1
    return _CONTENTS_LEAD.fullmatch(text, line_start, position) is not None and outline.at(position) < 0


@dataclass(frozen=True, slots=True)
class _Mention:
    span: Span
    targets: tuple[int, ...]
    unclear: tuple[int, ...]


class _Index:
    """Provisions by part, family of noun and number."""

    def __init__(self, outline: Outline) -> None:
        self._by_number: dict[tuple[int, str, str], int] = {}
        self._any: dict[str, int] = {}
        for position, provision in enumerate(outline.provisions):
            self._by_number.setdefault((provision.part, _family(provision.noun), provision.key), position)
            self._any.setdefault(provision.key, position)
        self._families = {_family(provision.noun) for provision in outline.provisions}
        self._titles = {part.title.lower(): number for number, part in enumerate(outline.parts) if part.title}

    def find(self, part: int, noun: str, number: str) -> int:
        """The provision a noun and a number mean; `paragraph 3` is also what an item of a schedule is called."""
        family = _family(noun)
        found = self._by_number.get((part, family, number), -1)
        return (
            self._by_number.get((part, "section", number), -1)
            if found < 0 and family == "paragraph" and part
            else found
        )

    def has_noun(self, noun: str) -> bool:
        """Whether the document has provisions of this kind at all; a judgment that cites clauses has none."""
        return _family(noun) in self._families

    def any_part(self, number: str) -> int:
        return self._any.get(number, -1)

    def part_named(self, name: str) -> int:
        """The part that a name such as `First Amendment` begins, -1 where none does."""
        wanted = name.lower()
        for title, number in self._titles.items():
            if title.startswith(wanted) or wanted.startswith(title):
                return number
        return -1


def _family(noun: str) -> str:
    lower = noun.lower().rstrip("s")
    return lower if lower in _FAMILIES else "section"


def _mentions(text: str, outline: Outline, index: _Index, own: set[int], language: Language) -> Iterator[_Mention]:
    match language_rules(language).legal.references:
        case SectionReferences() as rules:
            yield from _section_mentions(text, outline, index, own, rules)
        case ArticleReferences() as rules:
            yield from _article_mentions(text, outline, index, own, rules)


def _section_mentions(
    text: str, outline: Outline, index: _Index, own: set[int], rules: SectionReferences
) -> Iterator[_Mention]:
    for match in rules.mention.finditer(text):
        if match.start() in own or match.start("list") in own or _is_contents_entry(text, outline, match.start()):
            continue
        numbers = match["list"] or match["signed"]
        noun = match["noun"] or "§"
        if noun.lower() in rules.bare_nouns and "." not in numbers:
            continue
        here_part = outline.part_at(match.start())
        span = Span(match.start(), match.end())
        part = _part_meant(text, span, noun, here_part, index, rules)
        if part is None:
            yield _Mention(span=span, targets=(), unclear=())
            continue
        targets, unclear = _targets(numbers, noun, part, index, outline, rules)
        yield _Mention(span=span, targets=targets, unclear=unclear)


def _part_meant(
    text: str, span: Span, noun: str, here_part: int, index: _Index, rules: SectionReferences
) -> int | None:
    """The part whose numbering a reference uses; None where it names another law or document."""
    if rules.foreign_before.search(text, max(0, span.start - 24), span.start):
        return None
    after = rules.elsewhere.match(text, span.end)
    if after is not None:
        part = index.part_named(after["name"])
        if part >= 0:
            return part
        return 0 if rules.own_document.search(after["name"]) else None
    return here_part if noun.lower().rstrip("s") in rules.item_nouns else 0


def _targets(
    numbers: str, noun: str, part: int, index: _Index, outline: Outline, rules: SectionReferences
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    targets: list[int] = []
    unclear: list[int] = []
    for one in rules.one.finditer(numbers):
        number = one["num"].partition("(")[0]
        target = index.find(part, noun, number)
        if target < 0 and number.isalpha():
            continue
        is_range = (one["joint"] or "").strip() in rules.range_joints
        if is_range and targets and target >= 0:
            between = range(targets[-1] + 1, target)
            targets.extend(at for at in between if outline.provisions[at].noun == outline.provisions[target].noun)
        if target >= 0:
            targets.append(target)
        elif index.has_noun(noun):
            unclear.extend(at for at in (index.any_part(number),) if at >= 0)
    return tuple(targets), tuple(unclear)


def _article_mentions(
    text: str, outline: Outline, index: _Index, own: set[int], rules: ArticleReferences
) -> Iterator[_Mention]:
    previous_end = -1
    previous_part: int | None = 0
    for match in rules.mention.finditer(text):
        if match.start() in own or _is_contents_entry(text, outline, match.start()):
            continue
        span = Span(match.start(), match.end())
        key = match["num"] + (f"{rules.branch_mark}{match['branch']}" if match["branch"] else "")
        before = text[max(0, span.start - 100) : span.start]
        is_continued = 0 <= span.start - previous_end <= 6 and rules.continued.search(text, previous_end, span.start)
        here_part = outline.part_at(span.start)
        kind = outline.parts[here_part].kind
        part: int | None
        if is_continued:
            part = previous_part
        elif rules.original_before.search(before):
            part = 0
        elif rules.foreign_before.search(before):
            part = -1
        elif kind is PartKind.AMENDMENT:
            part = None
        else:
            part = (
                0
                if kind is PartKind.MAIN or not outline.parts[here_part].title.startswith(rules.supplement)
                else here_part
            )
        previous_end, previous_part = span.end, part
        if part is None:
            own_key, main_key = index.find(here_part, rules.article_noun, key), index.find(0, rules.article_noun, key)
            if own_key >= 0 and main_key >= 0:
                yield _Mention(span=span, targets=(), unclear=(main_key, own_key))
                continue
            part = 0
        target = index.find(part, rules.article_noun, key) if part >= 0 else -1
        if target >= 0 and match["paragraph"]:
            finer = index.find(part, rules.paragraph_noun, f"{key}/{match['paragraph']}")
            target = finer if finer >= 0 else target
        yield _Mention(span=span, targets=(target,) if target >= 0 else (), unclear=())
    for match in rules.section.finditer(text):
        target = index.find(0, "Section", match["num"])
        if match.start() not in own and target >= 0:
            span = Span(match.start(), match.end())
            yield _Mention(span=span, targets=(target,), unclear=())


def _source_name(outline: Outline, mention: Reference, language: Language) -> str:
    """How the answer names the place of a mention; empty where it has no name."""
    if mention.source >= 0:
        source = outline.provisions[mention.source]
        return "" if source.doubt else source.label
    if outline.provisions and mention.span.start < outline.provisions[0].start:
        return language_rules(language).frames.opening_text
    return outline.parts[outline.part_at(mention.span.start)].title


def _problem(provision: Provision, is_unclear: bool, names: Sequence[str]) -> tuple[str, str] | None:
    if provision.doubt is Doubt.SAME_LABEL:
        return provision.doubt.value, provision.doubt_detail
    if is_unclear:
        return "unclear_mention", f"the number of {provision.label} also occurs where it may mean something else"
    if not all(names):
        return "unnamed_place", f"a place that refers to {provision.label} has no number of its own"
    if len(set(names)) > _MAX_LISTED:
        return "list_too_long", f"{len(set(names))} places refer to {provision.label}; the limit is {_MAX_LISTED}"
    return None


def _refuse(provision: Provision, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.CROSS_REFERENCE,
        subject=provision.label,
        reason=reason,
        detail=detail,
        span=Span(provision.start, provision.body.end),
    )


def _is_within(outline: Outline, source: int, target: int) -> bool:
    while source >= 0:
        if source == target:
            return True
        source = outline.provisions[source].parent
    return False


def _evidence(text: str, outline: Outline, mention: Reference) -> list[Span]:
    """The sentence of a mention, and the number of the provision it stands in."""
    low, high = 0, len(text)
    spans: list[Span] = []
    if mention.source >= 0:
        source = outline.provisions[mention.source]
        low, high = source.start, source.body.end
        spans = label_spans(text=text, outline=outline, index=mention.source)
    else:
        part = outline.part_at(mention.span.start)
        spans = [part_heading(text=text, part=outline.parts[part])] if part else []
    low = max(low, mention.span.start - _MAX_QUOTE_CHARS)
    high = min(high, mention.span.end + _MAX_QUOTE_CHARS)
    for sentence in sentences(text, low, high):
        if sentence.start <= mention.span.start < sentence.end:
            if spans and sentence.start < spans[0].end:
                return [*spans[1:], Span(min(sentence.start, spans[0].start), sentence.end)]
            return [*spans, sentence]
    return [*spans, mention.span]
