"""Facts of the task `entry`: what an option does, what a term or an error code means, which default an option has.

Comes in: a `Manual`; goes out: `Findings`. A term that two entries share is asked about with its section, and refused
where that does not tell them apart. Linear.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from pipeline.config.build import StructuralTask
from pipeline.documents.grammar.manual.entries import CODE, OPTION, QUESTION
from pipeline.documents.grammar.note_words import note_words
from pipeline.languages import all_rules, any_of, language_rules
from pipeline.languages.heading_rules import has_predicate
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual

_MIN_WIDTH = 12
_MAX_FIELD_CHARS = 60
_MAX_CHARS = 1200
_MIN_LISTED = 3
_MAX_LISTED = 15
_MAX_LISTED_CHARS = 60
_MAX_WORDS = 6
"""Of a term that is looked for in headings."""
_VALUE = (
    r"(?P<value>``[^`\n]{1,60}``|`[^`\n]{1,60}`|\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|\*\*[^*\n]{1,60}\*\*|\*[^*\n]{1,60}\*"
    r"|\d[\d.,]{0,12}(?<![.,])(?: ?[^\W\d_]{1,12}|%)?|[A-Za-z0-9_/.-][\w./=:%+-]{0,39}?(?<![.,:]))"
)
_NUMBER = re.compile(
    r"[\d.,\s#-]+$|(?=\d[^\n]*[,&\s]\d)(?:[\d.,\s#&/§()+;–-]|(?<![^\W\d_])[^\W\d_]{1,3}(?![^\W\d_]))+$"
)
"""A number, or several: the sections that a list of changes is about."""
_NUMBERED = re.compile(r"[^\W\d_] \d{1,3}(?:\.\d{1,3})* [^\W\d_]|^[a-z]+ \d{1,3}(?:\.\d{1,3})+$")
"""A section of another document with its number and its title."""
_QUOTES = "'\"`"
_WORDY = re.compile(r"\s[a-z]{2,}\s(?:[a-z]{2,}\s?)+")
"""Words behind an option: a way to use it, with a name of its own."""
_NEGATED = re.compile(r"--no-")
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n")


def entry_facts(*, manual: Manual) -> Findings:
    """Facts about the entries of a manual."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    titles = frozenset(section.title.casefold() for section in manual.sections if section.title)
    all_entries = manual.of_kind(NodeKind.ENTRY)
    entries = [
        entry
        for entry in all_entries
        if not _is_aside(entry)
        and (not _NUMBER.match(entry.label) or _is_about_codes(manual.section_of(entry).title))
        and not _NUMBERED.search(entry.label)
        and not announcing().search(entry.label)
        and not (entry.label[0] in _QUOTES and entry.label.count(entry.label[0]) == 1)
        and not _is_contents(manual, entry, titles)
    ]
    counts = Counter(_key(entry) for entry in entries)
    per_section = Counter((manual.section_of(entry).start, _key(entry)) for entry in entries)
    headings = _Headings(manual)
    for entry in entries:
        section = manual.section_of(entry)
        is_alone = counts[_key(entry)] == 1
        if not is_alone and (not section.name or per_section[section.start, _key(entry)] > 1):
            refusals.append(_refuse(entry, "duplicate_term", f"{entry.label!r} has {counts[_key(entry)]} entries"))
            continue
        meaning = manual.block(entry.body, entry.end)
        if entry.sort == QUESTION:
            facts.extend(_answers(entry, meaning))
            continue
        is_plain = _form(entry, section.title) is QuestionForm.ENTRY_TERM
        slots = {"lead": _lead(manual, section.name, is_needed=not is_alone or is_plain)}
        slots["term"] = ", ".join(entry.value.split("\n"))
        span = Span(entry.start, entry.end)
        form = _form(entry, section.title)
        if is_plain and headings.have_more(entry.label, section, is_led=bool(slots["lead"])):
            refusals.append(_refuse(entry, "described_elsewhere", f"a section is about {entry.label!r}"))
            continue
        if form is QuestionForm.ENTRY_TERM and len(meaning) <= _MAX_FIELD_CHARS and not _is_sentence(meaning):
            form = QuestionForm.ENTRY_FIELD
        if needs_example().search(meaning) or meaning.endswith(",") or not any(map(str.isalnum, meaning)):
            continue
        if form is QuestionForm.ENTRY_FIELD and not slots["lead"]:
            continue
        least = 1 if form is QuestionForm.ENTRY_FIELD else _MIN_WIDTH
        if least <= shown_width(meaning) and len(meaning) <= _MAX_CHARS and not meaning.endswith((":", "：")):
            facts.append(make_fact(form=form, slots=slots, answer=meaning, spans=[span]))
        default = _default(meaning)
        if default and (entry.sort == OPTION or " " not in entry.label):
            facts.append(make_fact(form=QuestionForm.ENTRY_DEFAULT, slots=slots, answer=default, spans=[span]))
    asked = {entry.start for entry in entries}
    broken = {entry.numbering for entry in all_entries if entry.start not in asked}
    facts.extend(_listed(manual, [entry for entry in entries if entry.numbering not in broken]))
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _answers(entry: Node, meaning: str) -> list[StructuralFact]:
    if shown_width(meaning) < _MIN_WIDTH or len(meaning) > _MAX_CHARS:
        return []
    slots = {"question": entry.label}
    spans = [Span(entry.start, entry.end)]
    return [make_fact(form=QuestionForm.PASSAGE_ANSWER, slots=slots, answer=meaning, spans=spans)]


def _listed(manual: Manual, entries: Sequence[Node]) -> list[StructuralFact]:
    """Which entries a section has, where they are one list."""
    lists: dict[str, list[Node]] = defaultdict(list)
    for entry in entries:
        lists[entry.numbering].append(entry)
    starts = sorted(listed[0].start for listed in lists.values())
    facts = []
    for listed in lists.values():
        section = manual.section_of(listed[0])
        names = [", ".join(entry.value.split("\n")) for entry in listed]
        if not section.name or section.num_within(starts) > 1 or not _MIN_LISTED <= len(listed) <= _MAX_LISTED:
            continue
        if (
            any(len(name) > _MAX_LISTED_CHARS or ": " in name for name in names)
            or manual.section_of(listed[-1]) != section
        ):
            continue
        if any(entry.sort == QUESTION for entry in listed) or len(set(names)) < len(names):
            continue
        is_options = all(entry.sort == OPTION for entry in listed)
        facts.append(
            make_fact(
                form=QuestionForm.ENTRY_OPTIONS if is_options else QuestionForm.ENTRY_ALL,
                slots={"title": section.name},
                answer="\n".join(names),
                spans=[Span(entry.start, entry.body) for entry in listed],
            )
        )
    return facts


def _default(meaning: str) -> str:
    """The one default that an entry states without a condition; empty where it does not."""
    found: set[str] = set()
    for sentence in _SENTENCE.split(" ".join(meaning.split())):
        matches = [match for pattern in _default_patterns() if (match := pattern.search(sentence))]
        if not matches:
            continue
        if _condition().search(sentence):
            return ""
        found.update(match["value"].strip('`"“”*') for match in matches)
    return found.pop() if len(found) == 1 else ""


def _lead(manual: Manual, name: str, *, is_needed: bool) -> str:
    return language_rules(manual.language).manual.under.format(name=name) if name and is_needed else ""


def _is_sentence(meaning: str) -> bool:
    return meaning.rstrip().endswith((".", "!", "?", "。")) or has_predicate(meaning) or "\n" in meaning


def _is_contents(manual: Manual, entry: Node, titles: frozenset[str]) -> bool:
    """Whether an entry is part of a list of contents: all lines of its meaning are headings of the document."""
    lines = [line.strip(" :*-\t") for line in manual.text[entry.body : entry.end].split("\n")]
    given = [line for line in lines if line]
    return bool(given) and all(" ".join(line.split()).casefold() in titles for line in given)


class _Headings:
    """The words of the headings of a manual."""

    def __init__(self, manual: Manual) -> None:
        self._starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for section in manual.sections:
            words = _words(section.title)
            for first in range(len(words)):
                for last in range(first + 1, min(len(words), first + _MAX_WORDS) + 1):
                    self._starts[words[first:last]].append(section.start)

    def have_more(self, term: str, section: NamedSection, *, is_led: bool) -> bool:
        """Whether another section is about a term, so that its entry is not all that the document says of it.

        Args:
            term: the name of an entry.
            section: around it.
            is_led: whether the question names that section; then only those below it count.
        """
        starts = self._starts.get(_words(term), ())
        return any(section.start < start < section.whole_end if is_led else start != section.start for start in starts)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def _form(entry: Node, title: str) -> QuestionForm:
    names = entry.value.split("\n")
    is_one = sum(name.startswith("--") for name in names) <= 1 and not any(map(_NEGATED.match, names[1:]))
    if entry.sort == OPTION and not _WORDY.search(entry.label) and is_one:
        return QuestionForm.ENTRY_OPTION
    if entry.sort == CODE and _is_about_codes(title):
        return QuestionForm.ENTRY_CODE
    return QuestionForm.ENTRY_TERM


def _is_about_codes(title: str) -> bool:
    return _code_titles().search(title) is not None


def _key(entry: Node) -> str:
    return entry.label.casefold()


def _is_aside(entry: Node) -> bool:
    """A note that is built as an item: `- Note: …`."""
    return _aside().fullmatch(entry.label) is not None


def _refuse(entry: Node, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.ENTRY, subject=entry.label, reason=reason, detail=detail, span=Span(entry.start, entry.end)
    )


@cache
def _code_titles() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.code_titles))


@cache
def _aside() -> re.Pattern[str]:
    return re.compile(note_words(), re.IGNORECASE)


@cache
def announcing() -> re.Pattern[str]:
    """Matches words that announce what follows."""
    return re.compile(any_of(lambda rules: rules.manual.announcing), re.IGNORECASE)


@cache
def needs_example() -> re.Pattern[str]:
    """Matches words that point at an example, or at another place altogether."""
    return re.compile(any_of(lambda rules: rules.manual.example_elsewhere), re.IGNORECASE)


@cache
def _condition() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.conditions), re.IGNORECASE)


@cache
def _default_patterns() -> tuple[re.Pattern[str], ...]:
    patterns = [pattern for _, rules in all_rules() for pattern in rules.manual.default_values]
    return tuple(re.compile(pattern.replace("VALUE", _VALUE)) for pattern in patterns)
