"""What is removed from documents of one source, and what must stay."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.boilerplate import Trimmed, without_boilerplate
from pipeline.clean.normalise import normalise_characters
from pipeline.clean.places import PlacedText
from pipeline.clean.repeated_lines import document_hashes, repeated_hashes
from pipeline.documents.marks import Mark, MarkKind, places_of
from pipeline.domains.rules import Removed

NUM_DOCUMENTS = 12
_WORDS = ("valve", "pump", "lamp", "hose", "drum", "belt", "fan", "seal")


def body(number: int, num_paragraphs: int = 8) -> str:
    """Paragraphs that no other document has."""
    return "\n\n".join(
        f"The {_WORDS[(number + at) % 8]} of {chr(97 + number)}{chr(97 + at)} leads to the {_WORDS[at % 8]} and on."
        for at in range(num_paragraphs)
    )


def repeated_in(texts: Sequence[str]) -> frozenset[int]:
    hashes = [document_hashes(text) for text in texts]
    return frozenset(repeated_hashes(hashes, min_documents=10, min_share=0.3).tolist())


def trim(
    texts: Sequence[str], *, removed: Removed = Removed.ALL, marks: Sequence[Mark] = (), max_share: float = 0.35
) -> list[Trimmed]:
    repeated = repeated_in(texts)
    assert repeated, "the documents repeat no line, so nothing is tested"
    marked = places_of(marks)
    return [
        without_boilerplate(
            PlacedText(text, marked),
            marks=marks,
            marked=marked,
            repeated=repeated,
            removed=removed,
            max_share=max_share,
        )
        for text in texts
    ]


def framed(head: str = "", tail: str = "") -> list[str]:
    parts = ([head, f"Unit {chr(97 + number)}", body(number), tail] for number in range(NUM_DOCUMENTS))
    return [normalise_characters("\n\n".join(part for part in own if part)) for own in parts]


FRAMES = {
    "a menu of links": ("* [Home](/)\n* [Products](/p)\n* [Contact us](/c)", ""),
    "a menu on one line": ("홈 | 회사소개 | 제품소개 | 로그인", ""),
    "a cookie note": ("", "This website uses cookies to improve your experience."),
    "a Korean mail footer": (
        "",
        "본 메일은 지정된 수신인만을 위한 것으로 기밀 정보를 포함할 수 있습니다.\n"
        "수신인이 아닌 경우 즉시 삭제하여 주시기 바랍니다.",
    ),
    "a wrapped notice": (
        "",
        "This message is confidential and intended solely for the person to whom it is\n"
        "addressed. Please tell us if it reached you by accident.",
    ),
    "a disclaimer": ("", "Disclaimer\n\nThe contents are subject to change without notice."),
    "a Korean disclaimer": ("", "제품의 사양은 예고 없이 변경될 수 있습니다."),
    "a letterhead": ("Norwell Instruments Inc.\n2200 Harbor Drive, Portland\nPhone: (503) 555-0142", ""),
    "a copyright line": ("", "Copyright © 2024 Norwell. All rights reserved."),
    "a mark of secrecy": ("대외비", ""),
    "a remark of a telephone": ("", "Sent from my iPhone"),
    "a remark of another mail program": ("", "Get Outlook for Android"),
    "a Korean remark of a telephone": ("", "나의 iPhone에서 보냄"),
    "a Korean footer of a site": (
        "",
        "이 페이지가 도움이 되었습니까?\n\n이전글 | 다음글 | 목록\n\n개인정보처리방침 | 이용약관 | 이메일무단수집거부"
        "\n\n(주)나라펌프 | 서울특별시 금천구 가산로 12 | 대표전화 02-555-0100"
        "\n\nCopyright ⓒ 나라펌프 All Rights Reserved.",
    ),
    "links of a page of documentation": ("", "[Edit this page on GitHub](https://code.example/a/b)\n\nPrevious | Next"),
    "a question about the page": ("", "Was this page helpful?\n\nShare on Facebook\n\n© 2024 Norwell"),
    "the name of a site above its menu": ("Norwell Help 7.4\n\nModule\n\nContents\n\nIndex", ""),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frame_that_every_document_of_a_source_has_is_removed(name: str) -> None:
    head, tail = FRAMES[name]
    texts = framed(head, tail)
    for text, trimmed in zip(texts, trim(texts), strict=True):
        kept = trimmed.placed.text
        assert set(trimmed.lines) == {line for line in f"{head}\n{tail}".split("\n") if line}
        assert kept.startswith("Unit ") and kept.endswith("and on.")
        assert trimmed.num_chars == len(text) - len(kept)


@pytest.mark.parametrize(
    "line",
    ["Page {} of 12", "- {} -", "Printed on {} May 2024", "https://a.example/{} 에서 인쇄됨", "Rev. {}, May 2024"],
)
def test_imprint_that_differs_in_numbers_is_removed(line: str) -> None:
    texts = [f"Unit {chr(97 + number)}\n\n{body(number)}\n\n{line.format(number + 1)}" for number in range(12)]
    assert all(trimmed.lines == (text.rsplit("\n", 1)[1],) for text, trimmed in zip(texts, trim(texts), strict=True))


KEPT = {
    "enacting words": ("Be it enacted by the Senate and House of Representatives in Congress assembled,", ""),
    "an agenda": ("Weekly meeting\nAttendees\nAgenda", "The meeting is closed."),
    "numbers of an act": ("[시행 2024. 1. 1.] [법률 제15000호]", "부칙\n이 법은 공포한 날부터 시행한다."),
    "a heading with its clause": (
        "",
        "12. Confidentiality\n\nAll information is strictly confidential and intended only for the use of the parties.",
    ),
    "an article": ("", "제9조 (비밀유지) 당사자는 동의 없이 계약의 내용을 복제하거나 배포할 수 없다."),
    "a section of a policy": ("", "Cookies\n\nWe use cookies to remember your settings on this site."),
    "a block to sign": ("", "임대인 주소: 서울특별시 중구 세종대로 110\n전화: 02-555-0100 (인)"),
    "a safety rule": ("WARNING: Unplug the device before you open it.", "Read all instructions before use."),
    "a greeting": ("안녕하세요.", "감사합니다."),
    "a row of a table": ("", "| Notice | All rights reserved |"),
    "an item": ("", "(나) 펌프를 점검한다."),
    "a question of a form": ("", "Is the pump helpful to the tenants of the house?"),
    "an instruction to send": ("", "Send the form from the post office in your town."),
    "a date that differs": ("", "Delivery on {} May 2024 to the address above"),
}


@pytest.mark.parametrize("removed", [Removed.ALL, Removed.NOTICES, Removed.FOOTERS])
@pytest.mark.parametrize("name", KEPT)
def test_repeated_lines_that_say_something_stay(name: str, removed: Removed) -> None:
    head, tail = KEPT[name]
    texts = [text.replace("{}", str(number + 1)) for number, text in enumerate(framed(head, tail))]
    for text, trimmed in zip(texts, trim(texts, removed=removed), strict=True):
        assert trimmed.placed.text == text and not trimmed.lines


def test_letterhead_and_disclaimer_stay_in_a_contract_but_its_page_number_goes() -> None:
    texts = framed(tail="Changes are subject to change without notice.\n\nTel: +44 117 496 0123\n\nPage 1 of 2")
    assert {trimmed.lines for trimmed in trim(texts, removed=Removed.NOTICES)} == {("Page 1 of 2",)}


def test_address_goes_from_a_mail_only_with_a_notice() -> None:
    address, notice = "Orchard Ltd.\nTel: +44 117 496 0123", "Do not reply to this e-mail."
    assert {one.lines for one in trim(framed(tail=address), removed=Removed.FOOTERS)} == {()}
    found = {one.lines for one in trim(framed(tail=f"{address}\n\n{notice}"), removed=Removed.FOOTERS)}
    assert found == {("Orchard Ltd.", "Tel: +44 117 496 0123", notice)}


def test_facts_about_a_page_that_differ_go_with_the_line_above_them() -> None:
    texts = framed(tail="Help content debug info:\n\nThis page is: /text/{}.xhp\n\nTitle is: {}")
    texts = [text.replace("{}", f"own {chr(97 + at)}") for at, text in enumerate(texts)]
    assert {len(trimmed.lines) for trimmed in trim(texts)} == {3}
    inside = [f"{text}\n\n{body(at, 6)}" for at, text in enumerate(texts)]
    assert {trimmed.lines for trimmed in trim(inside)} == {()}


def test_code_never_loses_a_line() -> None:
    texts = framed(tail="Copyright © 2024 Norwell. All rights reserved.")
    assert all(
        trimmed.placed.text == text for text, trimmed in zip(texts, trim(texts, removed=Removed.NONE), strict=True)
    )


def test_lines_inside_a_document_go_only_in_blocks_of_three() -> None:
    footer = ["Copyright © 2024 Norwell.", "All rights reserved by Norwell.", "Do not copy this page."]
    two, three = (
        [
            f"Unit {chr(97 + at)}\n\n{body(at)}\n\n" + "\n".join(footer[:size]) + f"\n\n{body(at + 12, 5)}"
            for at in range(12)
        ]
        for size in (2, 3)
    )
    assert {trimmed.lines for trimmed in trim(two)} == {()}
    assert {trimmed.lines for trimmed in trim(three)} == {tuple(footer)}
    assert all("\n\n\n" not in trimmed.placed.text for trimmed in trim(three))


def test_nothing_goes_if_too_much_would_go() -> None:
    texts = framed(tail="This message is confidential. " * 30)
    assert all(
        trimmed.was_too_much and trimmed.placed.text == text for text, trimmed in zip(texts, trim(texts), strict=True)
    )


def test_nothing_goes_from_a_form() -> None:
    clauses = "\n".join(f"The tenant of the house keeps rule {word} of the lease at all times." for word in _WORDS * 2)
    texts = [f"{clauses}\n\n{body(number, 3)}\n\nCopyright © 2024 Norwell." for number in range(NUM_DOCUMENTS)]
    assert all(trimmed.was_too_much for trimmed in trim(texts))


@pytest.mark.parametrize("kind", [MarkKind.TABLE, MarkKind.CODE])
def test_marked_table_and_code_stay(kind: MarkKind) -> None:
    tail = "All rights reserved.\nPage 1 of 2"
    texts = framed(tail=tail)
    length = len(texts[0])
    assert trim(texts)[0].lines == tuple(tail.split("\n"))
    assert trim(texts, marks=[Mark(kind, length - len(tail), length)])[0].placed.text == texts[0]


PIECES = st.sampled_from(
    [
        "Home | Products | Contact us",
        "All rights reserved.",
        "This e-mail is confidential and intended only for the recipient.",
        "Page 3 of 9",
        "Thank you.",
        "---",
        "",
        "",
        "1. Starting",
        "## Notice",
        "| a | b |",
        "The valve of this unit leads to the hose and on to the drum of the lamp.",
        "홈",
        "로그인",
        "면책 조항",
    ]
)
DOCUMENTS = st.lists(PIECES, min_size=1, max_size=14)


@given(DOCUMENTS, st.lists(st.integers(0, 400), max_size=6), st.sampled_from(list(Removed)))
def test_removal_cuts_whole_lines_and_keeps_places_between_the_same_lines(
    pieces: list[str], offsets: list[int], removed: Removed
) -> None:
    own = "\n\n".join(f"An own line {chr(97 + at)} that no document has." for at in range(8))
    text = normalise_characters("\n".join(pieces) + f"\n\n{own}\n\n" + "\n".join(reversed(pieces)))
    repeated = frozenset(document_hashes("\n".join(pieces)).tolist())
    places = tuple(sorted({min(offset, len(text)) for offset in offsets}))
    trimmed = without_boilerplate(
        PlacedText(text, places), marks=(), marked=places, repeated=repeated, removed=removed, max_share=1.0
    )
    kept = trimmed.placed.text
    lines, left = ([line for line in one.split("\n") if line] for one in (text, kept))
    assert sorted(lines) == sorted([*left, *trimmed.lines])
    assert trimmed.num_chars == len(text) - len(kept)
    assert normalise_characters(kept) == kept
    assert own in kept
    assert list(trimmed.placed.places) == sorted(trimmed.placed.places)
    assert all(0 <= place <= len(kept) for place in trimmed.placed.places)


@given(st.lists(PIECES, max_size=5), st.lists(PIECES, max_size=5))
def test_removal_of_what_was_removed_once_removes_nothing_more(head: list[str], tail: list[str]) -> None:
    texts = framed("\n".join(head), "\n".join(tail))
    repeated = repeated_in(texts)
    once = [one.placed.text for one in _trimmed(texts, repeated)]
    again = [one.placed.text for one in _trimmed(once, repeated)]
    assert again == once


def _trimmed(texts: Sequence[str], repeated: frozenset[int]) -> list[Trimmed]:
    return [
        without_boilerplate(
            PlacedText(text), marks=(), marked=(), repeated=repeated, removed=Removed.ALL, max_share=0.35
        )
        for text in texts
    ]
