"""The task `contents` asks what a chapter, a document or a section consists of: how many provisions or subsections.

For a digest of rulings, it asks which rulings of a year the digest has. A list is asked about only if the parse proves
that it is complete. Provisions are listed if each has a heading and no doubt, and if their numbers count up without a
gap. Subsections are listed if each of their headings is marked as one in the text (`##`, an underline), or if their
numbers count up. The rulings of a digest are listed if every date at the beginning of a line belongs to one. Everything
else is refused. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages.provision_rules import PartSort
from pipeline.nodes import ROOT, Node, NodeKind, nodes_of
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.composed.numbering import counts_up
from pipeline.synthesize.structural.blocks import without_emphasis
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.layout import quote, trim
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.own_text import has_own_letter, is_own_text
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline, Part, Provision, label_spans, part_heading
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

CONTENTS_INSIDE = Form(
    "contents.inside",
    {
        "en": (
            "how many provisions does {clause} contain, and which are they? List them in order with their headings.",
            "which provisions make up {clause}? Give their number and list each with its heading, in order.",
        ),
        "ko": (
            "{clause}에는 모두 몇 개의 조항이 있습니까? 개수를 밝히고 제목과 함께 순서대로 적어 주십시오.",
            "{clause:을} 이루는 조항은 무엇입니까? 개수와 함께 각 조항을 제목까지 순서대로 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
CONTENTS_DOCUMENT = Form(
    "contents.document",
    {
        "en": (
            "which numbered provisions does this document have at the top level? Say how many there are, then list "
            "each with its heading.",
            "how many numbered provisions does this document have at the top level? Count them and list each with its "
            "heading, in order.",
        ),
        "ko": (
            "이 문서의 가장 위 단계에는 어떤 조항들이 있습니까? 개수를 밝히고 제목과 함께 순서대로 모두 적어 주십시오.",
            "이 문서의 가장 위 단계에는 조항이 모두 몇 개 있습니까? 개수와 함께 조항의 제목을 차례대로 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
CONTENTS_SECTIONS = Form(
    "contents.sections",
    {
        "en": (
            "how many subsections come directly under “{title}”, and what are they called? List them in order.",
            "into which subsections is “{title}” divided? Give their number and list their headings in order.",
        ),
        "ko": (
            "“{title}” 바로 아래에는 하위 항목이 몇 개 있습니까? 개수를 밝히고 제목을 순서대로 모두 적어 주십시오.",
            "“{title}”{title|은} 어떤 하위 항목으로 나뉩니까? 개수와 함께 제목을 차례대로 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
CONTENTS_YEAR = Form(
    "contents.year",
    {
        "en": (
            "which entries of this document are dated {year}? Give their number and list them with date and title.",
            "how many entries from {year} are there in this document? List each with its date and title, in order.",
        ),
        "ko": (
            "이 문서에 실린 {year}년 사례는 모두 몇 개입니까? 개수를 밝히고 날짜와 제목을 순서대로 적어 주십시오.",
            "이 문서에서 {year}년 날짜의 항목을 모두 찾아 개수와 함께 날짜와 제목을 차례대로 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
_MIN_ITEMS = 3
_MIN_OF_YEAR = 2
_DATE = re.compile(r"(?P<year>(?:19|20)\d\d)-\d\d-\d\d")
_DATED_LINE = re.compile(r"^[ \t#>*]*\[?(?P<date>(?:19|20)\d\d-\d\d-\d\d)", re.MULTILINE)
"""A line that begins with a date."""
_DATE_MARKS = re.compile(r"^[\s#>*\[]*(?P<date>(?:19|20)\d\d-\d\d-\d\d)\W?\s*")
"""The date of an entry with the marks around it: `## [1998-07-10] `."""
_MAX_ITEMS = 40
_MAX_TITLE_CHARS = 120
_MARKED = re.compile(r"[ \t]*(?P<mark>#{1,6}(?=[ \t])|={1,6}(?= \S)|<h[1-6])")
"""The mark of a heading at the beginning of its line."""
_TAG = re.compile(r"</|<(?:a|br|img|span|h[1-6])[ >]|/>")
"""A tag in the line of a heading."""
_UNDERLINE = re.compile(r"[ \t]*([=\-~^\"'`#*+.:_])\1{2,}[ \t]*$", re.MULTILINE)


def provision_contents(reading: Reading) -> Findings:
    """Return facts about the provisions in each container of a legal text, and in the whole text."""
    outline, text = reading.provisions, reading.text
    inside: dict[int, list[int]] = defaultdict(list)
    for index, provision in enumerate(outline.provisions):
        inside[provision.parent].append(index)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for parent, children in inside.items():
        around = outline.provisions[parent] if parent >= 0 else None
        if around is not None and not around.is_container:
            continue
        if around is None and all(outline.provisions[index].noun == ENTRY for index in children):
            continue  # a digest is asked about by year
        if len(children) < _MIN_ITEMS:
            continue
        if problem := _list_problem(reading, outline, around, children):
            span = label_spans(text=text, outline=outline, index=children[0])[0]
            unasked.append(_refuse(around.label if around is not None else "document", problem, span))
            continue
        spans = [label_spans(text=text, outline=outline, index=index)[0] for index in children]
        items = [outline.provisions[index].named for index in children]
        if around is None:
            form, slots = CONTENTS_DOCUMENT, {}
        else:
            form, slots = CONTENTS_INSIDE, {"clause": around.named}
            spans.append(label_spans(text=text, outline=outline, index=parent)[0])
        answer = counted_list(items, reading.language)
        facts.append(make_fact(form=form, slots=slots, answer=answer, spans=spans))
    years, refused = _entries_by_year(reading, outline)
    return without_markup(Findings(facts=(*facts, *years), unasked=(*unasked, *refused)))


def _entries_by_year(reading: Reading, outline: Outline) -> tuple[list[StructuralFact], list[Unasked]]:
    """Return a fact for each year with several entries of a digest whose entries have dates."""
    text = reading.text
    by_year: dict[str, list[Part]] = defaultdict(list)
    dated = [part for part in outline.parts if part.kind is PartSort.ENTRY and _DATE.fullmatch(part.name)]
    for part in dated:
        by_year[part.name[:4]].append(part)
    lines = Counter(match["date"] for match in _DATED_LINE.finditer(text))
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for year, entries in by_year.items():
        if len(entries) < _MIN_OF_YEAR:
            continue
        names = Counter(part.name for part in entries)
        of_year = {date: count for date, count in lines.items() if date.startswith(year)}
        problem = ""
        if len(entries) > _MAX_ITEMS:
            problem = "list_too_long"
        elif names != of_year:
            problem = "uncertain_entries"
        elif any(not part.title or has_pseudonym(part.title) for part in entries):
            problem = "untitled_item"
        if problem:
            unasked.append(_refuse(year, problem, part_heading(text=text, part=entries[0])))
            continue
        spans = [part_heading(text=text, part=part) for part in entries]
        items = [_DATE_MARKS.sub(r"\g<date> ", quote(text, span), count=1) for span in spans]
        answer = counted_list(items, reading.language)
        facts.append(make_fact(form=CONTENTS_YEAR, slots={"year": year}, answer=answer, spans=spans))
    return facts, unasked


def _list_problem(reading: Reading, outline: Outline, around: Provision | None, children: Sequence[int]) -> str:
    """Return why a list of provisions may be incomplete or has no names; empty if it is certain."""
    items = [outline.provisions[index] for index in children]
    if len(items) > _MAX_ITEMS:
        return "list_too_long"
    if around is not None and around.doubt:
        return around.doubt.value
    if doubtful := next((item for item in items if item.doubt), None):
        return doubtful.doubt.value
    if any(item.is_amended for item in items) or (around is not None and around.is_amended):
        return "amended"
    if any(item.noun in (ENTRY, WHOLE) for item in items) or len({item.noun for item in items}) > 1:
        return "mixed_list"
    if any(not item.title or len(item.title) > _MAX_TITLE_CHARS for item in items):
        return "untitled_item"
    if not counts_up([item.path for item in items], first=1 if around is None else None):
        return "missing_number"
    if around is None and (len(outline.parts) > 1 or reading.context.num_parts > 1):
        return "several_parts"
    is_open = around is not None and around.body.end >= len(reading.text.rstrip())
    return "open_end" if is_open and reading.context.part < reading.context.num_parts else ""


def section_contents(reading: Reading) -> Findings:
    """Return facts about the subsections of each section of a manual."""
    manual, text = reading.manual, reading.text
    headings = nodes_of(reading.nodes, {NodeKind.HEADING})
    named = {section.start: section for section in manual.sections}
    below: dict[int, list[Node]] = defaultdict(list)
    for heading in headings:
        if heading.parent != ROOT:
            below[heading.parent].append(heading)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for parent, children in sorted(below.items()):
        section = named[headings[parent].start]
        if len(children) < _MIN_ITEMS:
            continue
        line = trim(text, headings[parent].start, max(headings[parent].body, headings[parent].start + 1))
        if problem := _section_problem(reading, section, headings[parent], children):
            unasked.append(_refuse(section.title, problem, line))
            continue
        items = [_heading_words(text, child) for child in children]
        spans = [line, *(trim(text, child.start, child.body) for child in children)]
        answer = counted_list(items, reading.language)
        facts.append(make_fact(form=CONTENTS_SECTIONS, slots={"title": section.name}, answer=answer, spans=spans))
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _section_problem(reading: Reading, section: NamedSection, around: Node, children: Sequence[Node]) -> str:
    """Return why a list of subsections may be incomplete or cannot be named; empty if it is certain."""
    if not section.name or not has_own_letter(section.name, reading.language):
        return "unnamed_section"
    if len(children) > _MAX_ITEMS:
        return "list_too_long"
    if len({(child.level, _mark(reading.text, child)) for child in children}) > 1:
        return "mixed_levels"
    if around.cut or any(child.cut for child in children):
        return "open_end"
    words = [_heading_words(reading.text, child) for child in children]
    if len({item.casefold() for item in words}) < len(words):
        return "repeated_heading"
    if any(not item or len(item) > _MAX_TITLE_CHARS for item in words) or not is_own_text(
        " ".join(words), reading.language
    ):
        return "unnamed_item"
    is_marked = all(_is_marked(reading.text, child) for child in (around, *children))
    return "" if is_marked or counts_up([child.label for child in children], first=1) else "uncertain_headings"


def _mark(text: str, heading: Node) -> str:
    """Return the mark that begins the line of a heading, which gives its level as written; empty without one."""
    match = _MARKED.match(text, heading.start)
    return match["mark"] if match is not None else ""


def _is_marked(text: str, heading: Node) -> bool:
    """Return whether the text marks a line as a heading, with marks before it or a ruled line below."""
    if _MARKED.match(text, heading.start):
        return True
    line_end = text.find("\n", heading.start)
    return line_end >= 0 and _UNDERLINE.match(text, line_end + 1) is not None


def _heading_words(text: str, heading: Node) -> str:
    """Return a heading with its number; as written if it has angle brackets, which its value lacks: `Box<T>`."""
    line = quote(text, Span(heading.start, heading.body)).strip().partition("\n")[0]
    if "<" in line:
        return "" if _TAG.search(line) else _MARKED.sub("", line).strip("# \t")
    is_numbered = heading.label and not heading.value.startswith(heading.label)
    return without_emphasis(f"{heading.label} {heading.value}" if is_numbered else heading.value or heading.label)


def _refuse(subject: str, reason: str, span: Span) -> Unasked:
    detail = f"the list of what {subject!r} contains is not certain to be complete"
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=span)


TASK = StructuralTask(
    name="contents",
    order=180,
    finds={"legal": provision_contents, "manual": section_contents},
    forms=(CONTENTS_INSIDE, CONTENTS_DOCUMENT, CONTENTS_YEAR, CONTENTS_SECTIONS),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.in_all,),
)
