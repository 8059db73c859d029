import pytest
from structural_documents import KOREAN_LEASE, LEASE, answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.definition import DEFINITION_MEANING, DEFINITION_TERM


def english(text: str) -> Findings:
    return findings(text, "definition", domain="legal", language="en")


def korean(text: str) -> Findings:
    return findings(text, "definition", domain="legal", language="ko")


def test_definition_facts_quoted_terms_and_the_way_back() -> None:
    found = english(LEASE)
    assert answer_to(found, DEFINITION_MEANING, term="Rent Day") == "the first day of each month."
    assert answer_to(found, DEFINITION_TERM, meaning="the first day of each month") == "Rent Day"


def test_definition_facts_pointer_to_another_section_is_refused() -> None:
    found = english(LEASE)
    assert ("defined_elsewhere", "Works") in refused(found)
    assert not any(slots_of(fact).get("term") == "Works" for fact in found.facts)


@pytest.mark.parametrize(
    ("text", "term", "meaning"),
    [
        ("Creditor means a person who lends.\n", "Creditor", "a person who lends."),
        ("“Site” shall mean the yard at Quay 3.\n", "Site", "the yard at Quay 3."),
        ('2.1 "Costs" means sums paid. "Taxes" means levies.\n', "Costs", "sums paid."),
        ('a. "Beta" means a test version.\nb. "Data" means records.\n', "Beta", "a test version."),
        ("Vessel means:\n\nA barge; or\n\nA ship.\n\nOther words follow.\n", "Vessel", "A barge; or\n\nA ship."),
        (
            '1.3. "Code" means the source.\n\n1.4. "Fork" means a copy.\n',
            "Code",
            "the source.",
        ),
        ('9. "Work" means the files.\n10. "You" means a person.\n', "Work", "the files."),
        (
            '1. "Owner" means the mill. For this purpose, "control" means half of it.\n',
            "Owner",
            "the mill.",
        ),
        ('(a) "Sum" means all fees; and\n\n(b) "Tax" means levies.\n', "Sum", "all fees"),
        ("1. Definitions\n\n1.1 Here:\n\nSet: one bolt with two nuts.\n", "Set", "one bolt with two nuts."),
    ],
)
def test_definition_facts_english_shapes(text: str, term: str, meaning: str) -> None:
    assert answer_to(english(text), DEFINITION_MEANING, term=term) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "This means that the lease ends.\n",
        "Which means nothing.\n",
        "Other means of transport are allowed.\n",
        '"Alpha" and "Beta" mean versions.\n',
        '"Gamma" means:\n',
        '"Delta" means, when used of a ship, the mouth of a river.\n',
        "Mentions or refers to barges which are not listed, or\n",
        "Electronic means designated on the page of the harbour are used.\n",
        "Some specific but by no means exhaustive examples are listed below.\n",
    ],
)
def test_definition_facts_sentences_that_only_look_like_definitions_give_none(text: str) -> None:
    assert english(text).facts == ()


def test_definition_facts_korean_shapes() -> None:
    found = korean(KOREAN_LEASE)
    assert answer_to(found, DEFINITION_MEANING, term="목적물") == "서문빌딩 2층 203호를 말한다."
    assert answer_to(found, DEFINITION_MEANING, term="영업일") == (
        "토요일과 공휴일을 제외한 날을 말한다. 다만 창립기념일은 영업일로 본다."
    )
    unquoted = korean("제2조 (정의)\n1. 공급자란 물건을 파는 자를 말한다.\n2. 계란은 식품이다.\n")
    assert [slots_of(fact)["term"] for fact in unquoted.facts if "term" in slots_of(fact)] == ["공급자"]


def test_definition_facts_korean_meaning_cut_inside_a_bracket_is_refused() -> None:
    found = korean('"실명등기"란 법률(2001년에 개정된 것을 말한다. 이하 같다)에 따른 등기를 말한다.\n')
    assert found.facts == ()
    assert refused(found) == {("unfinished_definition", "실명등기")}


def test_definition_facts_meaning_ends_with_its_provision() -> None:
    text = (
        '1. Terms\n\n1.1 "Site" means the yard at Quay 3 and\nthe shed beside it.\n\n1.2 The yard is let.\n\n'
        '1.3 "Crane" means the tall machine.\n'
    )
    assert answer_to(english(text), DEFINITION_MEANING, term="Site") == ("the yard at Quay 3 and the shed beside it.")


def test_definition_facts_meaning_does_not_run_into_the_next_line_that_is_a_provision() -> None:
    text = '1. Terms\n\n1.1 "Site" means the yard at Quay 3;\n1.2 The yard is let to nobody.\n1.3 The gate is shut.\n'
    assert answer_to(english(text), DEFINITION_MEANING, term="Site") == "the yard at Quay 3"


def test_definition_facts_term_changed_by_an_amendment_gets_a_lead() -> None:
    text = LEASE.replace("2. Repairs.", '3. In Article 1 the "Rent Day" is changed to the third day.\n\n2. Repairs.')
    leads = {slots_of(f)["term"]: slots_of(f).get("lead", "") for f in english(text).facts if "term" in slots_of(f)}
    assert leads == {"Business Day": "", "Rent Day": "before any amendment, "}


@pytest.mark.parametrize(
    "text",
    [
        '4. Rent\n\nFor purposes of § 4.2(c), "year" means the twelve months behind the flood.\n',
        '4. Rent\n\nFor purposes of this section, the term "year" means the twelve months behind the flood.\n',
        '4.1 In this Section:\n\n(a) "Year" means twelve months behind the flood.\n\n(b) "Barge" means a flat boat.\n',
    ],
)
def test_definition_facts_meaning_in_one_provision_is_not_that_of_the_document(text: str) -> None:
    assert not english(text).facts


def test_definition_facts_korean_meaning_in_one_article_is_not_that_of_the_document() -> None:
    assert korean('제4조 (해) "홍수해"란 물이 둑을 넘은 해를 말한다.\n').facts
    assert not korean('제4조 (해) 이 조에서 "홍수해"란 물이 둑을 넘은 해를 말한다.\n').facts


def test_definition_facts_rules_behind_the_meaning_are_no_part_of_it() -> None:
    found = english(
        '4. Terms\n\n"Log" means the book of all crossings. The term includes loose sheets. A log shall be kept dry.\n'
    )
    meaning = "the book of all crossings. The term includes loose sheets."
    assert answer_to(found, DEFINITION_MEANING, term="Log") == meaning


def test_definition_facts_one_of_two_names_is_not_asked_for() -> None:
    found = english('4. Terms\n\n"FSL" or "Ferry Service Level" means the share of crossings that sail in time.\n')
    assert {fact.form for fact in found.facts} == {DEFINITION_MEANING}


def test_definition_facts_meaning_whose_words_come_twice_does_not_lead_back_to_its_term() -> None:
    found = english('4. Terms\n\n"Fare" means the price of a crossing. The price of a crossing is paid in coins.\n')
    assert answer_to(found, DEFINITION_MEANING, term="Fare")
    twice = english('4. Terms\n\n"Fare" means the price of a crossing.\n\nCoins cover the price of a crossing.\n')
    assert {fact.form for fact in twice.facts} == {DEFINITION_MEANING}


def test_definition_facts_korean_words_that_leave_to_a_decree_are_no_term() -> None:
    text = (
        '제1조(범위) 법 제3조에서 "대통령령으로 정하는 배"란 돛이 둘인 배를 말한다.\n\n'
        '제2조(정의) "돛배"란 돛을 단 배를 말한다.\n'
    )
    terms = {slots_of(fact).get("term") or fact.answer for fact in korean(text).facts}
    assert terms == {"돛배"}


def test_definition_facts_meaning_that_needs_its_neighbours_is_no_way_to_ask_for_the_term() -> None:
    ko = '제2조(정의) "배삯"이란 제1호의 값에 제2호의 율을 곱한 금액을 말한다.\n'
    en = '1. Terms\n\n1.1 "Ferry Letters" means all of said letters of the ferry.\n'
    forms = [fact.form for found in (korean(ko), english(en)) for fact in found.facts]
    assert forms == [DEFINITION_MEANING, DEFINITION_MEANING]


def test_definition_facts_meaning_inside_a_list_ends_before_the_next_item() -> None:
    text = '1. Words\n\n1.1 Here (a) "oar" means a long blade of wood; and (b) the captions are for ease of reading.\n'
    assert answer_to(english(text), DEFINITION_MEANING, term="oar") == "a long blade of wood"


@pytest.mark.parametrize(
    "meaning", ["*$____________.*", "[Date of signing].", "the form attached hereto as Exhibit A."]
)
def test_definition_facts_blank_or_pointer_is_no_meaning(meaning: str) -> None:
    text = f'1. Terms\n\n1.1 "Closing" means {meaning}\n\n1.2 "Oar" means a long blade of wood.\n'
    terms = {slots_of(fact).get("term") or fact.answer for fact in english(text).facts}
    assert terms == {"Oar"}


def test_definition_facts_verb_that_means_and_includes_is_no_part_of_the_meaning() -> None:
    text = '1. Terms\n\n1.1 "Costs" means and includes all tolls of the ferry.\n'
    assert answer_to(english(text), DEFINITION_MEANING, term="Costs") == "all tolls of the ferry."


def test_definition_facts_quotation_marks_around_a_short_name_hold_no_term() -> None:
    text = '제3조(정의) "건강검진기관(이하 "검진기관"이라 한다)"이란 검진을 하는 기관을 말한다.\n'
    assert korean(text).facts == ()


def test_definition_facts_letter_before_the_number_of_a_chapter_ends_no_sentence() -> None:
    text = '1. Terms\n\n1.1 "River Act" means the Ferries and Rivers Act, S.O. 2010, c. 15.\n'
    assert answer_to(english(text), DEFINITION_MEANING, term="River Act") == (
        "the Ferries and Rivers Act, S.O. 2010, c. 15."
    )


def test_definition_facts_first_item_alone_is_no_meaning() -> None:
    text = '1. Terms\n\n1.1 "Rival Act" means (i) taking guests from any person of the river. Also (ii) lending oars.\n'
    assert english(text).facts == ()


def test_definition_facts_term_that_another_part_takes_from_a_law_is_refused() -> None:
    text = (
        "§ 7.3 Definitions.\n\nAs used in this part:\n\n(a) Boat means a vessel with oars and a mast.\n\n"
        "(b) Raft means a flat vessel without a mast of its own.\n\n"
        "§ 7.71 Definitions.\n\nAs used in this subpart:\n\n(a) {} has the same meaning as in 15 U.S.C. 1681a(b).\n"
    )
    found = findings(text.format("Boat"), "definition", domain="legal", language="en")
    assert {slots_of(fact).get("term", fact.answer) for fact in found.facts} == {"Raft"}
    assert ("defined_elsewhere", "Boat") in refused(found)
    other = findings(text.format("Oar"), "definition", domain="legal", language="en")
    assert {slots_of(fact).get("term", fact.answer) for fact in other.facts} == {"Boat", "Raft"}


@pytest.mark.parametrize(
    "addition",
    [
        "Feedback does not include any data of the buyer.",
        "“Feedback” also includes a letter to the seller.",
        "Feedback excludes what the buyer says to others.",
        "For companies, “Feedback” includes what their staff say.",
        "For the avoidance of doubt, a bill is not Feedback.",
    ],
)
def test_definition_facts_next_sentence_that_repeats_the_term_belongs_to_the_meaning(addition: str) -> None:
    first = "what the buyer says about the pump."
    text = f"“Feedback” means {first} {addition} The buyer pays the bill.\n"
    assert answer_to(english(text), DEFINITION_MEANING, term="Feedback") == f"{first} {addition}"
    away = f"“Feedback” means {first} The buyer pays the bill. {addition}\n"
    assert ("unfinished_definition", "Feedback") in refused(english(away))
    below = f"“Feedback” means {first}\n\n{addition}\n"
    assert ("unfinished_definition", "Feedback") in refused(english(below))


def test_definition_facts_next_sentence_that_only_uses_the_term_is_no_part_of_the_meaning() -> None:
    text = "“Feedback” means what the buyer says about the pump. Feedback is sent to the seller.\n"
    assert answer_to(english(text), DEFINITION_MEANING, term="Feedback") == "what the buyer says about the pump."


def test_definition_facts_meaning_broken_by_a_blank_line_is_refused() -> None:
    text = "“Patent Claims” means any claim that the seller owns now or hereafter{}acquired, in any country.\n"
    assert answer_to(english(text.format(" ")), DEFINITION_MEANING, term="Patent Claims").endswith("in any country.")
    broken = english(text.format("\n\n"))
    assert ("unfinished_definition", "Patent Claims") in refused(broken)
    assert not any(slots_of(fact).get("term") == "Patent Claims" for fact in broken.facts)


def test_definition_facts_request_to_refer_to_a_text_is_no_definition() -> None:
    found = english("For more licensing information refer to the general public licence of the project.\n")
    assert not found.facts and not refused(found)
    assert english("Licence refers to the general public licence of the project.\n").facts


def test_definition_facts_question_for_a_term_leaves_out_the_verb_of_its_meaning() -> None:
    text = (
        "Section 1. Definitions\n\nAffiliate: means a company in the same group as the Tenant.\n\n"
        "Section 2. Rent\n\nThe rent is due on the first day.\n"
    )
    (slots,) = [slots_of(fact) for fact in english(text).facts if fact.form is DEFINITION_TERM]
    assert slots["meaning"] == "a company in the same group as the Tenant"


def test_definition_facts_meaning_that_leads_over_to_the_next_term_is_refused() -> None:
    text = 'As used here, "the Rules" refers to version 3 of the Ferry Rules, and the "River Act" means the law.\n'
    found = english(text)
    assert {slots_of(fact)["term"] for fact in found.facts if "term" in slots_of(fact)} == {"River Act"}
    assert ("unfinished_definition", "the Rules") in refused(found)
