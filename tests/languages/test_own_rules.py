"""The rules of English and Korean, each by itself: what it takes, and what looks like it and is none."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules
from pipeline.languages.en.definitions import DEFINITIONS as ENGLISH_DEFINITIONS
from pipeline.languages.en.mentions import MENTIONS as ENGLISH_MENTIONS
from pipeline.languages.en.money import MONEY as ENGLISH_MONEY
from pipeline.languages.en.parties import PARTIES as ENGLISH_PARTIES
from pipeline.languages.en.words import WORDS as ENGLISH_WORDS
from pipeline.languages.ko.definitions import DEFINITIONS as KOREAN_DEFINITIONS
from pipeline.languages.ko.definitions import bare_meaning
from pipeline.languages.ko.mentions import MENTIONS as KOREAN_MENTIONS
from pipeline.languages.ko.money import MONEY as KOREAN_MONEY
from pipeline.languages.ko.parties import PARTIES as KOREAN_PARTIES
from pipeline.languages.ko.words import WORDS as KOREAN_WORDS


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("pay pays paid paying", "pay"),
        ("repair repairs repaired repairing", "repair"),
        ("carry carries carried", "car"),
        ("trip trips tripped tripping", "trip"),
        ("spill spills spilled", "spil"),
        ("hold holds held holding holdings", "hold"),
        ("tenant tenants tenant's tenant’s", "tenant"),
        ("1,450 1450", "1450"),
        ("use uses", "use"),
    ],
)
def test_english_forms_of_one_word_have_one_stem(words: str, stem: str) -> None:
    assert {ENGLISH_WORDS.stem(word) for word in words.split()} == {stem}


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("임대인은", "임대인"),
        ("임대인으로부터", "임대인"),
        ("회의", "회의"),
        ("갑은", "갑은"),
        ("창고에서는", "창고"),
        ("창고", "창고"),
    ],
)
def test_korean_words_lose_their_longest_particle_and_keep_two_syllables(word: str, stem: str) -> None:
    assert KOREAN_WORDS.stem(word) == stem


@pytest.mark.parametrize(
    ("language", "word", "expected"),
    [
        *[("en", word, True) for word in ("the", "The", "whose", "amount", "you", "takes")],
        *[("en", word, False) for word in ("rent", "thee", "days")],
        *[("ko", word, True) for word in ("무엇입니까", "언제까지", "문서에", "경우에는", "합니다")],
        *[("ko", word, False) for word in ("보증금", "문서함")],
    ],
)
def test_words_that_say_nothing_are_known(language: str, word: str, expected: bool) -> None:
    words = ENGLISH_WORDS if language == "en" else KOREAN_WORDS
    assert words.is_stop_word(word) is expected


FACTS = [
    (
        "en",
        "money",
        "USD 1,450.50 and €3 and 12 dollars and $2 million",
        ["USD 1,450.50", "€3", "12 dollars", "$2 million"],
    ),
    ("en", "date", "the 3rd of May 2021, May 3, 2021, May 2021, 2021-05-03 and 3 May", None),
    ("en", "share", "7%, 7.5 per cent, 7 percent and 7 perches", ["7%", "7.5 per cent", "7 percent"]),
    ("en", "duration", "thirty (30) days, 2 business days, 10 yards, one hundred (100) hours", None),
    (
        "en",
        "count",
        "12 boats, 3 wooden chairs, 5 people, 6 miles, 7 kg, 4 times",
        ["12 boats", "3 wooden chairs", "5 people"],
    ),
    ("ko", "money", "금 3,000원, 5억 2천만 원, ₩7,000원정, 삼천원", ["금 3,000원", "₩7,000원정"]),
    (
        "ko",
        "date",
        "2021년 5월 3일, 5월 3일, 2021. 5. 3, 2021년 5월, 5월",
        ["2021년 5월 3일", "5월 3일", "2021. 5. 3", "2021년 5월"],
    ),
    ("ko", "share", "7%, 100분의 10, 3 퍼센트, 5프로, 5프로그램", ["7%", "100분의 10", "3 퍼센트", "5프로"]),
    ("ko", "duration", "10일 이내, 2개월간, 3영업일, 5년 동안", ["10일 이내", "2개월간", "3영업일", "5년 동안"]),
    ("ko", "count", "3명, 12 박스, 2대, 4대기업", ["3명", "12 박스", "2대"]),
]
EXPECTED = {
    ("en", "date"): ["the 3rd of May 2021", "May 3, 2021", "May 2021", "2021-05-03", "3 May"],
    ("en", "duration"): ["thirty (30) days", "2 business days", "one hundred (100) hours"],
}


@pytest.mark.parametrize(("language", "kind", "text", "found"), FACTS, ids=[f"{one[0]} {one[1]}" for one in FACTS])
def test_facts_of_each_kind_are_found_whole_and_nothing_else(
    language: str, kind: str, text: str, found: list[str] | None
) -> None:
    patterns = dict(language_rules(language).facts.patterns)
    got = [match.group() for match in re.finditer(patterns[kind], text)]
    expected = found or EXPECTED[language, kind]
    assert [item for item in got if item in expected] == expected
    if (language, kind) != ("ko", "money"):
        assert got == expected


@pytest.mark.parametrize(
    ("text", "stated", "name"),
    [
        ("The monthly rent is USD 205 per month in advance.", "USD 205 per month", "monthly rent"),
        ("Buyer pays up to USD 205 per annum (the “Storage Fee”).", "up to USD 205 per annum", "Storage Fee"),
        ("Buyer pays USD 205 (the “Fee”) and USD 7.", "USD 205", "Fee"),
        ("Buyer pays USD 205 and USD 7 (the “Fee”).", "USD 205", ""),
        ("Buyer pays no more than EUR 3.20 each week.", "no more than EUR 3.20 each week", ""),
        ("Buyer pays EUR 3 for each of the boats.", "EUR 3", ""),
        (
            "The annual storage fee shall be not less than $25 million.",
            "not less than $25 million",
            "annual storage fee",
        ),
    ],
)
def test_english_sum_takes_its_limit_its_rate_and_its_name(text: str, stated: str, name: str) -> None:
    match = ENGLISH_MONEY.money.search(text)
    assert match is not None
    start, end, found = ENGLISH_MONEY.read_sum(text, match.start(), match.end(), 0, len(text))
    assert (text[start:end], found.strip()) == (stated, name)
    inside = ENGLISH_MONEY.read_sum(text, match.start(), match.end(), match.start(), match.end())
    assert inside[:2] == match.span(), "what lies outside of the bounds is not its own"


@pytest.mark.parametrize(
    ("text", "stated", "name"),
    [
        ("보증금은 금 3,000,000원으로 한다.", "금 3,000,000원", "보증금"),
        ("월 차임은 매월 120만원으로 한다.", "매월 120만원", "월 차임"),
        ("갑은 5억 원 이상을 지급한다.", "5억 원 이상", ""),
        ("당사자는 3,000원으로 한다.", "3,000원", ""),
        ("위약금은 1일당 5,000원이다.", "1일당 5,000원", "위약금"),
        ("위약금은 5,000원을 낸다.", "5,000원", ""),
    ],
)
def test_korean_sum_takes_its_limit_its_rate_and_its_name(text: str, stated: str, name: str) -> None:
    match = KOREAN_MONEY.money.search(text)
    assert match is not None
    start, end, found = KOREAN_MONEY.read_sum(text, match.start(), match.end(), 0, len(text))
    assert (text[start:end].strip(), found) == (stated, name)


@pytest.mark.parametrize(
    ("language", "before", "is_other"),
    [
        *[("en", text, True) for text in ("the Premises Act, ", "Companies Act (2006) § ", "17 C.F.R. ", "U.S.C. §§ ")],
        *[("en", text, False) for text in ("this Agreement, ", "under ", "the Actor ")],
        *[("ko", text, True) for text in ("민법 제", "같은 법 시행령 ", "「상법」 ", "법률(제1234호) 제")],
        *[("ko", text, False) for text in ("이 계약 제", "방법은 ", "계약서 제")],
    ],
)
def test_number_behind_the_name_of_a_law_is_another_documents(language: str, before: str, is_other: bool) -> None:
    rules = ENGLISH_MENTIONS if language == "en" else KOREAN_MENTIONS
    assert (rules.other_document_before.search(before) is not None) is is_other


@pytest.mark.parametrize(
    ("after", "is_other"),
    [
        (" of the Premises Act", True),
        ("(2)(b) of that Regulation", True),
        (", of the Data Protection Act", True),
        (" of this Agreement", False),
        (" of the Lease", False),
    ],
)
def test_number_before_the_name_of_a_law_is_another_documents(after: str, is_other: bool) -> None:
    assert ENGLISH_MENTIONS.other_document_after is not None
    assert (ENGLISH_MENTIONS.other_document_after.match(after) is not None) is is_other


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        (
            "임대인 서문빌딩 주식회사(이하 “갑”이라 한다)와",
            [("“갑”", "서문빌딩 주식회사"), ("임대인", "서문빌딩 주식회사")],
        ),
        ("주식회사 온새미(이하 '공급자')는", [("공급자", "주식회사 온새미")]),
        ("서비스(이하 “프로그램”)를", []),
        ("원고  마현준\n피  고  주식회사 온새미", [("원고", "마현준"), ("피고", "주식회사 온새미")]),
        ("【청구인】 고래공방", [("청구인", "고래공방")]),
        ("임대인: 김가람", [("임대인", "김가람")]),
        ("원고 마현준은", []),
    ],
)
def test_korean_parties_are_named_by_role_and_by_letter(text: str, parties: list[tuple[str, str]]) -> None:
    found = list(KOREAN_PARTIES.find(text))
    assert [(one.role, one.name) for one in found] == parties
    for one in found:
        assert one.name.split()[-1] in text[one.start : one.end]


def test_capacity_says_words_before_letters() -> None:
    assert KOREAN_PARTIES.capacity(["“갑”", "임대인"]) == "임대인(“갑”)"
    assert KOREAN_PARTIES.capacity(["임대인", "양도인"]) == "임대인, 양도인"
    assert KOREAN_PARTIES.capacity(["“갑”"]) == "“갑”"
    assert ENGLISH_PARTIES.capacity(["Seller", "Lessor"]) == "the Seller and the Lessor"


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("Made by Birch Works, a company (the Supplier), today.", [("Supplier", "Birch Works")]),
        ('between Alder Works Ltd. (hereinafter, the "Buyer")', [("Buyer", "Alder Works Ltd.")]),
        ("\nANNA BRANDT (trading as Brandt Dairy), Plaintiff\n", [("Plaintiff", "ANNA BRANDT")]),
        ("Landlord: Harrow Mill Estates LLC; Tenant: none\n", [("Landlord", "Harrow Mill Estates LLC")]),
        ("by Birch, a company (the Supplier)", []),
        ("This Supply Agreement, dated today (the Supplier)", []),
        ("by Birch Works, a company (the Boat)", []),
    ],
)
def test_english_parties_are_named_in_every_form(text: str, parties: list[tuple[str, str]]) -> None:
    assert [(one.role, one.name) for one in ENGLISH_PARTIES.find(text)] == parties


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("“Yard” means the ground", "Yard"),
        ('"Yard" or "Ground" (in short) means the ground', "Yard"),
        ("“Yard” shall have the same meaning", "Yard"),
        ("“Yard” refers to", "Yard"),
        ("“Yard” is kept clean", None),
        ("Yard means the ground", None),
    ],
)
def test_english_quoted_terms_are_those_with_a_verb_of_meaning(text: str, term: str | None) -> None:
    match = ENGLISH_DEFINITIONS.quoted.search(text)
    assert (match["term"] if match else None) == term


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Yard means the ground", "Yard"),
        ("(a) Rent Day means the first day", "Rent Day"),
        ("Yard means of the ground", None),
        ("yard means the ground", None),
        ("the Yard means the ground", None),
    ],
)
def test_english_terms_without_quotes_open_a_line(text: str, term: str | None) -> None:
    match = ENGLISH_DEFINITIONS.unquoted.search(text)
    assert (match["term"] if match else None) == term


@pytest.mark.parametrize(
    ("meaning", "is_pointer"),
    [
        (" given in Section 3.2", True),
        (" set forth below", True),
        (" the sum that is described in section 4.1.", True),
        (" the ground behind the mill", False),
        (" a sum that was given away", False),
    ],
)
def test_meaning_that_only_points_elsewhere_is_none(meaning: str, is_pointer: bool) -> None:
    assert (ENGLISH_DEFINITIONS.pointer.match(meaning) is not None) is is_pointer


@pytest.mark.parametrize(
    ("language", "before", "is_scoped"),
    [
        ("en", "For the purposes of this Section, the term ", True),
        ("en", "In clause 4.1, ", True),
        ("en", "Section 4 applies. ", False),
        ("ko", "이 조에서 ", True),
        ("ko", "제3조제2항에서의 ", True),
        ("ko", "이 계약에서 ", False),
    ],
)
def test_term_of_one_provision_alone_is_scoped(language: str, before: str, is_scoped: bool) -> None:
    rules = ENGLISH_DEFINITIONS if language == "en" else KOREAN_DEFINITIONS
    assert (rules.scoped.search(before) is not None) is is_scoped


@pytest.mark.parametrize(
    ("text", "term", "verb"),
    [
        ("“목적물”이란 창고를 말한다.", "목적물", "이란"),
        ("「영업일」이라 함은 평일을", "영업일", "이라 함은"),
        ("“을”은 내일", "을", "은"),
        ("“목적물”(창고)란 무엇", "목적물", "란"),
        ("“목적물”을 말한다", None, None),
    ],
)
def test_korean_terms_have_a_marker_behind_their_quotes(text: str, term: str | None, verb: str | None) -> None:
    match = KOREAN_DEFINITIONS.quoted.search(text)
    assert (match["term"] if match else None, match["verb"] if match else None) == (term, verb)


@pytest.mark.parametrize(
    ("meaning", "bare"),
    [
        ("창고를 말한다", "창고"),
        ("평일을 의미합니다", "평일"),
        ("창고 뜻한다", "창고"),
        ("창고로 본다", "창고로 본다"),
    ],
)
def test_korean_meaning_loses_its_verb_alone(meaning: str, bare: str) -> None:
    assert bare_meaning(meaning) == bare
