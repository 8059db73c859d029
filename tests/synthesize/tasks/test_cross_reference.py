import pytest
from structural_documents import KOREAN_LEASE, LEASE, MANUAL, answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.cross_reference import REFERENCE_FROM, REFERENCE_LAW, REFERENCE_TO


def references(text: str, language: str, domain: str = "legal") -> Findings:
    return findings(text, "cross_reference", domain=domain, language=language)


def test_reference_facts_all_places_of_all_parts_are_listed() -> None:
    found = references(LEASE, "en")
    assert answer_to(found, REFERENCE_TO, label="Section 2.1") == (
        "Section 2.2 and paragraph 1 of the First Amendment to Lease"
    )
    assert answer_to(found, REFERENCE_TO, label="Section 3.1") == (
        "Section 3.2, item 2 of Schedule A and paragraph 2 of the First Amendment to Lease"
    )


def test_reference_facts_plural_list_names_each_and_other_laws_are_left_out() -> None:
    found = references(LEASE, "en")
    assert answer_to(found, REFERENCE_FROM, label="Section 3.2") == "Section 2.2 and Section 3.1"


def test_reference_facts_range_is_named_by_its_ends() -> None:
    text = (
        "1. A\n\n1.1 One.\n\n1.2 Two.\n\n1.3 Three.\n\n2. B\n\n2.1 Clauses 1.1 to 1.3 apply.\n\n2.2 Clause 1.2 ends.\n"
    )
    found = references(text, "en")
    assert answer_to(found, REFERENCE_FROM, label="clause 2.1") == "clause 1.1 to clause 1.3"
    assert answer_to(found, REFERENCE_TO, label="clause 1.3") == "clause 2.1"
    assert ("unclear_mention", "clause 1.2") in refused(found)


def test_reference_facts_number_of_unclear_meaning_refuses_its_target() -> None:
    text = "1. A\n\n1.1 One.\n\n1.2 Two.\n\n2. B\n\n2.1 See clause 1.1 and clause 1.2. The beam is 1.2 metres long.\n"
    found = references(text, "en")
    assert ("unclear_mention", "clause 1.2") in refused(found)
    assert answer_to(found, REFERENCE_TO, label="clause 1.1") == "clause 2.1"


def test_reference_facts_clause_of_another_contract_is_not_a_paragraph_of_the_judgment() -> None:
    text = "[1] The contract was signed.\n\n[2] Under clause 1 of it the buyer pays, as said in paragraph 1.\n"
    found = references(text, "en")
    assert answer_to(found, REFERENCE_TO, label="paragraph [1]") == "paragraph [2]"
    only_clause = references(text.replace(", as said in paragraph 1", ""), "en")
    assert only_clause.facts == ()


def test_reference_facts_table_of_contents_is_no_reference() -> None:
    text = (
        "§ 7.1 Scope.\n\n§ 7.2 Terms.\n\n§ 7.1 Scope.\n\nSee § 7.2.\n\n§ 7.2 Terms.\n\n"
        "A barge is a thing that floats.\n"
    )
    assert answer_to(references(text, "en"), REFERENCE_TO, label="§ 7.2") == "§ 7.1"


def test_reference_facts_korean_other_law_is_left_out_and_parts_keep_their_names() -> None:
    found = references(KOREAN_LEASE, "ko")
    assert answer_to(found, REFERENCE_TO, label="제2조") == "제3조의2, 제1차 변경합의서 제1항"
    assert answer_to(found, REFERENCE_TO, label="제3조") == "제3조의2, 부칙 제2조"
    assert answer_to(found, REFERENCE_FROM, label="제3조의2") == "제2조, 제3조"
    assert answer_to(found, REFERENCE_FROM, label="제2조 제3항") == "제4조"


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("Sections 4.1(a) and (b) apply.", "Section 4.1(a) and Section 4.1(b)"),
        ("Sections 4.1, 4.2 and 4.3 apply.", "Section 4.1, Section 4.2 and Section 4.3"),
        ("Sections 4.1 through 4.3 apply.", "Section 4.1 to Section 4.3"),
        ("Sections 4.1–4.3 of this Agreement apply.", "Section 4.1 to Section 4.3"),
        ("Section 4.2 of the Deed of Trust Act and Section 4.1 apply.", "Section 4.1"),
        ("Section 4.1 hereof and 12 U.S.C. § 4.2 apply.", "Section 4.1"),
        ("Section 4.1(a)(ii) applies.", "Section 4.1(a)(ii)"),
        ("Section 4.3(a)-(c) applies.", "Section 4.3(a)–(c)"),
        ("Pursuant to Section 4.3 and (i) on demand, the price is due.", "Section 4.3"),
        ("Sections 4.1(a)-(b) apply.", "Section 4.1(a) and Section 4.1(b)"),
    ],
)
def test_reference_facts_english_lists_ranges_and_other_laws(sentence: str, answer: str) -> None:
    text = (
        f"4. Price\n\n4.1 The buyer pays:\n\n(a) the price; and\n\n(b) the tax.\n\n4.2 The price is fixed.\n\n"
        f"4.3 The tax is not.\n\n5. Rest\n\n5.1 {sentence}\n"
    )
    assert answer_to(references(text, "en"), REFERENCE_FROM, label="Section 5.1") == answer


def test_reference_facts_signs_and_hyphened_ranges() -> None:
    text = (
        "".join(f"§ {n} Rule.\n\nText number {n} is here.\n\n" for n in range(1, 5)) + "§ 9 Rest.\n\nSee §§ 1 and 3.\n"
    )
    assert answer_to(references(text, "en"), REFERENCE_FROM, label="§ 9") == "§ 1 and § 3"
    clauses = "".join(f"{n}. Rule {n}\n\nText number {n} is here.\n\n" for n in range(1, 9))
    found = references(clauses + "9. Rest\n\nClauses 1, 3–5 and 7-8 survive.\n", "en")
    assert answer_to(found, REFERENCE_FROM, label="clause 9") == (
        "clause 1, clause 3 to clause 5, clause 7 and clause 8"
    )


@pytest.mark.parametrize("name", ["the Side Deed", "the prior agreement", "the other contract"])
def test_reference_facts_document_of_unclear_name_makes_silent(name: str) -> None:
    text = f"4. Price\n\n4.1 The buyer pays.\n\n4.2 As Section 4.1 of {name} says, nothing is due.\n"
    found = references(text, "en")
    assert not any(slots_of(fact)["label"] == "Section 4.1" for fact in found.facts)


def test_reference_facts_annexed_licence_counts_for_itself() -> None:
    text = (
        "1. Scope\n\n1.1 The tool is lent.\n\n1.2 Section 1.1 is subject to Section 2.1.\n\n2. End\n\n"
        "2.1 The loan ends in May.\n\nTOOL SOFTWARE LICENSE\n\n1. Grant\n\n1.1 The program is licensed.\n\n"
        "1.2 Section 1.1 does not cover copies.\n"
    )
    found = references(text, "en")
    assert not any(slots_of(fact)["label"] in ("Section 1.1", "Section 1.2") for fact in found.facts)  # of which?
    assert answer_to(found, REFERENCE_TO, label="Section 1.1 of the Tool Software License") == (
        "Section 1.2 of the Tool Software License"
    )


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("제2조제1항 및 제3항을 준용한다.", "제2조 제1항, 제2조 제3항"),
        ("제2조제1항부터 제3항까지 및 제4조의2를 준용한다.", "제2조 제1항부터 제3항까지, 제4조의2"),
        ("제3조에도 불구하고 같은 조 제2항은 적용하지 아니한다.", "제3조, 제3조 제2항"),
        ("「민법」 제3조 및 제2조제1항에도 불구하고 이 규정 제4조를 따른다.", "제4조"),
        ("법 제2조에 따라 제3조제1항을 적용한다.", "제3조 제1항"),
        ("민법 제2조와 상법 제3조에도 불구하고 제4조를 적용한다.", "제4조"),
    ],
)
def test_reference_facts_korean_lists_ranges_and_other_laws(sentence: str, answer: str) -> None:
    text = (
        "제2조(요금) ① 요금은 매년 정한다.\n② 요금은 선납한다.\n③ 요금은 돌려주지 아니한다.\n\n"
        "제3조(기간) ① 기간은 1년이다.\n"
        "② 기간은 늘릴 수 있다.\n\n제4조(해지) 누구든지 해지할 수 있다.\n\n제4조의2(양도) 양도할 수 없다.\n\n"
        f"제5조(준용) {sentence}\n"
    )
    assert answer_to(references(text, "ko"), REFERENCE_FROM, label="제5조") == answer


def test_reference_facts_korean_paragraph_alone_means_its_own_article() -> None:
    text = (
        "제2조(요금) ① 요금은 매년 정한다.\n② 요금은 선납한다.\n\n제3조(기간) ① 기간은 1년이다.\n"
        "② 제1항에도 불구하고 기간은 늘릴 수 있다.\n③ 전항의 경우에는 알린다.\n"
    )
    found = references(text, "ko")
    assert answer_to(found, REFERENCE_FROM, label="제3조 제2항") == "제3조 제1항"
    assert not any(slots_of(fact)["label"] == "제2조" for fact in found.facts)


def test_reference_facts_korean_paragraph_of_a_contract_without_articles() -> None:
    text = (
        "용역 계약서\n\n1. 목적\n\n용역을 정한다.\n\n2. 금액\n\n금액은 없다.\n\n3. 해지\n\n"
        "제2항을 위반하면 해지할 수 있다.\n"
    )
    found = references(text, "ko")
    assert answer_to(found, REFERENCE_FROM, label="제3항") == "제2항"


def test_reference_facts_number_that_main_part_and_schedule_share_is_unclear_in_the_schedule() -> None:
    text = (
        "Section 1. Scope\n\nThe shed is let.\n\nSection 2. Price\n\nAs Section 1 says, it is let.\n\nSCHEDULE A\n\n"
        "Section 1. Tools\n\nOne lathe.\n\nSection 2. Rest\n\nSection 1 holds for the crane.\n"
    )
    found = references(text, "en")
    assert not any(slots_of(fact)["label"] == "Section 1" for fact in found.facts)
    assert ("unclear_mention", "Section 1") in refused(found)


@pytest.mark.parametrize("mention", ["같은 법 제3조", "법 제3조", "하천의 이용에 관한 법률 제3조"])
def test_reference_facts_other_laws_are_not_listed_where_one_has_no_whole_name(mention: str) -> None:
    text = (
        f"제2조(요금) 요금은 「전기사업법」 제16조 및 이에 따른 {mention}에 따라 정한다.\n\n"
        f"제3조(기간) 기간은 1년이다.\n"
    )
    assert not any(fact.form is REFERENCE_LAW for fact in references(text, "ko").facts)


def test_reference_facts_other_laws_are_listed_as_written() -> None:
    text = "제2조(요금) 요금은 「전기사업법」 제16조제1항과 민법 제3조에 따라 정한다.\n\n제3조(기간) 기간은 1년이다.\n"
    found = references(text, "ko")
    assert answer_to(found, REFERENCE_LAW, label="제2조") == "「전기사업법」 제16조제1항, 민법 제3조"


def test_reference_facts_manual_sections_and_a_measure_that_looks_like_one() -> None:
    found = references(MANUAL, "en", domain="manual")
    assert answer_to(found, REFERENCE_TO, label="section 2.1") == "section 1.1"
    assert answer_to(found, REFERENCE_FROM, label="section 1.1") == "section 2.1 and section 1.2"
    assert not any(slots_of(fact)["label"] == "section 2.4" for fact in found.facts)


def test_reference_facts_korean_manual_sections() -> None:
    text = (
        "# 설명서\n\n## 1. 안전\n\n### 1.1 경고\n\n버튼 잠금(2.1절)을 켜 두십시오.\n\n## 2. 사용\n\n"
        "### 2.1 버튼\n\n1장의 경고를 따르십시오.\n"
    )
    found = references(text, "ko", domain="manual")
    assert answer_to(found, REFERENCE_TO, label="2.1절") == "1.1절"
    assert answer_to(found, REFERENCE_FROM, label="2.1절") == "1장"


def test_reference_facts_korean_list_of_other_laws_keeps_items_in_brackets() -> None:
    found = references("제3조 (배) 「나루법」 제2조 제7호 (가)목, 제7항을 따른다.\n", "ko")
    answer = "「나루법」 제2조 제7호 (가)목, 제7항"
    assert answer_to(found, REFERENCE_LAW, label="제3조") == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "구 나루 및 물길정비법 제19조와 「나루법」 제2조를 따른다.",
        "「나루법」 제2조와 「물길법 시행령」 154조제1항을 따른다.",
    ],
)
def test_reference_facts_korean_law_whose_name_or_number_is_not_whole_makes_silent(sentence: str) -> None:
    found = references(f"제3조 (배) {sentence}\n", "ko")
    assert not [fact for fact in found.facts if fact.form is REFERENCE_LAW]


def test_reference_facts_article_of_this_addendum_is_not_that_of_the_main_part() -> None:
    text = (
        "1. Boats\n\nBoats are hired.\n\n2. Rest\n\nSections are numbered.\n\nADDENDUM 1\n\n"
        "3. Storms\n\n3.1 Boats rest as told in Section 2 of this Addendum.\n"
    )
    assert not references(text, "en").facts


def test_reference_facts_reserved_section_does_not_speak_for_what_follows_the_list() -> None:
    heads = "".join(f"{n}\n§ {n}.1 Rule {n}.\n\n" for n in range(1, 8))
    found = references(heads + "8\n§ 8.1 [Reserved]\n\nBoats follow § 2.1 and the rules of the river.\n", "en")
    assert not [fact for fact in found.facts if "8.1" in fact.answer]


def test_reference_facts_law_in_the_title_of_an_entry_makes_its_list_silent() -> None:
    entry = "[2019-05-3{n}] {title}\n\n나룻배는 「물길법」 제2조에 따라 등록하는 것임.\n\n---\n\n"
    text = "해석 모음\n\n" + entry.format(n=0, title="「나루법」 제7조의 나룻배를 등록하는지 여부")
    text += entry.format(n=1, title="나룻배를 등록하는지 여부") + entry.format(n=2, title="나룻배를 매는지 여부")
    asked = [slots_of(one)["label"] for one in references(text, "ko").facts if one.form is REFERENCE_LAW]
    assert asked == ["“나룻배를 등록하는지 여부” 사안", "“나룻배를 매는지 여부” 사안"]


def test_reference_facts_long_range_is_not_spelled_out() -> None:
    rules = "".join(f"§ {n} Rule.\n\nText number {n} is here.\n\n" for n in range(1, 9))
    found = references(rules + "§ 9 Rest.\n\nSee §§ 1 through 8.\n", "en")
    assert answer_to(found, REFERENCE_FROM, label="§ 9") == "§ 1 to § 8"
    assert [slots_of(fact)["label"] for fact in found.facts if fact.form is REFERENCE_TO] == ["§ 1", "§ 8"]


def test_reference_facts_range_that_is_mentioned_in_part_once_more_has_no_list() -> None:
    rules = "".join(f"§ {n} Rule.\n\nText number {n} is here.\n\n" for n in range(1, 9))
    found = references(rules + "§ 9 Rest.\n\nSee §§ 1 through 8.\n\nAs § 3 says, nothing is due.\n", "en")
    assert not any(fact.form is REFERENCE_FROM for fact in found.facts)


def test_reference_facts_korean_number_that_counts_is_no_branch() -> None:
    found = references("제3조 (배) 「나루법」 제88조제6호의 1세대와 「물길법」 제2조제1호의2를 따른다.\n", "ko")
    assert answer_to(found, REFERENCE_LAW, label="제3조") == "「나루법」 제88조제6호, 「물길법」 제2조제1호의2"


def test_reference_facts_korean_law_named_again_without_its_bracket_is_listed_once() -> None:
    text = "제3조 (배) 구 나루법(2009. 12. 31. 법률 제9897호로 개정되기 전의 것) 제4조를 따르며, "
    text += "구 나루법 제4조는 고친다.\n"
    answer = "구 나루법(2009. 12. 31. 법률 제9897호로 개정되기 전의 것) 제4조"
    assert answer_to(references(text, "ko"), REFERENCE_LAW, label="제3조") == answer


def test_reference_facts_annexed_part_whose_heading_is_not_known_makes_its_mentions_nameless() -> None:
    text = (
        "§ 7.1 Scope.\n\nBoats are hired.\n\n§ 7.2 Terms.\n\nA barge is a boat, as said in § 7.1.\n\n"
        "Appendix A to Part 7—Boats\n\nBoats of § 7.1 are red.\n\n"
        f"Appendix B to Part 7—{'Boats and everything that floats behind them on ' * 3}Rivers\n\n"
        "Rafts of § 7.1 are blue.\n"
    )
    found = references(text, "en")
    assert ("unnamed_place", "§ 7.1") in refused(found)
    assert not any(fact.form is REFERENCE_TO for fact in found.facts)
    whole = references(text.partition("Appendix B")[0], "en")
    assert answer_to(whole, REFERENCE_TO, label="§ 7.1") == "§ 7.2 and Appendix A"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "1. Boats\n\nBoats are hired.\n\n2. Rest\n\nClause 1 and {} apply to the rest.\n"),
        ("ko", "제1조(배) 배를 빌린다.\n\n제2조(요금) 요금은 제1조와 {}에 따른다.\n"),
    ],
)
def test_reference_facts_list_of_a_provision_that_mentions_an_annexed_part_is_left_out(
    language: str, text: str
) -> None:
    mentions = {"en": ("Appendix B", "Exhibit 2", "comment 3(a)-1"), "ko": ("별표 1", "부칙", "별지 제1호서식")}
    for mention in mentions[language]:
        found = references(text.format(mention), language)
        assert not any(fact.form is REFERENCE_FROM for fact in found.facts)
    plain = references(text.format("the law" if language == "en" else "관행"), language)
    assert any(fact.form is REFERENCE_FROM for fact in plain.facts)


def test_reference_facts_article_whose_section_is_mentioned_is_not_asked_about() -> None:
    text = (
        "ARTICLE 4. SCOPE\n\n4.1 Boats are hired.\n\n4.2 Rafts are not.\n\nARTICLE 5. REST\n\n"
        "5.1 Article 4 holds for the winter.\n\n5.2 {} holds for the summer.\n"
    )
    alone = references(text.format("Nothing"), "en")
    assert answer_to(alone, REFERENCE_TO, label="Article 4") == "Section 5.1"
    for mention in ("Section 4.2", "Article 4.2 of the Boat Agreement"):
        found = references(text.format(mention), "en")
        assert not any(slots_of(fact).get("label") == "Article 4" for fact in found.facts)


def test_reference_facts_comments_on_a_code_do_not_count_for_themselves() -> None:
    text = (
        "§ 103.1 Scope.\n\nBoats are hired.\n\n§ 103.2 Lists.\n\nBoats are listed.\n\n"
        "Supplement I to Part 103—Comments\n\nSection 103.3—Terms\n\nA raft is a boat.\n\n"
        "Section 103.4—Rafts\n\nRafts follow § 103.3(b).\n\nSection 103.5—Rest\n\nOars follow § 103.2.\n"
    )
    found = references(text, "en")
    asked = {(fact.form, slots_of(fact)["label"]): fact.answer for fact in found.facts}
    assert asked == {
        (REFERENCE_TO, "§ 103.2"): "Section 103.5 of Supplement I",
        (REFERENCE_FROM, "Section 103.5 of Supplement I"): "§ 103.2",
    }


@pytest.mark.parametrize(
    "rest",
    [
        "Boats of the kind that is told under section\n        2 follow Section 1.",
        "Section 1 and Section 2 of the General Boat Conditions hold.",
        "Section 1 holds as told in part V of the appendix to this text.",
    ],
)
def test_reference_facts_english_mention_that_is_hard_to_read_leaves_no_list_without_it(rest: str) -> None:
    text = f"Section 1. Boats\n\nBoats are hired.\n\nSection 2. Rafts\n\nRafts are not.\n\nSection 3. Rest\n\n{rest}\n"
    found = references(text, "en")
    lists = [fact.answer for fact in found.facts if fact.form is REFERENCE_FROM]
    assert lists in ([], ["Section 2 and Section 1"])
    assert not any(slots_of(fact)["label"] == "Section 2" and not lists for fact in found.facts)


def test_reference_facts_section_of_a_code_that_has_another_name_is_not_left_out() -> None:
    text = (
        "§ 103.1 Scope.\n\nBoats are hired.\n\n§ 103.2 Lists.\n\nBoats are listed.\n\n"
        "§ 103.3 Rest.\n\nOars follow § 103.1 of the Boat Book.\n\n§ 103.4 End.\n\nRafts follow § 103.1.\n"
    )
    found = references(text, "en")
    assert [fact.form for fact in found.facts] == [REFERENCE_FROM]
    assert ("unclear_mention", "§ 103.1") in refused(found)


def test_reference_facts_section_that_mentions_what_it_stands_in_has_no_list() -> None:
    text = (
        "1. Boats\n\n1.1 Boats are hired.\n\n1.2 Clause 1.1 holds, and clause 1 ends in May.\n\n2. Rest\n\nNothing.\n"
    )
    found = references(text, "en")
    assert ("own_number", "clause 1.2") in refused(found)
    assert not any(fact.form is REFERENCE_FROM for fact in found.facts)


def test_reference_facts_mention_above_the_first_provision_has_no_place_to_name() -> None:
    text = "The rules of clause 1 hold for all.\n\n1. Boats\n\nBoats are hired.\n\n2. Rest\n\nClause 1 ends in May.\n"
    assert ("unnamed_place", "clause 1") in refused(references(text, "en"))


def test_reference_facts_korean_law_whose_paragraphs_are_listed_already_is_not_repeated() -> None:
    text = "제3조 (배) 「나루법」 제4조 제1항, 제2항과 「물길법」 제9조를 따르며, 「나루법」 제4조 제2항은 고친다.\n"
    answer = "「나루법」 제4조 제1항, 제2항, 「물길법」 제9조"
    assert answer_to(references(text, "ko"), REFERENCE_LAW, label="제3조") == answer
    later = "제3조 (배) 「나루법」 제4조 제2항은 고치며, 「나루법」 제4조 제1항, 제2항을 따른다.\n"
    assert answer_to(references(later, "ko"), REFERENCE_LAW, label="제3조") == ("「나루법」 제4조 제1항, 제2항")


def test_reference_facts_korean_law_that_has_a_shorter_name_is_listed_once() -> None:
    text = "제3조 (배) 구 나룻배특례제한법(2010. 1. 1. 법률 제9921호로 개정되기 전의 것, 이하 ‘구 나특법’이라고 한다) "
    text += "제69조 제1항을 따르며, 구 나특법 제69조 제1항은 고친다.\n"
    answer = answer_to(references(text, "ko"), REFERENCE_LAW, label="제3조")
    assert answer.count("제69조") == 1


def test_reference_facts_korean_title_behind_an_article_does_not_end_its_number() -> None:
    text = "제3조 (배) 「나루법」 제92조의2 【나룻배의 과세특례】제2항 제1호와 「물길법」 제2조(정의) 제3항을 따른다.\n"
    answer = "「나루법」 제92조의2 【나룻배의 과세특례】제2항 제1호, 「물길법」 제2조(정의) 제3항"
    assert answer_to(references(text, "ko"), REFERENCE_LAW, label="제3조") == answer


@pytest.mark.parametrize("mention", ["동시행령 제3조", "동 시행규칙 제3조"])
def test_reference_facts_korean_decree_of_the_same_law_has_no_name_of_its_own(mention: str) -> None:
    found = references(f"제2조(배) 배는 「나루법」 제9조와 {mention}에 따른다.\n", "ko")
    assert not [fact for fact in found.facts if fact.form is REFERENCE_LAW]


def test_reference_facts_korean_paragraph_that_opens_with_a_mention_keeps_it() -> None:
    text = (
        "제46조의4(통계와 확인 등) ① 행정청은 통계를 작성한다.\n\n② 장관은 운영을 확인한다.\n\n③ 장관은 조치를"
        " 건의한다.\n\n"
        "④ 제1항에 따른 통계의 작성 및 공개, 제2항에 따른\n\n확인 및 평가, 제3항에 따른 건의에 필요한 사항은"
        " 규칙으로 정한다.\n"
    )
    found = references(text, "ko")
    assert answer_to(found, REFERENCE_FROM, label="제46조의4 제4항") == (
        "제46조의4 제1항, 제46조의4 제2항, 제46조의4 제3항"
    )


def test_reference_facts_korean_range_whose_end_is_not_in_the_document_is_a_range_all_the_same() -> None:
    text = "제3조(배) ① 배를 빌린다.\n\n② 배는 맨다.\n\n"
    text += "제8조(준용) 제3조제2항부터 제6항까지의 규정과 「나루법」 제2조부터 제9조까지를 준용한다.\n"
    found = references(text, "ko")
    assert answer_to(found, REFERENCE_FROM, label="제8조") == "제3조 제2항부터 제6항까지"
    assert answer_to(found, REFERENCE_LAW, label="제8조") == "「나루법」 제2조부터 제9조까지"


def test_reference_facts_name_of_a_document_ends_with_its_sentence() -> None:
    text = (
        'BOAT AGREEMENT\n\nThis is the boat contract (the "Agreement").\n\n3. Price\n\n3.1 The price is paid.\n\n'
        "3.2 Section 3.1 ends in May.\n\nEXHIBIT B. FEES\n\n1. The fee is due under Section 3.1 of the Agreement.\n\n"
        "2. Travel is free.\n"
    )
    found = references(text, "en")
    answer = "Section 3.2 and item 1 of Exhibit B"
    assert answer_to(found, REFERENCE_TO, label="Section 3.1") == answer


def test_reference_facts_citation_that_the_document_cuts_off_is_not_listed() -> None:
    text = "제1조(목적) 배의 값은 「나루법」 제15조{}\n\n제2조(기간) 배는 「나루법」 제3조에 따라 빌린다.\n"
    whole = references(text.format("제1항에 따른다."), "ko")
    assert answer_to(whole, REFERENCE_LAW, label="제1조") == "「나루법」 제15조제1항"
    cut = references(text.format("제1…"), "ko")
    assert [slots_of(fact)["label"] for fact in cut.facts if fact.form is REFERENCE_LAW] == ["제2조"]


@pytest.mark.parametrize("share", [" 본문", " 단서", "단서", " 전단", " 각 호 외의 부분"])
def test_reference_facts_korean_citation_of_one_sentence_of_a_provision_is_not_listed(share: str) -> None:
    text = (
        "제1조(목적) 배의 값은 「나루법」 제15조제1항{}에 따른다.\n\n제2조(기간) 배는 「나루법」 제3조에 따라 빌린다.\n"
    )
    labels = {
        behind: [slots_of(fact)["label"] for fact in references(text.format(behind), "ko").facts]
        for behind in ("", share)
    }
    assert labels == {"": ["제1조", "제2조"], share: ["제2조"]}


def test_reference_facts_long_part_without_numbers_is_no_place_to_name() -> None:
    text = "1. Scope\n\nBoats are hired here.\n\n2. Price\n\nThe price is low.\n\nAPPENDIX A\n\n{}Clause 2 holds.\n"
    found = references(text.format("Rafts are hired too.\n\n"), "en")
    assert answer_to(found, REFERENCE_TO, label="clause 2") == "Appendix A"
    long = references(text.format("Rafts are hired too.\n\n" * 200), "en")
    assert not any(slots_of(fact)["label"] == "clause 2" for fact in long.facts)


def test_reference_facts_list_that_goes_on_after_a_heading_in_brackets_makes_silent() -> None:
    text = "4. Price\n\n4.1 One.\n\n4.2 Two.\n\n4.3 Three.\n\n5. Rest\n\n5.1 As Section 4.1 (One) or 4.2 (Two) says.\n"
    assert not any(fact.form is REFERENCE_FROM for fact in references(text, "en").facts)
    plain = text.replace(" or 4.2 (Two)", " for 30 days")
    assert answer_to(references(plain, "en"), REFERENCE_FROM, label="Section 5.1") == "Section 4.1"


def test_reference_facts_place_that_is_a_whole_long_part_is_not_named() -> None:
    filler = "The tool is lent for one day at a time, and it is cleaned before it comes back.\n\n" * 50
    text = (
        f"Part 1 - Loans\n\n1. Tools\n\nTools are lent.\n\n2. Ends\n\nLoans end.\n\n3. Costs\n\nNone.\n\n"
        f"Part 2 - Countries\n\n{filler}Section 2 does not apply here.\n"
    )
    found = references(text, "en")
    assert not any("Part 2" in fact.answer for fact in found.facts)
    assert ("unnamed_place", "Section 2") in refused(found)
