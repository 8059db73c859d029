from pipeline.config.build import StructuralTask
from pipeline.synthesize.structural.facts import Findings, QuestionForm

from .contexts import KOREAN_LEASE, LEASE, MANUAL, answer_to, findings, refused, slots_of


def references(text: str, language: str, domain: str = "legal") -> Findings:
    return findings(text, StructuralTask.CROSS_REFERENCE, domain=domain, language=language)


def test_reference_facts_all_places_of_all_parts_are_listed() -> None:
    found = references(LEASE, "en")
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="Section 2.1") == (
        "Section 2.2 and paragraph 1 of the First Amendment to Lease"
    )
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="Section 3.1") == (
        "Section 3.2, item 2 of Schedule A and paragraph 2 of the First Amendment to Lease"
    )


def test_reference_facts_plural_list_names_each_and_other_laws_are_left_out() -> None:
    found = references(LEASE, "en")
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="Section 3.2") == "Section 2.2 and Section 3.1"


def test_reference_facts_range_counts_what_lies_between() -> None:
    text = "1. A\n\n1.1 One.\n\n1.2 Two.\n\n1.3 Three.\n\n2. B\n\n2.1 Clauses 1.1 to 1.3 apply.\n"
    found = references(text, "en")
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="clause 2.1") == "clause 1.1, clause 1.2 and clause 1.3"
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="clause 1.2") == "clause 2.1"


def test_reference_facts_number_of_unclear_meaning_refuses_its_target() -> None:
    text = "1. A\n\n1.1 One.\n\n1.2 Two.\n\n2. B\n\n2.1 See clause 1.1 and clause 1.2. The beam is 1.2 metres long.\n"
    found = references(text, "en")
    assert ("unclear_mention", "clause 1.2") in refused(found)
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="clause 1.1") == "clause 2.1"


def test_reference_facts_clause_of_another_contract_is_not_a_paragraph_of_the_judgment() -> None:
    text = "[1] The contract was signed.\n\n[2] Under clause 1 of it the buyer pays, as said in paragraph 1.\n"
    found = references(text, "en")
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="paragraph [1]") == "paragraph [2]"
    only_clause = references(text.replace(", as said in paragraph 1", ""), "en")
    assert only_clause.facts == ()


def test_reference_facts_table_of_contents_is_no_reference() -> None:
    text = (
        "§ 7.1 Scope.\n\n§ 7.2 Terms.\n\n§ 7.1 Scope.\n\nSee § 7.2.\n\n§ 7.2 Terms.\n\n"
        "A barge is a thing that floats.\n"
    )
    assert answer_to(references(text, "en"), QuestionForm.REFERENCE_TO, label="§ 7.2") == "§ 7.1"


def test_reference_facts_korean_other_law_is_left_out_and_parts_keep_their_names() -> None:
    found = references(KOREAN_LEASE, "ko")
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="본칙 제2조") == "제3조의2, 제1차 변경합의서 제1항"
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="제3조") == "제3조의2"
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="제3조의2") == "본칙 제2조, 제3조"
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="본칙 제2조 제3항") == "제4조"


def test_reference_facts_manual_sections_and_a_measure_that_looks_like_one() -> None:
    found = references(MANUAL, "en", domain="manual")
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="section 2.1") == "section 1.1"
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="section 1.1") == "section 2.1 and section 1.2"
    assert not any(slots_of(fact)["label"] == "section 2.4" for fact in found.facts)


def test_reference_facts_korean_manual_sections() -> None:
    text = (
        "# 설명서\n\n## 1. 안전\n\n### 1.1 경고\n\n버튼 잠금(2.1절)을 켜 두십시오.\n\n## 2. 사용\n\n"
        "### 2.1 버튼\n\n1장의 경고를 따르십시오.\n"
    )
    found = references(text, "ko", domain="manual")
    assert answer_to(found, QuestionForm.REFERENCE_TO, label="2.1절") == "1.1절"
    assert answer_to(found, QuestionForm.REFERENCE_FROM, label="2.1절") == "1장"
