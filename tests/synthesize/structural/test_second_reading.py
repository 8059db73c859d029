"""A plain search of the whole text speaks against facts that a parser got wrong, and is silent about the others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact
from pipeline.synthesize.structural.second_reading import SecondReading
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.amount import AMOUNT_ONLY, AMOUNT_PLACE
from pipeline.synthesize.tasks.clause import CLAUSE_TEXT
from pipeline.synthesize.tasks.cross_reference import REFERENCE_FROM, REFERENCE_TO
from pipeline.synthesize.tasks.deadline import DEADLINE_ONLY
from pipeline.synthesize.tasks.definition import DEFINITION_MEANING, DEFINITION_TERM
from pipeline.synthesize.tasks.speaker import SPEAKER_WHO
from pipeline.synthesize.tasks.steps import STEPS_ONE
from pipeline.synthesize.tasks.table_cell import TABLE_CELL


def at(text: str, piece: str, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(piece, start + 1)
    return Span(start, start + len(piece))


def fact(text: str, form: Form, answer: str, *pieces: str | Span, **slots: str) -> StructuralFact:
    spans = [piece if isinstance(piece, Span) else at(text, piece) for piece in pieces]
    return make_fact(form=form, slots=slots, answer=answer, spans=spans)


def objection(
    text: str, one: StructuralFact, *others: StructuralFact, unasked: Sequence[Unasked] = (), language: str = "en"
) -> str:
    found = SecondReading(
        text=text, findings=Findings(facts=(one, *others), unasked=tuple(unasked)), language=language
    ).objection(one)
    return found.reason if found else ""


LEASE = """Lease

4.1 Rent. The Tenant shall pay USD 1,200 within 10 days.

4.2 Storage. The Tenant shall pay USD 205 for the yard, as Section 4.1 says.

5.1 "Yard" means the ground behind the mill.

5.2 Repairs. Sections 4.1 and 4.2 apply to repairs within 30 days.
"""


def test_number_of_the_answer_that_is_not_in_the_evidence_is_refused() -> None:
    right = fact(
        LEASE, AMOUNT_ONLY, "USD 1,200", "The Tenant shall pay USD 1,200 within 10 days.", clause="Section 4.1"
    )
    wrong = fact(LEASE, AMOUNT_ONLY, "USD 205", "The Tenant shall pay USD 1,200 within 10 days.", clause="Section 4.1")
    assert objection(LEASE, right) == ""
    assert objection(LEASE, wrong) == "number_not_in_evidence"


def test_number_in_a_circle_supports_the_number_of_a_paragraph() -> None:
    text = "제3조 (기한) ① 을은 청구한다.\n② 갑은 지급한다.\n"
    one = fact(text, AMOUNT_PLACE, "제3조 제2항", "② 갑은 지급한다.", "제3조", amount="지급")
    assert objection(text, one, language="ko") == ""


def test_name_that_the_text_does_not_have_is_refused() -> None:
    right = fact(
        LEASE,
        DEFINITION_MEANING,
        "the ground behind the mill",
        '"Yard" means the ground behind the mill.',
        term="Yard",
    )
    wrong = fact(
        LEASE,
        DEFINITION_MEANING,
        "the ground behind the mill",
        '"Yard" means the ground behind the mill.',
        term="Back yard",
    )
    assert objection(LEASE, right) == ""
    assert objection(LEASE, wrong) == "name_not_in_text"


def test_korean_name_is_found_with_a_particle_behind_it() -> None:
    text = "제1조 (정의) “임대 물건”이란 창고를 말한다.\n임대 물건은 비워 둔다.\n"
    one = fact(text, DEFINITION_MEANING, "창고를 말한다.", "“임대 물건”이란 창고를 말한다.", term="임대 물건")
    assert objection(text, one, language="ko") == ""
    other = fact(text, DEFINITION_MEANING, "창고를 말한다.", "“임대 물건”이란 창고를 말한다.", term="임대 건물")
    assert objection(text, other, language="ko") == "name_not_in_text"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ("", ""),
        ('\n7.1 "Yard" means the field beside the road.\n', "term_quoted_elsewhere"),
        ('\n7.1 "Yard" means the ground behind the mill.\n', ""),
        ("\n7.1 The Yard is kept clean.\n", ""),
        ('\n7.1 The tenant need not use the word "Yard" in letters.\n', ""),
        ('\n7.1 The field beside the road (the "Yard") is kept clean.\n', "term_quoted_elsewhere"),
        ('\n"Yard": the field beside the road.\n', "term_quoted_elsewhere"),
    ],
)
def test_term_that_is_defined_again_with_other_words_is_refused(added: str, reason: str) -> None:
    text = LEASE + added
    sentence = '"Yard" means the ground behind the mill.'
    one = fact(text, DEFINITION_MEANING, "the ground behind the mill", sentence, term="Yard")
    mirrored = fact(text, DEFINITION_TERM, "Yard", sentence, meaning="the ground behind the mill")
    assert objection(text, one) == objection(text, mirrored) == reason


def test_words_that_stand_twice_are_not_asked_about() -> None:
    text = "[10:02] mun__: The valve on line two is stuck again\n[10:03] ada: > The valve on line two is stuck again\n"
    once = fact(text, SPEAKER_WHO, "mun__", text.split("\n")[0], words="The valve on line two is stuck again")
    assert objection(text, once) == "words_stand_twice"
    alone = text.split("\n")[0]
    assert (
        objection(alone, fact(alone, SPEAKER_WHO, "mun__", alone, words="The valve on line two is stuck again")) == ""
    )


def test_heading_that_stands_twice_with_text_is_refused_and_a_list_of_contents_is_none() -> None:
    contents = "Contents\nFilling the tank\nCleaning\n\nFilling the tank\n\n1. Open the lid and fill in water.\n"
    steps = ["1. Open the lid and fill in water."]
    one = fact(contents, STEPS_ONE, "Open the lid and fill in water.", *steps, title="Filling the tank", number="1")
    assert objection(contents, one) == ""
    twice = contents + "\nFilling the tank\n\n1. Ask the operator to do it for you.\n"
    assert objection(twice, one) == "heading_repeated"


def test_amount_that_stands_at_two_places_has_no_one_place() -> None:
    sentence = "The Tenant shall pay USD 1,200 within 10 days."
    one = fact(LEASE, AMOUNT_PLACE, "Section 4.1", "4.1", sentence, amount="USD 1,200")
    assert objection(LEASE, one) == ""
    text = LEASE + "\n9.1 Deposit. The deposit is 1200 dollars.\n"
    assert objection(text, one) == "number_elsewhere"


TABLE = "Bolts\n\n| Bolt | Width | Head |\n|---|---|---|\n| B1 | 9 mm | hex |\n| B2 | 11 mm | flat |\n"


def test_cell_is_read_again_by_counting_pipes() -> None:
    def cell(text: str, row: str, column: str, answer: str) -> StructuralFact:
        line = next(line for line in text.split("\n") if line.startswith(f"| {row} "))
        return fact(
            text,
            TABLE_CELL,
            answer,
            "| Bolt | Width | Head |",
            line,
            table="under “Bolts”",
            row=row,
            column=column,
        )

    assert objection(TABLE, cell(TABLE, "B2", "Width", "11 mm")) == ""
    assert objection(TABLE, cell(TABLE, "B2", "Head", "11 mm")) == "cell_misread"
    shifted = TABLE.replace("| B2 | 11 mm |", "| B2 | 11 mm | 3 |")
    assert objection(shifted, cell(shifted, "B2", "Width", "11 mm")) == "cell_misread"
    grid = shifted.replace("|---|---|---|", "+---+---+---+")
    assert objection(grid, cell(grid, "B2", "Width", "11 mm")) == "", "in a grid a cell may have several lines"
    twice = TABLE + "| B1 | 10 mm | hex |\n"
    assert objection(twice, cell(twice, "B1", "Width", "9 mm")) == "row_repeated"


def test_label_that_opens_two_provisions_is_refused_unless_one_is_claimed_or_a_list_of_contents() -> None:
    body = "The Tenant shall pay USD 1,200 within 10 days."
    one = fact(LEASE, CLAUSE_TEXT, body, body, clause="Section 4.1 (Rent)")
    assert objection(LEASE, one) == ""
    contents = LEASE.replace("Lease\n", "Lease\n\n4.1 Rent\n4.2 Storage\n", 1)
    assert objection(contents, fact(contents, CLAUSE_TEXT, body, body, clause="Section 4.1")) == ""
    annexed = LEASE + "\nLicence of the software\n\n4.1 Scope. The licensee may install one copy.\n"
    again = fact(annexed, CLAUSE_TEXT, body, body, clause="Section 4.1 (Rent)")
    assert objection(annexed, again) == "label_repeated"
    known = "The licensee may install one copy."
    schedule = fact(annexed, CLAUSE_TEXT, known, known, clause="paragraph 4.1 of the Licence")
    assert objection(annexed, again, schedule) == ""
    start = annexed.index("4.1 Scope")
    refused = Unasked("clause", "paragraph 4.1 of the Licence", Dropped("gap", "x"), Span(start, start + 9))
    assert objection(annexed, again, unasked=[refused]) == ""


def test_korean_article_that_opens_two_provisions_is_refused_and_a_branch_is_another_one() -> None:
    text = "제4조 (납품)\n을은 물품을 납품한다.\n\n제4조의2 (검수)\n갑은 물품을 검수한다.\n"
    one = fact(text, CLAUSE_TEXT, "을은 물품을 납품한다.", "을은 물품을 납품한다.", clause="제4조")
    assert objection(text, one, language="ko") == ""
    text += "\n사용권 약관\n\n제4조 (범위)\n이용자는 한 대에 설치한다.\n"
    one = fact(text, CLAUSE_TEXT, "을은 물품을 납품한다.", "을은 물품을 납품한다.", clause="제4조")
    assert objection(text, one, language="ko") == "label_repeated"


def reference(
    text: str, answer: str, *pieces: str, label: str = "Section 4.1", form: Form = REFERENCE_TO
) -> StructuralFact:
    return fact(text, form, answer, *pieces, label=label, places="sections")


SAID = ("for the yard, as Section 4.1 says.", "Sections 4.1 and 4.2 apply to repairs within 30 days.")


def test_mention_that_the_answer_left_out_is_refused() -> None:
    whole = reference(LEASE, "Section 4.2 and Section 5.2", "4.2 Storage.", "5.2 Repairs.", *SAID)
    assert objection(LEASE, whole) == ""
    assert objection(LEASE, reference(LEASE, "Section 4.2", "4.2 Storage.", SAID[0])) == "mention_left_out"
    foreign = LEASE + "\n6.1 Law. Section 4.1 of the Housing Act applies.\n"
    assert (
        objection(foreign, reference(foreign, "Section 4.2 and Section 5.2", "4.2 Storage.", "5.2 Repairs.", *SAID))
        == ""
    )


@pytest.mark.parametrize(
    ("mention", "reason"),
    [
        ("Sections 4.0 to 4.4 apply.", "mention_left_out"),
        ("§§ 4.0–4.4 apply.", "mention_left_out"),
        ("See Sections 1.1, 4.0-4.4 and 7.", "mention_left_out"),
        ("Sections 4.2 to 4.4 apply.", ""),
        ("He may use the places numbered 4.0 to 4.4 of the yard.", ""),
        ("The volume in Section 9.9 falls from 14,000 to 78,000.", ""),
    ],
)
def test_mention_within_a_range_is_a_mention(mention: str, reason: str) -> None:
    text = LEASE + f"\n6.1 Range. {mention}\n"
    two = reference(text, "Section 4.2 and Section 5.2", "4.2 Storage.", "5.2 Repairs.", *SAID)
    assert objection(text, two) == reason


def test_korean_range_and_foreign_law() -> None:
    text = "제3조 (가) 제5조에 따른다.\n\n제5조 (나) 대금을 낸다.\n\n제7조 (다) 「민법」 제5조를 따른다.\n"
    one = reference(text, "제3조", "제3조 (가) 제5조에 따른다.", label="제5조")
    assert objection(text, one, language="ko") == ""
    text += "\n제8조 (라) 제4조부터 제6조까지를 준용한다.\n"
    one = reference(text, "제3조", "제3조 (가) 제5조에 따른다.", label="제5조")
    assert objection(text, one, language="ko") == "mention_left_out"


def test_target_that_the_sentence_names_and_the_answer_leaves_out_is_refused() -> None:
    bodies = [
        fact(LEASE, CLAUSE_TEXT, "x", "The Tenant shall pay USD 1,200 within 10 days.", clause="Section 4.1"),
        fact(LEASE, CLAUSE_TEXT, "x", "The Tenant shall pay USD 205", clause="Section 4.2"),
    ]
    whole = reference(LEASE, "Section 4.1 and Section 4.2", SAID[1], label="Section 5.2", form=REFERENCE_FROM)
    assert objection(LEASE, whole, *bodies) == ""
    foreign = LEASE.replace("apply to repairs", "apply, and Section 4.2 of the Housing Act, to repairs").replace(
        "Sections 4.1 and 4.2", "Section 4.1"
    )
    sentence = next(line for line in foreign.split("\n") if "Housing" in line)
    law = reference(foreign, "Section 4.1", sentence, label="Section 5.2", form=REFERENCE_FROM)
    known = [fact(foreign, CLAUSE_TEXT, "x", "The Tenant shall pay USD 205", clause="Section 4.2")]
    assert objection(foreign, law, *known) == "", "that is a section of another law"
    inside = reference(LEASE, "Section 4.1", SAID[1], label="Section 4.2.1", form=REFERENCE_FROM)
    assert objection(LEASE, inside, *bodies) == "", "what a provision says of the one that holds it is no other place"
    part = reference(LEASE, "Section 4.1", SAID[1], label="Section 5.2", form=REFERENCE_FROM)
    assert objection(LEASE, part, *bodies) == "mention_left_out"


def test_only_deadline_of_a_provision_that_states_two_is_refused() -> None:
    text = "4.1 Notice. The Tenant shall answer within 10 days. The Landlord shall answer within 20 days.\n"
    body = fact(
        text,
        CLAUSE_TEXT,
        "x",
        "The Tenant shall answer within 10 days. The Landlord shall answer within 20 days.",
        clause="Section 4.1",
    )
    one = fact(text, DEADLINE_ONLY, "within 10 days", "The Tenant shall answer within 10 days.", clause="Section 4.1")
    assert objection(text, one, body) == "another_value"
    alone = text.replace("within 20 days", "in the year 2020, § 20.1")
    assert (
        objection(
            alone,
            one,
            fact(alone, CLAUSE_TEXT, "x", "The Tenant shall answer within 10 days.", clause="Section 4.1"),
        )
        == ""
    )


@pytest.mark.parametrize(
    ("text", "label", "body", "language"),
    [
        (
            "제50조의3을 다음과 같이 신설한다.\n제50조의3(특례) 수업연한은 4년으로 한다.\n",
            "제50조의3",
            "수업연한은 4년으로 한다.",
            "ko",
        ),
        (
            "Section 4.1 is changed as follows.\nSection 4.1 Rent. The rent is paid monthly.\n",
            "Section 4.1",
            "The rent is paid monthly.",
            "en",
        ),
        (
            "The tenant pays all that he owes to the landlord as set out in\n4.1 The rent of the yard, or less.\n\n"
            "4.1 Rent. The rent is paid monthly.\n",
            "Section 4.1",
            "The rent is paid monthly.",
            "en",
        ),
    ],
)
def test_line_that_opens_with_a_label_in_a_sentence_is_no_second_provision(
    text: str, label: str, body: str, language: str
) -> None:
    one = fact(text, CLAUSE_TEXT, body, body, clause=label)
    assert objection(text, one, language=language) == ""


def test_list_of_contents_is_no_mention() -> None:
    text = (
        "§ 10.1 Authority, purpose and scope of all that follows in this part of the rules\n"
        "§ 10.2 Definitions\n§ 10.3 Exceptions\n\n§ 10.1 Authority. x\n\n§ 10.2 Definitions. y\n\n"
        "§ 10.3 Exceptions. As § 10.2 says.\n"
    )
    one = reference(text, "§ 10.3", "§ 10.3 Exceptions. As § 10.2 says.", label="§ 10.2")
    assert objection(text, one) == ""


def test_amount_of_short_numbers_is_searched_as_a_whole() -> None:
    text = "제3조 (벌칙)\n1억 5천만원 이하의 벌금에 처한다.\n\n제5조 (준용)\n1년으로 한다.\n"
    one = fact(text, AMOUNT_PLACE, "제3조", "제3조", "1억 5천만원 이하의 벌금에 처한다.", amount="1억 5천만원")
    assert objection(text, one, language="ko") == ""
    text += "\n제7조 (특칙)\n1억 5천만원까지 올린다.\n"
    assert objection(text, one, language="ko") == "number_elsewhere"


@pytest.mark.parametrize(
    ("answer", "other", "reason"),
    [
        ("$500.00", "§ 12.238", ""),
        ("$500.00", "$700", "another_value"),
        ("USD 500", "USD 700", "another_value"),
        ("500 dollars", "30 days", ""),
        ("500 dollars", "700 dollars", "another_value"),
    ],
)
def test_only_amount_of_a_provision_is_compared_with_others_of_its_unit(answer: str, other: str, reason: str) -> None:
    text = f"4.1 Fee. The fee is {answer}. It is explained by {other}.\n"
    body = fact(text, CLAUSE_TEXT, "x", text.strip().partition("Fee. ")[2], clause="Section 4.1 (Fee)")
    one = fact(text, AMOUNT_ONLY, answer, f"The fee is {answer}.", clause="Section 4.1 (Fee)")
    assert objection(text, one, body) == reason


def test_list_of_labels_is_no_second_numbering() -> None:
    body = "The Tenant shall pay USD 1,200 within 10 days."
    text = LEASE + "\nPlaces of the report\n\nRent\n\n4.1\n\nStorage\n\n4.2\n\nYard\n\n5.1\n"
    assert objection(text, fact(text, CLAUSE_TEXT, body, body, clause="Section 4.1")) == ""


def test_answer_that_spells_out_a_range_of_its_evidence_is_right() -> None:
    text = LEASE + "\n6.1 Costs. Sections 4.1 to 4.4 and 5.2 apply.\n"
    places = "6.1 Costs. Sections 4.1 to 4.4 and 5.2 apply."
    answer = "Section 4.1, Section 4.2, Section 4.3, Section 4.4 and Section 5.2"
    spelled = reference(text, answer, places, label="Section 6.1", form=REFERENCE_FROM)
    assert objection(text, spelled) == ""
    signs = text.replace("Sections 4.1 to 4.4", "§§ 4.1 through § 4.4")
    one = reference(
        signs, answer.replace("Section", "§"), signs.strip().split("\n")[-1], label="§ 6.1", form=spelled.form
    )
    assert objection(signs, one) == ""
    wrong = reference(text, answer.replace("4.3", "4.5"), places, label="Section 6.1", form=REFERENCE_FROM)
    assert objection(text, wrong) == "number_not_in_evidence"


FOLLOWED_TEXT = (
    "Section 1. Boats\n\nThe tenant keeps the boats dry in the winter.\n\nSection 2. Piers\n\nThe tenant "
    "keeps the piers clean in the winter.\n\nSection 3. Notice\n\nThe notice follows Section 1{more} in every year.\n"
)


@pytest.mark.parametrize(("more", "reason"), [("", ""), (" (Boats) or perhaps also Section 2", "mention_left_out")])
def test_second_reading_of_a_followed_reference_whose_sentence_mentions_another_provision(
    more: str, reason: str
) -> None:
    text = FOLLOWED_TEXT.format(more=more)
    form = Form("followed.text", {"en": ("?",)}, family=TaskFamily.MULTI_HOP)
    said = "The tenant keeps the boats dry in the winter."
    sentence = f"The notice follows Section 1{more} in every year."
    one = fact(text, form, said, said, sentence, source="Section 3", clause="Section 1")
    known = fact(text, CLAUSE_TEXT, "x", "The tenant keeps the piers", clause="Section 2")
    assert objection(text, one, known) == reason
