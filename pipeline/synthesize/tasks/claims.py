"""The task `claims` sets the claims of the two sides of a case side by side.

A judgment is asked about only if exactly one heading marks the claims of each side, and nothing else in its words. Each
side's part is taken whole: short parts are quoted in a table, longer ones by the first sentence of each paragraph.
Parts with tables, masked values or damage are refused. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages import language_rules
from pipeline.languages.claim_rules import ClaimRules, Side
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.dated_places import sentences_over_dates
from pipeline.synthesize.composed.markdown_table import markdown_table
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.layout import is_damaged, one_line, quote, trim
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

CLAIMS_TABLE = Form(
    "claims.table",
    {
        "en": (
            "put what stands under “{one}” and under “{other}” side by side: a table with one row for each side, in "
            "the words of the document.",
            "what does each side argue? Fill a table with a row for each of the parts “{one}” and “{other}”, quoted "
            "as they stand.",
        ),
        "ko": (
            "“{one}”{one|과} “{other}”의 내용을 원문 그대로, 한쪽에 한 행씩 표로 나란히 정리해 주십시오.",
            "양쪽은 각각 무엇을 주장합니까? “{one}”{one|과} “{other}” 부분을 두 행의 표에 원문 그대로 옮겨 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
CLAIMS_OPENINGS = Form(
    "claims.openings",
    {
        "en": (
            "compare the parts “{one}” and “{other}”: for each, quote the first sentence of every paragraph, under the "
            "name of the side.",
            "what do the two sides argue? Give two lists, from “{one}” and from “{other}”, with the first sentence of "
            "each paragraph.",
        ),
        "ko": (
            "“{one}”{one|과} “{other}”에서 각 문단의 첫 문장을 당사자별로 나누어 옮겨 적어 주십시오.",
            "양쪽의 주장을 비교하려 합니다. “{one}”{one|과} “{other}”의 문단마다 첫 문장을 당사자별로 나열해 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
_MAX_TABLE_CHARS = 1000
_MAX_OPENING_CHARS = 1800
_MIN_CHARS = 30
_MAX_PARAGRAPHS = 12
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_END = re.compile(r"\n")
_MARK = re.compile(r"(?:\[\d{1,3}\]|\(?\d{1,3}[.)]|\(?[^\W\d_][.)]|[①-⑮㉮-㉻•*–-])[ \t]*")
"""The number before a paragraph: `[18] `, `1) `, `가. `, `① `."""
_TABLE = re.compile(r"^[ \t]*\||\t|^[ \t]*(?:```|<)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a document that reports the claims of one side."""

    section: NamedSection
    side: Side
    party: str
    paragraphs: tuple[Span, ...]

    @property
    def title(self) -> str:
        """The heading without its number."""
        return one_line(_MARK.sub("", self.section.title, count=1))


def claims_facts(reading: Reading) -> Findings:
    """Return the facts that compare the claims of the two sides of a case."""
    rules = language_rules(reading.language).legal.claims
    if rules is None:
        return Findings(facts=(), unasked=())
    parts = list(_parts(reading, rules))
    sides = {side: [part for part in parts if part.side is side] for side in Side}
    if not all(sides.values()):
        return Findings(facts=(), unasked=())
    if problem := _problem(reading, parts):
        return Findings(facts=(), unasked=(_refuse(parts, problem),))
    one, other = sides[Side.CLAIMING][0], sides[Side.OPPOSING][0]
    return without_markup(Findings(facts=tuple(_facts(reading, rules, one, other)), unasked=()))


def _parts(reading: Reading, rules: ClaimRules) -> Iterator[_Part]:
    for section in reading.sections:
        found = rules.read_heading(section.title)
        if found is not None:
            body = trim(reading.text, section.body, section.whole_end)
            yield _Part(section, found.side, found.party, tuple(_paragraphs(reading.text, body)))


def _paragraphs(text: str, body: Span) -> Iterator[Span]:
    """Yield the paragraphs of a part: those between blank lines or, if there are none, its lines."""
    has_blank = _BLANK_LINE.search(text, body.start, body.end) is not None
    breaks = _BLANK_LINE if has_blank else _LINE_END
    position = body.start
    for match in breaks.finditer(text, body.start, body.end):
        if (span := trim(text, position, match.start())).end > span.start:
            yield span
        position = match.end()
    if (span := trim(text, position, body.end)).end > span.start:
        yield span


def _problem(reading: Reading, parts: Sequence[_Part]) -> str:
    """Return why the parts cannot be compared; empty if they can."""
    if len(parts) != len(Side):
        return "several_parts"
    if any(not part.section.name for part in parts):
        return "ambiguous_heading"
    if any(not part.section.is_leaf for part in parts):
        return "part_with_subsections"
    if any(not 0 < len(part.paragraphs) <= _MAX_PARAGRAPHS for part in parts):
        return "list_too_long"
    for part in parts:
        body = Span(part.section.body, part.section.whole_end)
        words = quote(reading.text, body)
        if has_pseudonym(words):
            return "masked"
        if _TABLE.search(words) or is_damaged(reading.text, body):
            return "damaged_text"
        if len(words.strip()) < _MIN_CHARS:
            return "text_too_short"
    is_cut = reading.context.part < reading.context.num_parts
    return "cut_off" if is_cut and max(part.section.whole_end for part in parts) >= len(reading.text) else ""


def _facts(reading: Reading, rules: ClaimRules, one: _Part, other: _Part) -> Iterator[StructuralFact]:
    """Yield the comparison of two parts: whole if they are short, else the openings of their paragraphs."""
    text = reading.text
    slots = {"one": one.title, "other": other.title}
    whole = [(part.party, " ".join(one_line(quote(text, span)) for span in part.paragraphs)) for part in (one, other)]
    if sum(len(words) for _, words in whole) <= _MAX_TABLE_CHARS:
        yield make_fact(
            form=CLAIMS_TABLE,
            slots=slots,
            answer=markdown_table((rules.side_column, rules.claims_column), whole),
            spans=[*one.paragraphs, *other.paragraphs],
        )
        return
    lines, spans = [], []
    for part in (one, other):
        lines.append(f"{part.party}:")
        for paragraph in part.paragraphs:
            first = _opening(reading, paragraph)
            lines.append(f"- {one_line(quote(text, first))}")
            spans.append(first)
    if sum(map(len, lines)) <= _MAX_OPENING_CHARS:
        yield make_fact(form=CLAIMS_OPENINGS, slots=slots, answer="\n".join(lines), spans=spans)


def _opening(reading: Reading, paragraph: Span) -> Span:
    """Return the first sentence of a paragraph, without the paragraph's number."""
    mark = _MARK.match(reading.text, paragraph.start, paragraph.end)
    body = Span(mark.end() if mark else paragraph.start, paragraph.end)
    found = sentences_over_dates(text=reading.text, stretch=body, language=reading.language)
    return found[0] if found else body


def _refuse(parts: Sequence[_Part], reason: str) -> Unasked:
    titles = ", ".join(part.section.title for part in parts)
    return not_asked(
        task=TASK.name,
        subject=titles,
        reason=reason,
        detail=f"the claims of the two sides cannot be compared: {titles}",
        span=Span(parts[0].section.start, parts[0].section.body),
    )


TASK = StructuralTask(
    name="claims",
    order=350,
    finds={"legal": claims_facts},
    forms=(CLAIMS_TABLE, CLAIMS_OPENINGS),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (
        (rules.legal.claims.side_column, rules.legal.claims.claims_column) if rules.legal.claims else ()
    ),
)
