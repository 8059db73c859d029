"""The task `entry` asks about the entries of a manual: options, codes, terms and fields with their descriptions.

Questions ask for a description, for a default value, or for all entries of a section. A question about one entry also
names the section, if the section has a unique name, and if several entries have the same term or the entry is neither
an option nor a code. An entry is refused if term and section do not identify it, or if a section is about its term.
Other questions come from sentences that say what a thing is, what it does or is used for, or what an abbreviation
means.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.manual.terms import CODE, OPTION, QUESTION
from pipeline.languages import all_rules, any_of, language_rules
from pipeline.languages.heading_rules import has_predicate
from pipeline.nodes import Node
from pipeline.synthesize.structural import abbreviations, headings, subjects
from pipeline.synthesize.structural.abbreviations import find_abbreviations
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.entry_list import EntryList, is_about_codes
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import HeadingWords
from pipeline.synthesize.structural.manuals import Manual, Told
from pipeline.synthesize.structural.meanings import find_meanings
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.prose import needs_example
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.subjects import About, subject_facts
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

ENTRY_OPTION = Form(
    "entry.option",
    {
        "en": (
            "{lead}what does the option “{term}” do?",
            "{lead}how does the document describe the option “{term}”?",
        ),
        "ko": (
            "{lead}“{term}” 옵션은 무엇을 합니까?",
            "{lead}“{term}” 옵션은 어떻게 설명되어 있습니까?",
        ),
    },
)
ENTRY_CODE = Form(
    "entry.code",
    {
        "en": (
            "{lead}what does the code “{term}” mean?",
            "{lead}how does the document explain “{term}”?",
        ),
        "ko": (
            "{lead}“{term}” 코드는 무엇을 뜻합니까?",
            "{lead}“{term}” 코드는 어떻게 설명되어 있습니까?",
        ),
    },
)
ENTRY_TERM = Form(
    "entry.term",
    {
        "en": (
            "{lead}what does the document say about “{term}”?",
            "{lead}how does the document describe “{term}”?",
        ),
        "ko": (
            "{lead}“{term}”에 대해 무엇이라고 설명합니까?",
            "{lead}“{term}”{term|은} 어떻게 설명되어 있습니까?",
        ),
    },
)
ENTRY_FIELD = Form(
    "entry.field",
    {
        "en": (
            "{lead}what is given for “{term}”?",
            "{lead}what does the document state for “{term}”?",
        ),
        "ko": (
            "{lead}“{term}” 항목에는 무엇이라고 적혀 있습니까?",
            "{lead}“{term}” 항목은 어떻게 적혀 있습니까?",
        ),
    },
)
ENTRY_MEANING = Form(
    "entry.meaning",
    {
        "en": (
            "what is “{term}”, according to the document?",
            "how does the document explain what “{term}” is?",
        ),
        "ko": (
            "이 문서에서 “{term}”{term|은} 무엇이라고 설명합니까?",
            "이 문서에 따르면 “{term}”{term|이란} 무엇입니까?",
        ),
    },
)
ENTRY_USE = Form(
    "entry.use",
    {
        "en": (
            "{lead}what is “{term}” used for?",
            "{lead}what can “{term}” be used for?",
        ),
        "ko": (
            "{lead}“{term}”{term|은} 무엇에 쓰입니까?",
            "{lead}“{term}”{term|을} 사용하여 할 수 있는 일은 무엇입니까?",
        ),
    },
)
ENTRY_ROLE = Form(
    "entry.role",
    {
        "en": (
            "{lead}what does “{term}” do?",
            "{lead}what is “{term}” said to do?",
        ),
        "ko": (
            "{lead}“{term}”{term|은} 무엇을 합니까?",
            "{lead}“{term}”{term|이} 하는 일은 무엇입니까?",
        ),
    },
)
ENTRY_ABBREVIATION = Form(
    "entry.abbreviation",
    {
        "en": (
            "what does the abbreviation “{term}” stand for?",
            "what do the letters “{term}” stand for in this document?",
        ),
        "ko": (
            "“{term}”{term|은} 무엇의 약어입니까?",
            "이 문서에서 약어 “{term}”{term|을} 풀어 쓴 말은 무엇입니까?",
        ),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
ENTRY_DEFAULT = Form(
    "entry.default",
    {
        "en": (
            "{lead}what is the default of “{term}”?",
            "{lead}which default does the document give for “{term}”?",
        ),
        "ko": (
            "{lead}“{term}”의 기본값은 무엇입니까?",
            "{lead}“{term}”에는 어떤 기본값이 쓰입니까?",
        ),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
ENTRY_OPTIONS = Form(
    "entry.options",
    {
        "en": (
            "which options are described under “{title}”? List them in order.",
            "list the options explained under “{title}”, in order.",
        ),
        "ko": (
            "“{title}”에서 설명하는 옵션을 순서대로 모두 적어 주십시오.",
            "“{title}”에는 어떤 옵션들이 나옵니까? 나오는 순서대로 답해 주십시오.",
        ),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
ENTRY_ALL = Form(
    "entry.all",
    {
        "en": (
            "which items are explained under “{title}”? List them in order.",
            "list the items that “{title}” explains, in order.",
        ),
        "ko": (
            "“{title}”에서 설명하는 항목을 순서대로 모두 적어 주십시오.",
            "“{title}”에는 어떤 항목들이 나옵니까? 나오는 순서대로 답해 주십시오.",
        ),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
_MIN_WIDTH = 12
_MAX_FIELD_CHARS = 60
_MAX_CHARS = 1200
_MAX_LAST_CHARS = 24
_LIST_ITEM = re.compile(r"[-*`]|\d+[.)]\s")
_MIN_LISTED = 3
_MAX_LISTED = 15
_MAX_LISTED_CHARS = 60
_VALUE = (
    r"(?P<value>``[^`\n]{1,60}``|`[^`\n]{1,60}`|\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|\*\*[^*\n]{1,60}\*\*|\*[^*\n]{1,60}\*"
    r"|\d[\d.,]{0,12}(?<![.,])(?: ?[^\W\d_]{1,12}|%)?|[A-Za-z0-9_/.-][\w./=:%+-]{0,39}?(?<![.,:]))"
)
"""A default value: text that is quoted, emphasised or marked as code; a number with or without a unit; or one word."""
_WORDY = re.compile(r"\s[a-z]{2,}\s(?:[a-z]{2,}\s?)+")
"""At least two lower-case words after the name of an option. The entry then explains one use of the option, not the
option as a whole."""
_NEGATED = re.compile(r"--no-")
"""The start of an option that switches something off: `--no-color`."""
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n")


def entry_facts(reading: Reading) -> Findings:
    """Return facts about a manual's entries and the things that its sentences explain, and the refused entries."""
    manual = reading.manual
    facts, unasked = _findings(manual, reading.entries)
    prose = language_rules(manual.language).manual.prose
    asked = (About(ENTRY_USE, "term", prose.uses), About(ENTRY_ROLE, "term", prose.roles))
    facts += [_prose_fact(ENTRY_MEANING, told) for told in find_meanings(manual)]
    facts += subject_facts(manual, asked)
    facts += [_prose_fact(ENTRY_ABBREVIATION, told) for told in find_abbreviations(manual)]
    return without_foreign(Findings(facts=tuple(facts), unasked=tuple(unasked)), manual.language)


def _findings(manual: Manual, entries: EntryList) -> tuple[list[StructuralFact], list[Unasked]]:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    heading_words = HeadingWords(manual.sections)
    for entry in entries.asked:
        if entries.is_ambiguous(entry):
            unasked.append(_refuse(entry, "duplicate_term", f"{entry.label!r} has {entries.count(entry)} entries"))
            continue
        if entry.sort == QUESTION:
            continue
        section = manual.section_of(entry)
        is_alone = entries.count(entry) == 1
        meaning = manual.block(entry.body, entry.end)
        form = _form(entry, section.title)
        is_plain = form is ENTRY_TERM
        slots = {"lead": _lead(manual, section.name, is_needed=not is_alone or is_plain)}
        slots["term"] = ", ".join(entry.value.split("\n"))
        span = Span(entry.start, entry.end)
        if is_plain and heading_words.have_more(entry.label, section, is_led=bool(slots["lead"])):
            unasked.append(_refuse(entry, "described_elsewhere", f"a section is about {entry.label!r}"))
            continue
        if is_plain and len(meaning) <= _MAX_FIELD_CHARS and not _is_sentence(meaning):
            form = ENTRY_FIELD
        if _goes_on_below(meaning):
            unasked.append(
                _refuse(entry, "uncertain_end", f"the text under {entry.label!r} may include the next entry")
            )
            continue
        if needs_example().search(meaning) or meaning.endswith(",") or not any(map(str.isalnum, meaning)):
            continue
        if form is ENTRY_FIELD and not slots["lead"]:
            continue
        least = 1 if form is ENTRY_FIELD else _MIN_WIDTH
        if least <= shown_width(meaning) and len(meaning) <= _MAX_CHARS and not meaning.endswith((":", "：")):
            facts.append(make_fact(form=form, slots=slots, answer=meaning, spans=[span]))
        default = _default(meaning)
        if default and (entry.sort == OPTION or " " not in entry.label):
            facts.append(make_fact(form=ENTRY_DEFAULT, slots=slots, answer=default, spans=[span]))
    asked = {entry.start for entry in entries.asked}
    broken = {entry.numbering for entry in entries.every if entry.start not in asked}
    facts.extend(_listed(manual, [entry for entry in entries.asked if entry.numbering not in broken]))
    return facts, unasked


def _prose_fact(form: Form, told: Told) -> StructuralFact:
    return make_fact(form=form, slots={"term": told.subject}, answer=told.answer, spans=[told.span])


def _listed(manual: Manual, entries: Sequence[Node]) -> list[StructuralFact]:
    """Return a fact about each list of entries that is the only one of the given lists in its section.

    The section must have a unique name, and the list must have 3 to 15 entries with different short names. The caller
    leaves out lists with an entry that cannot be asked about, so such a list in the same section does not count.
    """
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
        is_wordy = any(len(name) > _MAX_LISTED_CHARS or ": " in name for name in names)
        if is_wordy or manual.section_of(listed[-1]) != section:
            continue
        if any(entry.sort == QUESTION for entry in listed) or len(set(names)) < len(names):
            continue
        form = ENTRY_OPTIONS if all(entry.sort == OPTION for entry in listed) else ENTRY_ALL
        spans = [Span(entry.start, entry.body) for entry in listed]
        facts.append(make_fact(form=form, slots={"title": section.name}, answer="\n".join(names), spans=spans))
    return facts


def _default(meaning: str) -> str:
    """Return the only default value in a description; empty if it states none, several or a conditional one.

    Each pattern is searched for once per sentence, so a second default in the same sentence may be missed.
    """
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
    """Return the opening words of a question, which name a section; empty if not needed or if there is no name."""
    return language_rules(manual.language).manual.under.format(name=name) if name and is_needed else ""


def _is_sentence(meaning: str) -> bool:
    return meaning.rstrip().endswith((".", "!", "?", "。")) or has_predicate(meaning) or "\n" in meaning


def _goes_on_below(meaning: str) -> bool:
    """Return whether a description of sentences ends in a paragraph that is none, as the cells of a table do."""
    *sentences, last = meaning.split("\n\n")
    return (
        any(map(_is_sentence, sentences))
        and len(last) <= _MAX_LAST_CHARS
        and _LIST_ITEM.match(last) is None
        and not (" " in last and _is_sentence(last))
    )


def _form(entry: Node, title: str) -> Form:
    """Return the form of question for an entry whose section has the given title; never `ENTRY_FIELD`."""
    names = entry.value.split("\n")
    is_one = sum(name.startswith("--") for name in names) <= 1 and not any(map(_NEGATED.match, names[1:]))
    if entry.sort == OPTION and not _WORDY.search(entry.label) and is_one:
        return ENTRY_OPTION
    if entry.sort == CODE and is_about_codes(title):
        return ENTRY_CODE
    return ENTRY_TERM


def _refuse(entry: Node, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name, subject=entry.label, reason=reason, detail=detail, span=Span(entry.start, entry.end)
    )


@cache
def _condition() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.conditions), re.IGNORECASE)


@cache
def _default_patterns() -> tuple[re.Pattern[str], ...]:
    patterns = [pattern for _, rules in all_rules() for pattern in rules.manual.default_values]
    return tuple(re.compile(pattern.replace("VALUE", _VALUE)) for pattern in patterns)


TASK = StructuralTask(
    name="entry",
    order=110,
    finds={"manual": entry_facts},
    forms=(
        ENTRY_OPTION,
        ENTRY_CODE,
        ENTRY_TERM,
        ENTRY_FIELD,
        ENTRY_MEANING,
        ENTRY_USE,
        ENTRY_ROLE,
        ENTRY_ABBREVIATION,
        ENTRY_DEFAULT,
        ENTRY_OPTIONS,
        ENTRY_ALL,
    ),
    thresholds=thresholds_in(globals(), vars(abbreviations), vars(headings), vars(subjects)),
    frames=lambda rules: (rules.manual.under,),
)
