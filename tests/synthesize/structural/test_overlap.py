"""A piece of evidence is asked about once: no mirrored pairs, while two rows of a table stay two things."""

from __future__ import annotations

from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Span, StructuralFact, make_fact
from pipeline.synthesize.structural.overlap import AskedEvidence, is_same_evidence
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.amount import AMOUNT_NAMED, AMOUNT_ONLY, AMOUNT_PLACE
from pipeline.synthesize.tasks.clause import CLAUSE_TEXT
from pipeline.synthesize.tasks.contents import CONTENTS_DOCUMENT, CONTENTS_INSIDE
from pipeline.synthesize.tasks.cross_reference import REFERENCE_FROM
from pipeline.synthesize.tasks.definition import DEFINITION_MEANING, DEFINITION_TERM
from pipeline.synthesize.tasks.steps import STEPS_NEXT
from pipeline.synthesize.tasks.table_cell import TABLE_CELL, TABLE_FILTER


def fact(form: Form, answer: str, *spans: tuple[int, int], **slots: str) -> StructuralFact:
    return make_fact(form=form, slots=slots, answer=answer, spans=[Span(*span) for span in spans])


MEANING = fact(DEFINITION_MEANING, "the yard behind the mill", (100, 160), term="Yard")
TERM = fact(DEFINITION_TERM, "Yard", (100, 160), meaning="the yard behind the mill")
AMOUNT = fact(AMOUNT_NAMED, "USD 205", (300, 400), clause="Section 4.1", name="storage fee")
PLACE = fact(AMOUNT_PLACE, "Section 4.1", (280, 290), (300, 400), amount="USD 205")
CLAUSE = fact(CLAUSE_TEXT, "The tenant pays USD 205 …", (300, 900), clause="Section 4.1")
CELL = fact(TABLE_CELL, "9 mm", (0, 50), (60, 110), table="under “Bolts”", row="B1", column="Width")
OTHER_CELL = fact(TABLE_CELL, "11 mm", (0, 50), (120, 170), table="under “Bolts”", row="B2", column="Width")
FILTER = fact(
    TABLE_FILTER, "B1, B3", (0, 50), (60, 110), (180, 220), table="under “Bolts”", value="9 mm", column="Width"
)


def test_fact_and_its_mirror_are_one_piece_of_evidence() -> None:
    assert is_same_evidence(MEANING, TERM)
    assert is_same_evidence(AMOUNT, PLACE) and is_same_evidence(PLACE, AMOUNT)
    assert is_same_evidence(CLAUSE, AMOUNT), "the sum stands in the text that is asked for"
    assert is_same_evidence(CLAUSE, PLACE), "one answers with what the other asks about"
    assert is_same_evidence(CELL, FILTER)


def test_facts_that_share_a_header_or_nothing_are_different_things() -> None:
    assert not is_same_evidence(CELL, OTHER_CELL)
    assert not is_same_evidence(MEANING, AMOUNT)
    next_step = fact(STEPS_NEXT, "Close it.", (0, 10), (11, 20), previous="Open the lid", title="Filling")
    one_later = fact(STEPS_NEXT, "Wait.", (11, 20), (21, 30), previous="Close it quickly", title="Filling")
    assert not is_same_evidence(next_step, one_later)


def test_asked_evidence_finds_a_fact_far_inside_a_long_one() -> None:
    asked = AskedEvidence()
    assert not asked.holds(AMOUNT)
    asked.add(fact(CLAUSE_TEXT, "long", (0, 100_000), clause="Section 1"))
    assert asked.holds(fact(AMOUNT_ONLY, "USD 1", (70_000, 70_100), clause="Section 1.9"))
    assert not asked.holds(fact(AMOUNT_ONLY, "USD 1", (100_300, 100_400), clause="Section 2"))


def test_aggregate_and_a_look_up_at_one_of_its_places_are_different_things() -> None:
    spans = [(0, 20), (500, 520), (900, 920)]
    everything = fact(CONTENTS_DOCUMENT, "3 in all:\nSection 1 (Rent)\nSection 2 (Keys)\nSection 3 (Signs)", *spans)
    again = fact(CONTENTS_INSIDE, "3 in all:\nSection 1 (Rent)", *spans, clause="Part A")
    one = fact(CLAUSE_TEXT, "The tenant pays.", (500, 520), clause="Section 9")
    assert not is_same_evidence(everything, one) and not is_same_evidence(one, everything)
    assert is_same_evidence(everything, again)
    mirrored = fact(CLAUSE_TEXT, "The tenant pays.", (500, 520), clause="Section 2 (Keys)")
    assert is_same_evidence(everything, mirrored), "the list answers with what the look-up names"


FOLLOWED = Form("followed.amount", {"en": ("?",)}, family=TaskFamily.MULTI_HOP)
HOP = fact(FOLLOWED, "Section 4.1: USD 205", (20, 60), (280, 290), (300, 400), source="Section 9", clause="Section 4.1")


def test_followed_reference_is_not_the_facts_at_its_ends_unless_it_answers_them() -> None:
    assert is_same_evidence(HOP, AMOUNT) and is_same_evidence(AMOUNT, HOP), "both answer with the sum"
    other = fact(AMOUNT_ONLY, "USD 31", (300, 400), clause="Section 4.1")
    assert not is_same_evidence(HOP, other) and not is_same_evidence(other, HOP)
    mention = fact(REFERENCE_FROM, "Section 4.1", (20, 60), label="Section 9", places="sections")
    assert is_same_evidence(HOP, mention), "one names what the other asks for"


def test_overlap_of_a_comparison_with_one_of_its_places_is_different_evidence() -> None:
    whole = Form("compare.all", {}, family=TaskFamily.COMPARISON)
    places = [Span(0, 20), Span(400, 420), Span(900, 930)]
    table = make_fact(form=whole, slots={"first": "A"}, answer="all of it", spans=places)
    single = make_fact(form=whole, slots={"first": "B"}, answer="one of it", spans=places[:2])
    again = make_fact(form=whole, slots={"first": "C"}, answer="the same", spans=places)
    assert not is_same_evidence(table, single)
    assert not is_same_evidence(single, table)
    assert is_same_evidence(table, again)


def test_overlap_of_an_aggregate_with_one_of_its_places_is_different_evidence() -> None:
    every = Form("count.all", {}, family=TaskFamily.AGGREGATE)
    places = [Span(0, 20), Span(400, 420)]
    aggregate = make_fact(form=every, slots={"scope": "Article 5"}, answer="two of them", spans=places)
    single = make_fact(form=Form("look.up", {}), slots={"clause": "B"}, answer="one of it", spans=places[:1])
    assert not is_same_evidence(aggregate, single)
    assert is_same_evidence(aggregate, make_fact(form=every, slots={"scope": "x"}, answer="both", spans=places))
