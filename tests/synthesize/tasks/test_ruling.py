from structural_documents import answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.amount import AMOUNT_ONLY
from pipeline.synthesize.tasks.clause import CLAUSE_TEXT
from pipeline.synthesize.tasks.cross_reference import REFERENCE_LAW
from pipeline.synthesize.tasks.party import PARTY_ROLE
from pipeline.synthesize.tasks.ruling import (
    RULING_DATE,
    RULING_FIELD,
    RULING_HOLDING,
    RULING_ORDER,
    RULING_PART,
    RULING_POINT,
    RULING_SOURCE,
)

DIGEST = """해석·재결례 모음

[2019-05-30] 나룻배를 나누어 판 경우의 납세의무자는?

나룻배를 판 대금을 나눈 경우에는 각자에게 납세의무가 있는 것임. 다만 사실판단할 사항입니다.(물길관리과-457, 2011.06.03)

---

[2019-06-01] 나룻배 등록을 거부한 처분의 당부(취소)

나룻배는 「나루법 시행령」 제12조제1항에 따른 배에 해당하고 등록세 1,200,000원은 잘못이 없음.

물길구청장이 2018.3.2. 청구인에게 한 등록 거부처분은 이를 취소한다. 나머지 심판청구는 기각한다.

---

[2019-06-02] 뱃삯을 받지 아니한 처분의 당부(기각)

뱃삯을 받지 아니한 것은 정당한 사유가 아님.

심판청구를 기각한다.

---

[2019-06-03] 나루세부과처분취소

[1] 나룻배는 나루세를 내는 배이다.<br/>[2] 나루세를 내는 배는 물에 뜬다.<br/>

---

[2019-06-04] 배의 길이를 재는 방법은?

배의 길이는 다음과 같이 재며, 이 경우 물에 잠긴 부분은

---

[2019-06-05] 나루세부과처분취소

배가 아닌 것은 나루세의 대상이 아니라고 할 것이다.<br/>
"""


def rulings(text: str, language: str, task: str = "ruling") -> Findings:
    return findings(text, task, domain="legal", language=language)


def test_ruling_facts_entry_of_a_digest_is_asked_for_holding_and_source() -> None:
    found = rulings(DIGEST, "ko")
    label = "“나룻배를 나누어 판 경우의 납세의무자는?” 사안"
    assert answer_to(found, RULING_HOLDING, label=label).endswith("(물길관리과-457, 2011.06.03)")
    assert answer_to(found, RULING_SOURCE, label=label) == "물길관리과-457, 2011.06.03"


def test_ruling_facts_order_is_parted_from_the_holding_and_the_outcome_is_not_told_by_the_title() -> None:
    found = rulings(DIGEST, "ko")
    label = "“나룻배 등록을 거부한 처분의 당부” 사안"
    assert answer_to(found, RULING_ORDER, label=label).startswith("물길구청장이 2018.3.2.")
    assert answer_to(found, RULING_HOLDING, label=label).endswith("잘못이 없음.")
    told = "“뱃삯을 받지 아니한 처분의 당부” 사안"
    assert not [fact for fact in found.facts if fact.form is RULING_ORDER and slots_of(fact)["label"] == told]


def test_ruling_facts_points_are_asked_one_by_one_and_titles_that_occur_twice_have_their_date() -> None:
    found = rulings(DIGEST, "ko")
    label = "2019-06-03자 “나루세부과처분취소” 사안"
    assert answer_to(found, RULING_POINT, label=label, number="2") == "나루세를 내는 배는 물에 뜬다."
    other = "2019-06-05자 “나루세부과처분취소” 사안"
    assert answer_to(found, RULING_HOLDING, label=other) == ("배가 아닌 것은 나루세의 대상이 아니라고 할 것이다.")


def test_ruling_facts_text_that_is_cut_off_is_refused() -> None:
    assert ("unfinished_text", "“배의 길이를 재는 방법은?” 사안") in refused(rulings(DIGEST, "ko"))


def test_entries_are_asked_for_amounts_and_laws_too() -> None:
    label = "“나룻배 등록을 거부한 처분의 당부” 사안"
    amounts = rulings(DIGEST, "ko", "amount")
    assert answer_to(amounts, AMOUNT_ONLY, clause=label) == "1,200,000원"
    laws = rulings(DIGEST, "ko", "cross_reference")
    assert answer_to(laws, REFERENCE_LAW, label=label) == "「나루법 시행령」 제12조제1항"


def test_ruling_facts_document_of_one_ruling() -> None:
    text = (
        "뱃삯을 부과한 처분이 적법한지 여부\n\n뱃삯은 나루를 건넌 사람이 내는 것이므로 처분은 적법함\n\n"
        "물길구청장이 청구인에게 한 뱃삯 31,200원의 부과처분은 이를 취소한다.\n"
    )
    found = rulings(text, "ko")
    label = "“뱃삯을 부과한 처분이 적법한지 여부” 사안"
    assert answer_to(found, RULING_HOLDING, label=label).endswith("처분은 적법함")
    assert "31,200원" in answer_to(found, RULING_ORDER, label=label)
    assert rulings(text.replace("여부\n", "글이다.\n"), "ko").facts == ()


def test_ruling_facts_korean_judgment_has_fields_and_parts() -> None:
    text = (
        "판       결\n\n사       건        2021가합51234  손해배상(기)\n원       고        주식회사 한강나루\n"
        "변 론 종 결        2022. 5. 11.\n\n주       문\n\n1. 피고는 원고에게 35,000원을 지급하라.\n"
        "2. 나머지 청구를 기각한다.\n\n"
        "【참조조문】\n\n민법 제580조 제1항, 제575조 제1항\n\n이       유\n\n1. 기초사실\n\n원고는 배를 샀다.\n"
    )
    found = rulings(text, "ko")
    assert answer_to(found, RULING_FIELD, field="사건") == "2021가합51234 손해배상(기)"
    assert answer_to(found, RULING_FIELD, field="변론종결") == "2022. 5. 11."
    assert answer_to(found, RULING_PART, part="참조조문") == "민법 제580조 제1항, 제575조 제1항"
    assert answer_to(found, RULING_PART, part="주문").startswith("1. 피고는 원고에게 35,000원")
    parties = rulings(text, "ko", "party")
    assert answer_to(parties, PARTY_ROLE, role="원고") == "주식회사 한강나루"


def test_ruling_facts_english_judgment_has_fields_and_parts() -> None:
    text = (
        "SUPREME COURT OF HARROWSHIRE\n\nDocket No. : 21-0456\nDecided: May 17, 2022\n\nI. BACKGROUND\n\n"
        "The tenant failed to pay rent.\n\nII. DISCUSSION\n\nThe landlord waived its right.\n\nIII. CONCLUSION\n\n"
        "The judgment is affirmed.\n"
    )
    found = rulings(text, "en")
    assert answer_to(found, RULING_FIELD, field="Decided") == "May 17, 2022"
    assert answer_to(found, RULING_PART, part="BACKGROUND") == "The tenant failed to pay rent."


def test_ruling_facts_contract_gives_none() -> None:
    text = "나루 이용 계약서\n\n제1조(목적) 나루의 이용을 정한다.\n\n제2조(요금) 요금은 1,000원으로 한다.\n"
    assert rulings(text, "ko").facts == ()


def test_ruling_facts_damaged_titles_bullets_and_mere_issues_are_not_asked_about() -> None:
    text = """해석 모음

[2019-05-30] 나룻배를 판 자에 대하여는 등록세가 없으나 물길세에

나룻배를 판 대금을 나눈 경우에는 각자에게 납세의무가 있는 것임.

---

[2019-06-01] 나룻배를 취득?등록한 경우의 납세의무자는?

나룻배를 등록한 사람에게 납세의무가 있는 것임.

---

[2019-06-02] 나룻배를 빌린 경우의 납세의무자는?

◆ 나룻배를 빌린 사람에게 납세의무가 있는 것임.

---

[2019-06-03] 나룻배를 고친 경우의 납세의무자는?

◆ 나룻배를 고친 사람에게 납세의무가 있는 것임.
○ 나룻배를 맡긴 사람에게는 납세의무가 없는 것임.

---

[2019-06-04] 나룻배를 잃은 경우의 납세의무

나룻배를 잃은 사람에게 납세의무가 있는지 여부(소극)
"""
    held = {slots_of(fact)["label"]: fact.answer for fact in rulings(text, "ko").facts if fact.form is RULING_HOLDING}
    assert list(held.values()) == ["나룻배를 빌린 사람에게 납세의무가 있는 것임."]


def test_ruling_facts_article_of_a_digest_of_statutes_holds_nothing() -> None:
    text = "법령 모음\n\n" + "".join(
        f"## 나루세법 §{n} 나룻배 {n}호의 세금\n\n"
        f"제{n}조(나룻배 {n}호의 세금) 나룻배 {n}호의 주인은 해마다 세금을 낸다.\n\n---\n\n"
        for n in range(1, 6)
    )
    assert not [fact for fact in rulings(text, "ko").facts if fact.form is RULING_HOLDING]
    clauses = rulings(text, "ko", "clause")
    texts = [fact.answer for fact in clauses.facts if fact.form is CLAUSE_TEXT]
    assert texts and texts[0] == "나룻배 1호의 주인은 해마다 세금을 낸다."


def entry_facts(*entries: tuple[str, str]) -> Findings:
    """What is found in a digest of these entries; others around them make it one."""
    others = [(f"뱃삯 {number}호의 계산 방법은?", "뱃삯은 다음과 같이 재며, 이 경우에") for number in range(3)]
    text = "해석 모음\n\n" + "".join(
        f"[2019-05-{10 + at}] {title}\n\n{body}\n\n---\n\n" for at, (title, body) in enumerate([*entries, *others])
    )
    found = rulings(text, "ko")
    own = tuple(fact for fact in found.facts if "뱃삯" not in slots_of(fact)["label"])
    return Findings(facts=own, unasked=found.unasked)


HELD = "나룻배를 판 사람에게 납세의무가 있는 것임."
ORDER = "물길구청장이 2018.3.2. 청구인에게 한 등록세 부과처분은 이를 취소한다."


def test_ruling_facts_title_that_says_what_was_decided_is_not_asked_for_it() -> None:
    title = "나룻배를 판 사람에게 납세의무가 있다고 봄이 타당함"
    found = entry_facts((title, f"{HELD}\n\n{ORDER}"), ("나룻배를 판 경우의 납세의무", f"{HELD}\n\n{ORDER}"))
    asked = {slots_of(fact)["label"] for fact in found.facts if fact.form is not RULING_DATE}
    assert asked == {"“나룻배를 판 경우의 납세의무” 사안"}
    assert ("told_by_title", f"“{title}” 사안") in refused(found)


def test_ruling_facts_title_of_two_issues_needs_a_text_about_both() -> None:
    title = "(1) 나룻배의 등록 여부 (2) 가산세의 당부"
    assert ("one_of_several", f"“{title}” 사안") in refused(entry_facts((title, HELD)))
    both = entry_facts((title, f"(1) {HELD} (2) 가산세는 없는 것임."))
    assert answer_to(both, RULING_HOLDING, label=f"“{title}” 사안").startswith("(1)")
    alone = "(1) 나룻배의 등록 여부"
    assert ("damaged_title", f"“{alone}” 사안") in refused(entry_facts((alone, HELD)))


def test_ruling_facts_titles_that_differ_in_their_spaces_are_told_apart_by_their_dates() -> None:
    found = entry_facts(("나루세 부과처분 취소", HELD), ("나루세부과처분취소", HELD.replace("판", "산")))
    assert {slots_of(fact)["label"] for fact in found.facts} == {
        "2019-05-10자 “나루세 부과처분 취소” 사안",
        "2019-05-11자 “나루세부과처분취소” 사안",
    }


def test_ruling_facts_order_of_two_paragraphs_is_no_part_of_the_holding() -> None:
    order = f"1. {ORDER}\n\n2. 나머지 심판청구는 기각한다."
    found = entry_facts(("나룻배를 판 경우의 납세의무", f"{HELD}\n\n{order}"))
    label = "“나룻배를 판 경우의 납세의무” 사안"
    assert answer_to(found, RULING_HOLDING, label=label) == HELD
    assert answer_to(found, RULING_ORDER, label=label) == order


def test_ruling_facts_order_with_broken_words_or_left_out_names_is_not_asked_for() -> None:
    broken = (
        "물길구청장이 2018.3.2. 청구인에게 한 등록세 부과 처 분은 이를 취소한다.",
        "물길구청장이2018.3.2. 청구인에게 한 등록세 부과처분은 이를 취소한다.",
        "OOO이 청구인에게 한 등록세 OOO, 교육세 OOO, 합계 OOO의 부과처분은 이를 취소한다.",
    )
    for order in broken:
        found = entry_facts(("나룻배를 판 경우의 납세의무", f"{HELD}\n\n{order}"))
        assert not any(fact.form is RULING_ORDER for fact in found.facts)


def test_ruling_facts_signs_of_a_page_are_no_text_of_the_holding() -> None:
    found = entry_facts(
        ("나룻배를 판 경우의 납세의무", f"▣ {HELD}"), ("나룻배를 산 경우의 납세의무", f"{HELD} (☜ 2020.01.14.)")
    )
    held = [fact.answer for fact in found.facts if fact.form is RULING_HOLDING]
    assert held == [HELD]
