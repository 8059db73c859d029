from structural_documents import KOREAN_LEASE, LEASE, answer_to, findings, refused, slots_of

from pipeline.synthesize.tasks.clause import CLAUSE_NUMBER, CLAUSE_TEXT, CLAUSE_TITLE

CLAUSE = "clause"


def test_clause_facts_english_clause_is_quoted_whole_under_its_heading() -> None:
    found = findings(LEASE, CLAUSE, domain="legal", language="en")
    assert answer_to(found, CLAUSE_TEXT, clause="Section 2.2") == (
        "Landlord shall return the Security Deposit within thirty (30) days after the end of the Lease. "
        "Section 2.1 does not limit this duty."
    )
    assert answer_to(found, CLAUSE_TITLE, label="Article 2") == "Security Deposit"
    assert answer_to(found, CLAUSE_NUMBER, title="Security Deposit") == "Article 2"


def test_clause_facts_amended_clause_is_asked_before_the_amendment_only() -> None:
    found = findings(LEASE, CLAUSE, domain="legal", language="en")
    leads = {
        slots_of(fact)["clause"]: slots_of(fact).get("lead", "") for fact in found.facts if fact.form is CLAUSE_TEXT
    }
    assert leads["Section 2.1"] == "before any amendment, "
    assert leads["Article 2 (Security Deposit)"] == "before any amendment, "
    assert leads["Section 2.2"] == ""
    assert leads["Section 3.1"] == ""


def test_clause_facts_heading_that_occurs_twice_is_refused_as_a_way_to_find_its_number() -> None:
    found = findings(LEASE, CLAUSE, domain="legal", language="en")
    assert ("ambiguous_heading", "Article 3 (Repairs)") in refused(found)
    assert not any(fact.form is CLAUSE_NUMBER and slots_of(fact)["title"] == "Repairs" for fact in found.facts)


def test_clause_facts_korean_article_and_paragraph() -> None:
    found = findings(KOREAN_LEASE, CLAUSE, domain="legal", language="ko")
    assert answer_to(found, CLAUSE_TEXT, clause="제2조(보증금) 제2항") == (
        "을은 계약을 체결한 날부터 7일 이내에 보증금을 지급하여야 한다."
    )
    assert answer_to(found, CLAUSE_TEXT, clause="제3조의2(관리비)").startswith("을은 민법 제618조")
    assert answer_to(found, CLAUSE_TITLE, label="부칙 제2조") == "경과조치"
    assert answer_to(found, CLAUSE_NUMBER, title="관리비") == "제3조의2"


def test_clause_facts_same_number_twice_is_refused() -> None:
    text = (
        "제1조 (목적) 이 규정은 도서관의 이용에 관한 사항을 정한다.\n\n부칙\n\n"
        "제1조 (시행일) 공포한 날부터 시행한다.\n\n부칙\n\n제1조 (시행일) 다음 달부터 시행하기로 한다.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="ko")
    assert [reason for reason, _ in refused(found)] == ["ambiguous_number"]
    assert {slots_of(fact).get("clause") for fact in found.facts} >= {"제1조(목적)"}


def test_clause_facts_comparison_table_residue_is_refused() -> None:
    text = (
        "제1조 (목적) 이 법은 --------------- 것을 목적으로 한다.\n\n제2조 (정의) 용어의 뜻은 (생  략) 다음과 같다.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="ko")
    assert found.facts == ()
    assert {reason for reason, _ in refused(found)} == {"damaged_text"}


def test_clause_facts_korean_line_that_goes_on_below_is_no_heading() -> None:
    text = (
        "제5조 (배)\n\n① 나루지기가 정\n\n하는 배는 봄이 오면 물에 띄울 수 있다.\n\n② 사공은 배를 맨다.\n\n"
        "제6조 ① 나루지기는 사공이 뽑는다.\n② 사공은 마을이 뽑는다.\n"
    )
    found = findings(text, "clause", domain="legal", language="ko")
    assert not [fact for fact in found.facts if "나루지기" in str(slots_of(fact))]


def test_clause_facts_korean_text_that_announces_a_list_is_not_quoted_without_it() -> None:
    text = "제5조 (배) 나룻배는 다음 각 호의 요건을 갖춘 배를 말한다.\n\n"
    text += "제6조 (돛) 돛은 흰 천으로 만들어 큰 돛대에 매어야 한다.\n"
    found = findings(text, "clause", domain="legal", language="ko")
    assert [slots_of(one)["clause"] for one in found.facts if one.form is CLAUSE_TEXT] == ["제6조(돛)"]


def test_clause_facts_cited_subsection_at_the_start_of_a_line_is_no_heading() -> None:
    text = (
        "1. Boats\n\nThe boats are hired for one summer.\n\nSection 706(e) of the River Act holds for all boats "
        "and crews of the ferry.\n\n2. Sails\n\nThe sails are made of white cloth.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert not [fact for fact in found.facts if "Section 70" in str(slots_of(fact))]


def test_clause_facts_joint_to_the_next_item_is_no_part_of_the_text() -> None:
    text = (
        "1. Duties\n\n1.1 The master:\n\n(a) keeps the lantern of the ferry clean; and\n\n"
        "(b) rings the bell of the ferry in fog.\n\n1.2 The boy sweeps the deck of the ferry.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert answer_to(found, CLAUSE_TEXT, clause="Section 1.1(a)") == ("keeps the lantern of the ferry clean;")


def test_clause_facts_pictures_are_no_text() -> None:
    text = "1. Forms\n\n![](form.one)\n\nThe form of the ferry.\n\n2. Sails\n\nThe sails are made of white cloth.\n"
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert [slots_of(one)["clause"] for one in found.facts if one.form is CLAUSE_TEXT] == ["Section 2 (Sails)"]


def test_clause_facts_markup_is_no_part_of_a_text() -> None:
    text = (
        "## 1. Boats\n\nThe **boats** are [hired](/hire) for one *summer*. <!-- lint off -->\n\n"
        "## 2. Sails\n\nThe sails are <span>white</span> and made of cloth.\n\n## 3. Oars\n\n"
        "The oars are made of ash wood.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    texts = {slots_of(one)["clause"]: one.answer for one in found.facts if one.form is CLAUSE_TEXT}
    assert texts == {
        "Section 1 (Boats)": "The boats are hired for one summer.",
        "Section 3 (Oars)": "The oars are made of ash wood.",
    }


def test_clause_facts_lines_broken_at_a_width_are_joined_and_items_are_not() -> None:
    text = (
        "1. Boats\n\nThe boats of the ferry are hired for one summer by\nthe U.S. River Company and are then\n"
        "(a) cleaned; and\n(b) painted.\n\nall at once.\n\n2. Sails\n\nThe sails are made of white cloth.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert answer_to(found, CLAUSE_TEXT, clause="Section 1 (Boats)") == (
        "The boats of the ferry are hired for one summer by the U.S. River Company and are then\n"
        "(a) cleaned; and\n(b) painted.\n\nall at once."
    )


def test_clause_facts_text_with_the_number_of_a_page_or_left_out_is_refused() -> None:
    text = (
        "1. Boats\n\nThe boats are hired for one\n\n12\n<PAGE>   13\n\nsummer by the river company.\n\n"
        "2. Sails\n\nIntentionally omitted.\n\n3. Oars\n\nThe oars are made of ash wood.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    clauses = [slots_of(one)["clause"] for one in found.facts if one.form is CLAUSE_TEXT]
    assert clauses == ["Section 3 (Oars)"]


def test_clause_facts_heading_whose_number_is_lost_elsewhere_does_not_tell_a_number() -> None:
    text = (
        "Definitions.\n\nWords mean things.\n\n1. Definitions\n\nA boat is a hull with oars.\n\n2. Sails\n\n"
        "The sails are made of white cloth.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert [slots_of(one)["title"] for one in found.facts if one.form is CLAUSE_NUMBER] == ["Sails"]


def test_clause_facts_section_with_headings_below_it_is_not_quoted() -> None:
    text = (
        "# Boats\n\nThese rules hold for boats of the river.\n\n## Hire\n\nBoats are hired for one summer only.\n\n"
        "# Sails\n\nThe sails are made of white cloth.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    clauses = [slots_of(one)["clause"] for one in found.facts if one.form is CLAUSE_TEXT]
    assert clauses == ["the section “Hire”", "the section “Sails”"]


def test_clause_facts_blacked_out_or_listed_text_is_not_quoted() -> None:
    text = (
        "1. Boats\n\nThe boats are hired for [ ] shells in one summer.\n\n2. Sails\n\n"
        "The sails are made of [****] cloth.\n\n"
        "3. Sorts of Boats of the River 11\n\n4. Oars\n\nThe oars of\nAlder Works are made of ash.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    texts = [one.answer for one in found.facts if one.form is CLAUSE_TEXT]
    assert texts == ["The oars of Alder Works are made of ash."]


def test_clause_facts_section_with_its_text_on_the_line_of_its_heading_is_refused() -> None:
    below = "Works may be kept in the yard for as long as the owner of the yard allows it and no longer than that."
    run_in = "\n\n".join(
        f"{number}) {title}. You must keep this heading in each copy of the work that you give to anybody.\n\n{below}"
        for number, title in enumerate(("Grant of Rights", "Attribution Rights", "Warranty", "Termination"), start=1)
    )
    found = findings(f"THE YARD LICENCE\n\n{run_in}\n", CLAUSE, domain="legal", language="en")
    assert not [fact for fact in found.facts if fact.form is CLAUSE_TEXT]
    own_line = run_in.replace(". You must", "\n\nYou must")
    found = findings(f"THE YARD LICENCE\n\n{own_line}\n", CLAUSE, domain="legal", language="en")
    answers = [fact.answer for fact in found.facts if fact.form is CLAUSE_TEXT]
    assert len(answers) == 4 and all(answer.startswith("You must") for answer in answers)


def test_clause_facts_item_whose_letter_another_item_has_in_other_case_is_refused() -> None:
    items = "a. on the back cover of the manual;\nb. on the outside of the packaging;\nc. in the opening credits.\n"
    plain = "1. Use. Use it in games only, and in no other way.\n\n2. Logos. The logos must appear:\n{}" + items
    asked = findings(plain.format(""), CLAUSE, domain="legal", language="en")
    assert answer_to(asked, CLAUSE_TEXT, clause="Section 2(b)") == "on the outside of the packaging;"
    both = findings(plain.format("\nB: For games, in these places:\n"), CLAUSE, domain="legal", language="en")
    assert ("ambiguous_number", "Section 2(b)") in refused(both)
    assert answer_to(both, CLAUSE_TEXT, clause="Section 2(c)") == "in the opening credits."


def test_clause_facts_items_below_roman_sections_are_refused() -> None:
    text = (
        "FERRY RULES\n\nI. CROSSINGS\n\nThe ferry crosses by day.\n\nII. GUESTS\n\nGuests meet these rules:\n\n"
        "1. Each guest pays two coins.\n2. Each guest sits down in the boat.\n3. No guest rows the boat.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert found.facts == ()
    assert ("ambiguous_number", "Section 1") in refused(found)
    plain = findings(text.replace("I. C", "C").replace("II. G", "G"), CLAUSE, domain="legal", language="en")
    assert answer_to(plain, CLAUSE_TEXT, clause="Section 1") == "Each guest pays two coins."


def test_clause_facts_item_whose_letter_also_stands_behind_the_number_is_refused() -> None:
    text = (
        "1. Fares\n\nEach guest pays two coins.\n\n2. Oars\n\n2A Use\n\nGuests may do these things:\n\n"
        "(a) row the boat by day; and\n\n(b) keep the oars in the boat.\n\n2B Care\n\nThe oars stay dry.\n"
    )
    found = findings(text, CLAUSE, domain="legal", language="en")
    assert not any("2(b)" in slots_of(fact).get("clause", "") for fact in found.facts)
    plain = findings(text.replace("2A ", "").replace("2B ", ""), CLAUSE, domain="legal", language="en")
    assert any("2(b)" in slots_of(fact).get("clause", "") for fact in plain.facts)
