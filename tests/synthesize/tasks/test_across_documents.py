"""The tasks `same_field` and `which_document` on generated leases, whose fields are known by construction."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joined_rows import asked_across, joined_row, plain_document, table_rows

from pipeline.records import Candidate, Context, Document, JoiningKind

TITLES = ("Alder lease", "Birch lease", "Cedar lease")
TENANTS = ("Bolt Bakery LLC", "Kite Books LLC", "Rush Cycles LLC")
TENANTS_KO = ("주식회사 한솔", "주식회사 미림", "주식회사 다온")
NOT_THERE = {"en": "not in this document", "ko": "이 문서에 없음"}


def lease(language: str, tenant: int, rent: int, deposit: int | None, shop: int | None) -> str:
    """Return a lease; a deposit or a definition that is None is nowhere in it."""
    if language == "en":
        clauses = [
            ("Parties", f'Acme Holdings, Inc. (the "Landlord") lets the shop to {TENANTS[tenant]} (the "Tenant").'),
            *([("Definitions", f"“Fixtures” means the {shop} shelves in the shop.")] if shop is not None else []),
            ("Rent", f"The sum due on the first day of each month is USD {rent:,}."),
            *([("Deposit", f"A sum of USD {deposit:,} is held by the bank.")] if deposit is not None else []),
            ("Repairs", "Repairs of the roof are carried out by a builder."),
        ]
        return (
            "LEASE\n\n"
            + "\n\n".join(f"{n}. {title.upper()}\n\n{text}" for n, (title, text) in enumerate(clauses, 1))
            + "\n"
        )
    clauses = [
        ("당사자", f"임대인은 주식회사 은성이고 임차인은 {TENANTS_KO[tenant]}이다."),
        *([("정의", f"“비품”이란 가게에 있는 선반 {shop}개를 말한다.")] if shop is not None else []),
        ("차임", f"차임은 월 금 {rent * 1000:,}원으로 한다."),
        *([("보증금", f"보증금은 금 {deposit * 1000:,}원으로 한다.")] if deposit is not None else []),
        ("수선", "지붕의 수선은 건축업자가 맡는다."),
    ]
    return (
        "임대차계약서\n\n"
        + "\n\n".join(f"제{n}조 ({title})\n\n{text}" for n, (title, text) in enumerate(clauses, 1))
        + "\n"
    )


def row_of(language: str, leases: list[str]) -> Context:
    documents: list[Document] = [
        plain_document(text, title=title, language=language) for text, title in zip(leases, TITLES, strict=False)
    ]
    return joined_row(documents, JoiningKind.COMPARISON)


LEASE = st.tuples(
    st.integers(0, 2), st.integers(1000, 9000), st.none() | st.integers(1000, 9000), st.none() | st.integers(2, 99)
)
"""Tenant, rent, deposit and number of shelves."""
SUMS = ("same_field.sum", "same_field.sum_under")
RENT_UNDER = {"en": ("rent", "USD {:,}"), "ko": ("차임", "{:,}원")}
DEPOSIT_UNDER = {"en": ("deposit", "USD {:,}"), "ko": ("보증금", "{:,}원")}


@settings(max_examples=30, deadline=None)
@given(language=st.sampled_from(["en", "ko"]), drawn=st.lists(LEASE, min_size=2, max_size=3))
def test_same_field_of_generated_leases_has_the_values_put_in(
    language: str, drawn: list[tuple[int, int, int | None, int | None]]
) -> None:
    row = row_of(language, [lease(language, *one) for one in drawn])
    candidates, _ = asked_across(row, "same_field")
    rents = [rent for _, rent, _, _ in drawn]
    deposits = [deposit for _, _, deposit, _ in drawn]
    scale = 1 if language == "en" else 1000
    by_topic = {
        RENT_UNDER[language][0].casefold(): [RENT_UNDER[language][1].format(rent * scale) for rent in rents],
        DEPOSIT_UNDER[language][0].casefold(): [
            NOT_THERE[language] if one is None else DEPOSIT_UNDER[language][1].format(one * scale) for one in deposits
        ],
    }
    for candidate in (one for one in candidates if one.form in SUMS):
        (topic,) = [topic for topic in by_topic if topic in candidate.question.casefold()]
        header, *rows = table_rows(candidate.answer)
        expected = by_topic[topic]
        assert len(header) == 2
        assert [cells[0][1:-1] for cells in rows] == list(TITLES[: len(drawn)])
        assert all(value in cells[1] for cells, value in zip(rows, expected, strict=True))
    topics = {
        topic for one in candidates for topic in by_topic if one.form in SUMS and topic in one.question.casefold()
    }
    if len(set(rents)) > 1:
        assert RENT_UNDER[language][0].casefold() in topics
    assert all(one.family == "comparison" for one in candidates)
    assert all(row.text[item.start : item.end] == item.quote for one in candidates for item in one.evidence)


@settings(max_examples=30, deadline=None)
@given(language=st.sampled_from(["en", "ko"]), drawn=st.lists(LEASE, min_size=2, max_size=3))
def test_which_document_of_generated_leases_is_the_right_one(
    language: str, drawn: list[tuple[int, int, int | None, int | None]]
) -> None:
    row = row_of(language, [lease(language, *one) for one in drawn])
    candidates, _ = asked_across(row, "which_document")
    with_shop = [index for index, one in enumerate(drawn) if one[3] is not None]
    terms = [one for one in candidates if one.form == "which_document.term"]
    assert len(terms) == (len(with_shop) == 1)
    assert all(TITLES[with_shop[0]] in one.answer and str(drawn[with_shop[0]][3]) in one.answer for one in terms)
    rents = [rent for _, rent, _, _ in drawn]
    for candidate in candidates:
        if (
            candidate.form.partition(".")[2] not in ("extreme_sum", "extreme_sum_under")
            or RENT_UNDER[language][0].casefold() not in candidate.question.casefold()
        ):
            continue
        is_highest = re.search("highest|높은", candidate.question) is not None
        wanted = max(rents) if is_highest else min(rents)
        assert rents.count(wanted) == 1
        assert TITLES[rents.index(wanted)] in candidate.answer
        assert f"{wanted * (1 if language == 'en' else 1000):,}" in candidate.answer


def by_form(candidates: list[Candidate], form: str) -> list[Candidate]:
    return [one for one in candidates if one.form == form]


def test_extreme_of_generated_leases_is_asked_of_different_rents() -> None:
    row = row_of("en", [lease("en", 0, rent, None, None) for rent in (2000, 3000, 2500)])
    (asked,) = by_form(asked_across(row, "which_document")[0], "which_document.extreme_sum_under")
    assert asked.answer in ("“Birch lease”: USD 3,000", "“Alder lease”: USD 2,000")


@pytest.mark.parametrize(
    ("term", "elsewhere", "is_asked"),
    [
        ("Metro Division or MD", "The Metro Division (MD) keeps the register.", False),
        ("Display Shelves", "A display shelf is not lent.", True),
        ("Display Shelves", "Any display shelves are lent.", False),
        ("Shop Fixtures", "No shop fixture is lent.", False),
        ("Metro Division or Metro Unit", "Nothing is lent.", True),
    ],
)
def test_which_document_term_of_two_names_is_elsewhere_under_either(term: str, elsewhere: str, is_asked: bool) -> None:
    texts = [lease("en", 0, 1000, None, None), lease("en", 1, 2000, None, None)]
    texts[0] += f"\n6. DEFINITIONS\n\n{term} means the ten oak boards in the shop.\n"
    texts[1] += f"\n6. REGISTER\n\n{elsewhere}\n"
    asked = by_form(asked_across(row_of("en", texts), "which_document")[0], "which_document.term")
    assert len(asked) == is_asked


def test_which_document_is_not_asked_if_another_document_mentions_the_term() -> None:
    other = lease("en", 1, 2000, None, None).replace("the roof", "the roof and of the fixtures")
    row = row_of("en", [lease("en", 0, 2000, None, 8), other])
    candidates, rejections = asked_across(row, "which_document")
    assert not by_form(candidates, "which_document.term")
    assert any(one.reason == "mentioned_elsewhere" and "Fixtures" in one.detail for one in rejections)


def test_same_field_agrees_with_a_second_computation_of_definitions() -> None:
    """The second computation reads the raw texts with a regular expression."""
    texts = [lease("en", tenant, 2000, None, shop) for tenant, shop in ((0, 8), (1, 12), (2, 30))]
    (asked,) = by_form(asked_across(row_of("en", texts), "same_field")[0], "same_field.term")
    expected = [re.search(r"“Fixtures” means (.+)", text).group(1) for text in texts]  # type: ignore[union-attr]
    assert [cells[1] for cells in table_rows(asked.answer)[1:]] == expected


def test_which_document_is_not_answered_with_a_list_or_code_on_one_line() -> None:
    meaning = "“Drill” means the tool that begins as follows:\n\n{0}press the knob; and\n\n{0}pull the lever."
    for mark, is_asked in (("- ", False), ("• ", False), ("(a) ", True)):
        texts = [lease("en", 0, 1000, None, None), lease("en", 1, 2000, None, None)]
        texts[0] += f"\n6. DEFINITIONS\n\n{meaning.format(mark)}\n"
        asked = by_form(asked_across(row_of("en", texts), "which_document")[0], "which_document.term")
        assert bool(asked) is is_asked, mark


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Boat Licence consists of the Yard", "document 1"),
        ("Agreement between the Yard and", "document 1"),
        ("The Boat Licence of the Yard", "“The Boat Licence of the Yard”"),
        ("Lease of Part A", "“Lease of Part A”"),
        ("Terms and Conditions", "“Terms and Conditions”"),
    ],
)
def test_document_with_the_beginning_of_a_sentence_as_title_is_named_by_its_number(title: str, name: str) -> None:
    texts = [lease("en", 0, 2000, None, 8), lease("en", 1, 3000, None, 9)]
    documents = [
        plain_document(text, title=one, language="en") for text, one in zip(texts, (title, "Oak lease"), strict=True)
    ]
    (asked,) = by_form(asked_across(joined_row(documents, JoiningKind.COMPARISON), "same_field")[0], "same_field.term")
    assert [cells[0] for cells in table_rows(asked.answer)[1:]] == [name, "“Oak lease”"]


@pytest.mark.parametrize(
    ("language", "title", "below", "is_named"),
    [
        ("ko", "가게의 지원에 관한 법률", "일부개정법률안", False),
        ("ko", "가게의 지원에 관한 법률", "제1장 총칙", True),
        ("en", "The Shop Licence of the", "yard at Quay 3", False),
        ("en", "The Shop Licence", "is given to the yard", False),
        ("en", "The Shop Licence", "Version 2", True),
    ],
)
def test_document_with_a_part_of_its_title_is_named_by_its_number(
    language: str, title: str, below: str, is_named: bool
) -> None:
    texts = [f"{title}\n{below}\n\n{lease(language, 0, 2000, None, 8)}", lease(language, 1, 3000, None, 9)]
    documents = [
        plain_document(text, title=one, language=language) for text, one in zip(texts, (title, "Oak"), strict=True)
    ]
    (asked,) = by_form(asked_across(joined_row(documents, JoiningKind.COMPARISON), "same_field")[0], "same_field.term")
    assert (title in table_rows(asked.answer)[1][0]) is is_named


def test_same_field_with_masked_values_is_not_asked() -> None:
    texts = [lease("en", 0, 2000, None, 8), lease("en", 1, 2000, None, 9).replace("9 shelves", "[PHONE-1] shelves")]
    assert not by_form(asked_across(row_of("en", texts), "same_field")[0], "same_field.term")


SUFFIX = {"code": ".py", "dialogue": ".txt"}


@pytest.mark.parametrize(
    ("domain", "language", "texts", "form", "answer"),
    [
        (
            "code",
            "en",
            ("def load(path):\n    return open(path)\n", "def load(path, mode):\n    return open(path, mode)\n"),
            "same_field.function",
            "def load(path, mode)",
        ),
        (
            "code",
            "ko",
            ("def load(path):\n    return open(path)\n", "def store(path, mode):\n    return open(path, mode)\n"),
            "which_document.function",
            "(path",
        ),
        (
            "dialogue",
            "en",
            (
                "Ana: The blue boat leaves the harbour at noon.\nBen: Then we should pack tonight.\n"
                "Ana: Please bring the yellow ropes along.\nBen: They are already in the cellar.\n",
                "Cara: Our grey kitten sleeps under the stove.\nDan: It likes the warm kitchen there.\n"
                "Cara: Who feeds the animal on Sundays?\nDan: My sister does that every week.\n",
            ),
            "which_document.words",
            ": ",
        ),
        (
            "dialogue",
            "ko",
            (
                "하나: 푸른 배는 정오에 항구를 떠납니다.\n두리: 그러면 오늘 밤에 짐을 싸야겠어요.\n"
                "하나: 노란 밧줄도 함께 가져와 주세요.\n두리: 그것은 벌써 창고에 있습니다.\n",
                "세리: 우리 회색 고양이는 난로 아래에서 잡니다.\n나나: 따뜻한 부엌을 좋아하거든요.\n"
                "세리: 일요일에는 누가 먹이를 줍니까?\n나나: 제 언니가 매주 주고 있어요.\n",
            ),
            "same_field.speakers",
            "세리, 나나",
        ),
    ],
)
def test_tasks_across_documents_serve_other_domains(
    domain: str, language: str, texts: tuple[str, str], form: str, answer: str
) -> None:
    documents = [
        plain_document(text, title=f"{title}{SUFFIX[domain]}", language=language, domain=domain)
        for text, title in zip(texts, ("first", "second"), strict=True)
    ]
    found = by_form(asked_across(joined_row(documents, JoiningKind.SAME_SOURCE), form.partition(".")[0])[0], form)
    assert found
    assert all(answer in one.answer for one in found)


def options(*entries: tuple[str, str]) -> str:
    return "# Tool\n\n## Options\n\n" + "\n\n".join(f"{name}\n:   {text}" for name, text in entries) + "\n"


@pytest.mark.parametrize(("other", "is_asked"), [("--depth=<n>", False), ("--limit=<n>", True)])
def test_which_document_of_an_option_needs_the_option_under_any_argument_to_be_absent(
    other: str, is_asked: bool
) -> None:
    first = options(
        ("--depth <levels>", "Sets how many levels of folders are searched."),
        ("--colour", "Marks the matches with colours."),
    )
    second = options(
        (other, "Stops after this number of results was found."), ("--mono", "Prints the matches without marks.")
    )
    documents = [
        plain_document(text, title=title, language="en", domain="manual")
        for text, title in ((first, "seek.md"), (second, "find.md"))
    ]
    candidates, _ = asked_across(joined_row(documents, JoiningKind.SAME_SOURCE), "which_document")
    asked = [one for one in by_form(candidates, "which_document.option") if "--depth" in one.question]
    assert by_form(candidates, "which_document.option"), "no option was read"
    assert bool([one for one in asked if "seek" in one.answer]) == is_asked
