"""The task `absent_topic` asks a manual for an option, a code, a section or a list item that it does not have.

The questions use the wordings of the tasks `entry`, `passage` and `steps`, so that the form of a question gives nothing
away. An option is made of two that exist, or is one that many programs have; a code has a number next to existing ones;
a section is one that many manuals of the same sort have. Their names occur nowhere in the text. A list item follows the
last one of a complete numbered list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.documents.grammar.manual.bullets import BULLETS
from pipeline.documents.grammar.manual.terms import CODE, OPTION
from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.identity import stable_hash64
from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.rules import LanguageRules
from pipeline.nodes import Node, NodeKind
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import absent_facts
from pipeline.synthesize.composed.absence import recombined
from pipeline.synthesize.composed.absent_facts import LEAST_KNOWN, near_miss_fact, read_whole
from pipeline.synthesize.composed.name_parts import option_parts
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_ABSENT = frozenset({Trait.ABSENT_NAME, Trait.COMPUTED})
ABSENT_OPTION = Form(
    "absent_topic.option",
    {
        "en": (
            "what does the option “{name}” do?",
            "how does the document describe the option “{name}”?",
        ),
        "ko": (
            "“{name}” 옵션은 무엇을 합니까?",
            "“{name}” 옵션은 어떻게 설명되어 있습니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_CODE = Form(
    "absent_topic.code",
    {
        "en": (
            "what does the code “{name}” mean?",
            "how does the document explain “{name}”?",
        ),
        "ko": (
            "“{name}” 코드는 무엇을 뜻합니까?",
            "“{name}” 코드는 어떻게 설명되어 있습니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_SECTION = Form(
    "absent_topic.section",
    {
        "en": (
            "what does the document say under “{name}”?",
            "what does the section “{name}” say?",
        ),
        "ko": (
            "“{name}”에서는 무엇이라고 설명합니까?",
            "“{name}” 부분의 내용은 무엇입니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_ITEM = Form(
    "absent_topic.item",
    {
        "en": (
            "what is number {number} of the numbered list under “{title}”?",
            "under “{title}”, what does item {number} of the numbered list say?",
        ),
        "ko": (
            "“{title}”의 번호 목록에서 {number}번은 무엇입니까?",
            "“{title}”에 나오는 번호 목록의 {number}번 항목을 알려 주십시오.",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=frozenset({Trait.COMPUTED}),
)
_NUMBERED_TITLE = re.compile(r"[A-Z]?[\d.]+\s")
_UNNAMED = re.compile(r"[ \t]{4}|[\W_]*(\w{3,30}?)\1+[\W_]*$")
"""Lines that are hardly the title of a section: an indented one, or the captions of icons, `StylesStyles`."""
_MAX_CODE_STEP = 9
_MAX_BEYOND = 3
_MIN_ITEMS = 3
_MIN_SORT_WORDS = 3
"""The minimum number of different words that tell of what sort a manual is."""
_MIN_TITLE_CHARS, _MAX_TITLE_CHARS = 2, 60
_BEHIND_CHARS = 600
"""How far behind a list its next number must not open a line."""
_OPTION_WORDS = (
    *("dry-run", "log-level", "retry-delay", "output-format", "cache-dir", "max-depth", "follow-links"),
    *("no-progress", "strict-mode", "skip-existing", "num-workers", "keep-temp", "fail-fast"),
)
"""The names, without dashes, of options that many programs have."""
_CODE = re.compile(r"(?P<begin>[A-Za-z]{1,6}[-_ ]?)(?P<number>\d{1,5})")


def absent_topic_facts(reading: Reading) -> Findings:
    """Return facts about an option, a code, a section and a list item that a manual does not have."""
    return read_whole(TASK.name, reading, find_absent)


def find_absent(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield every such fact about a manual; `absent_topic_facts` keeps one or two."""
    entries = list(_entries(reading, rules))
    yield from entries
    yield from _items(reading, rules)
    if not entries:
        yield from _sections(reading, rules)


def _entries(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield facts about an option and a code that a manual does not describe."""
    for sort, form in ((OPTION, ABSENT_OPTION), (CODE, ABSENT_CODE)):
        entries = [entry for entry in reading.entries.asked if entry.sort == sort]
        heads = {name: Span(entry.start, max(entry.start + 1, entry.body)) for entry, name in _plain_names(entries)}
        if len(heads) < LEAST_KNOWN:
            continue
        if sort == OPTION:
            made = [name for name, _, _ in recombined(list(heads), split=option_parts)]
            ranked = (
                made,
                [f"--{word}" for word in _OPTION_WORDS] if any(name.startswith("--") for name in heads) else [],
            )
        else:
            ranked = (list(_next_codes(list(heads))), [])
        yield from near_miss_fact(reading, form, ranked=ranked, known=heads, answer=rules.entry)


def _plain_names(entries: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """Yield each entry with the first of its names that has no white space."""
    for entry in entries:
        names = [name.strip("`*") for name in entry.value.split("\n")]
        if name := next((name for name in names if name and not re.search(r"[\s=<\[]", name)), ""):
            yield entry, name


def _next_codes(codes: Sequence[str]) -> Iterator[str]:
    """Yield codes with numbers a little above those of existing ones: E17 after E14."""
    for code in codes:
        if match := _CODE.fullmatch(code):
            for step in range(1, _MAX_CODE_STEP + 1):
                yield f"{match['begin']}{int(match['number']) + step:0{len(match['number'])}d}"


def _sections(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about a section that many manuals have."""
    heads = {
        section.name: Span(section.start, max(section.start + 1, section.body))
        for section in reading.manual.sections
        if _MIN_TITLE_CHARS <= len(section.name) <= _MAX_TITLE_CHARS
        and " > " not in section.name
        and not has_pseudonym(section.name)
        and not _UNNAMED.match(reading.text[section.start : section.body])
    }
    if len(heads) >= LEAST_KNOWN:
        ranked = (list(_related(list(heads), rules)), (*rules.topics, *_topics_of_sort(reading.text, rules)))
        yield from near_miss_fact(reading, ABSENT_SECTION, ranked=ranked, known=heads, answer=rules.section)


def _topics_of_sort(text: str, rules: AbsenceRules) -> tuple[str, ...]:
    """Return the sections of manuals of the same sort; none if the words of a text do not tell its sort."""
    found = [(len({word.casefold() for word in words.findall(text)}), topics) for words, topics in rules.topics_by_sort]
    most = max((count for count, _ in found), default=0)
    best = [topics for count, topics in found if count == most]
    return best[0] if most >= _MIN_SORT_WORDS and len(best) == 1 else ()


def _related(titles: Sequence[str], rules: AbsenceRules) -> Iterator[str]:
    """Yield titles in which one word is another: `Removing a user` of `Adding a user`."""
    for title in titles:
        if _NUMBERED_TITLE.match(title):
            continue
        words = title.split(" ")
        for word, other in rules.swaps:
            if words[rules.swapped_at] == word and len(words) > 1:
                words[rules.swapped_at] = other
                yield " ".join(words)
                break


def _items(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about an item after the last one of the only numbered list of a section."""
    manual, seed = reading.manual, reading.context.doc_id
    lists = [index for index, node in enumerate(manual.nodes) if node.kind is NodeKind.STEPS and node.sort != BULLETS]
    starts = [manual.nodes[index].start for index in lists]
    for index in sorted(lists, key=lambda index: stable_hash64(seed, "list", manual.nodes[index].start)):
        whole = manual.nodes[index]
        steps = [node for node in manual.nodes if node.kind is NodeKind.STEP and node.parent == index]
        section = manual.section_of(whole)
        if not section.name or section.num_within(starts) != 1 or len(steps) < _MIN_ITEMS:
            continue
        if [step.label for step in steps] != [str(number) for number in range(1, len(steps) + 1)]:
            continue
        number = len(steps) + 1 + stable_hash64(seed, "beyond", section.name) % _MAX_BEYOND
        behind = manual.text[steps[-1].body : whole.end + _BEHIND_CHARS]
        if any(
            re.search(rf"^[^\w\n]*{after}(?!\d)", behind, re.MULTILINE) for after in range(len(steps) + 1, number + 1)
        ):
            continue
        yield make_fact(
            form=ABSENT_ITEM,
            slots={"title": section.name, "number": str(number)},
            answer=rules.item(str(number), section.name, str(len(steps))),
            spans=[Span(whole.start, whole.end)],
        )
        return


def _phrases(rules: LanguageRules) -> tuple[str, ...]:
    """Return the answers with letters in the places of names, and the names that are asked for."""
    absence = rules.absence
    if absence is None:
        return ()
    answers = (absence.entry("A", ["B"]), absence.section("A", ["B"]), absence.item("A", "B", "C"))
    topics = (*absence.topics, *(topic for _, of_sort in absence.topics_by_sort for topic in of_sort))
    return (*answers, *topics, *_OPTION_WORDS, *(word for pair in absence.swaps for word in pair))


TASK = StructuralTask(
    name="absent_topic",
    order=260,
    finds={"manual": absent_topic_facts},
    forms=(ABSENT_OPTION, ABSENT_CODE, ABSENT_SECTION, ABSENT_ITEM),
    thresholds=thresholds_in(globals(), vars(absent_facts)),
    frames=_phrases,
)
