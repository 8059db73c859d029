"""The task `releases` asks for the order of the versions in a changelog, and for the versions of a year.

`composed.releases` reads the changelog and returns nothing if its versions are out of order. The versions of a year are
asked about only if no version between them lacks a date, and if the list goes on on both sides. Time is linear in the
length of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.languages import Language
from pipeline.languages.calendar_dates import CalendarDate, order_of
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import releases as changelog
from pipeline.synthesize.composed import triples
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.composed.releases import Release, releases_of
from pipeline.synthesize.composed.spread import spread_over
from pipeline.synthesize.composed.strict_order import strict_order
from pipeline.synthesize.composed.triples import chosen_triples, shuffled_slots
from pipeline.synthesize.structural.facts import Findings, StructuralFact, make_fact
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

RELEASES_ORDER = Form(
    "releases.order",
    {
        "en": (
            "put the versions {one}, {two} and {three} in order of their release, oldest first, with the dates in the "
            "changelog.",
            "when were the versions {one}, {two} and {three} released? List them by date, oldest first.",
        ),
        "ko": (
            "변경 기록에 따라 버전 {one}, {two}, {three}의 배포일을 오래된 것부터 순서대로 적어 주십시오.",
            "버전 {one}, {two}, {three:은} 언제 배포되었습니까? 이른 것부터 날짜와 함께 답해 주십시오.",
        ),
    },
    family=TaskFamily.ORDER,
    traits=frozenset({Trait.QUOTED_NAMES}),
)
RELEASES_YEAR = Form(
    "releases.year",
    {
        "en": (
            "which versions does the changelog date to {year}? Give their number, then each with its date.",
            "list all versions that were released in {year} according to the changelog, with their dates, and begin "
            "with how many there are.",
        ),
        "ko": (
            "변경 기록에서 {year}년에 배포된 버전은 몇 개입니까? 개수를 밝히고 날짜와 함께 모두 적어 주십시오.",
            "{year}년에 나온 버전을 변경 기록에서 모두 찾아 개수와 함께 날짜를 붙여 나열해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED, Trait.QUOTED_NAMES}),
)
_MAX_GROUPS = 6
_MAX_YEARS = 3
_MIN_OF_YEAR = 3
_MAX_OF_YEAR = 15


def releases_facts(reading: Reading) -> Findings:
    """Return facts about the versions of a changelog."""
    found = releases_of(reading.text)
    dated = [release for release in found if release.value is not None]
    facts: list[StructuralFact] = []
    for group in chosen_triples(dated, _MAX_GROUPS, _is_ordered):
        order = strict_order([_value(release) for release in group], order_of)
        assert order is not None, "the releases of a group have no certain order"
        lines = [f"{group[at].version}: {group[at].date}" for at in order]
        slots = shuffled_slots([release.version for release in group])
        spans = [release.span for release in group]
        facts.append(make_fact(form=RELEASES_ORDER, slots=slots, answer="\n".join(lines), spans=spans))
    return Findings(facts=(*facts, *_of_years(found, reading.language)), unasked=())


def _is_ordered(group: Sequence[Release]) -> bool:
    """Return whether releases have three different dates."""
    return strict_order([_value(release) for release in group], order_of) is not None


def _of_years(found: Sequence[Release], language: Language) -> Iterator[StructuralFact]:
    """Yield the facts that list the versions of a year, with a dated version of another year on both sides."""
    complete: list[tuple[int, Sequence[Release]]] = []
    years = [release.value.year if release.value is not None else None for release in found]
    for year in sorted({year for year in years if year is not None}):
        first, last = years.index(year), len(years) - 1 - years[::-1].index(year)
        is_whole = all(other == year for other in years[first : last + 1])
        has_sides = first > 0 and last + 1 < len(years) and None not in (years[first - 1], years[last + 1])
        if is_whole and has_sides and _MIN_OF_YEAR <= last + 1 - first <= _MAX_OF_YEAR:
            complete.append((year, found[first : last + 1]))
    for year, releases in spread_over(complete, _MAX_YEARS):
        lines = [f"{release.version}: {release.date}" for release in releases]
        answer = counted_list(lines, language)
        spans = [release.span for release in releases]
        yield make_fact(form=RELEASES_YEAR, slots={"year": str(year)}, answer=answer, spans=spans)


def _value(release: Release) -> CalendarDate:
    assert release.value is not None, "a release without a date was not left out"
    return release.value


TASK = StructuralTask(
    name="releases",
    order=380,
    finds={"code": releases_facts},
    forms=(RELEASES_ORDER, RELEASES_YEAR),
    thresholds=thresholds_in(globals(), vars(changelog), vars(triples)),
)
