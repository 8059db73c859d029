"""What the name, the title and the text of a document say about its standing among duplicates."""

from __future__ import annotations

import pytest
from growth import assert_constant, assert_linear
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.dedup.appraisal import appraise
from pipeline.dedup.standing import Standing
from pipeline.records import Document

TEXT = document("en", 1, num_sentences=30)


def standing(
    text: str = TEXT,
    *,
    uri: str = "in/lease.txt",
    title: str = "Lease",
    domain: str = "legal",
    licence: str = "unknown",
) -> Standing:
    return appraise(Document("d", text, domain, "en", title, licence, uri, 0, "", ()))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *[(name, 0) for name in ("lease_draft.txt", "leaseDraft.docx", "Draft 4 - lease.docx", "lease-wip.md")],
        *[(name, 0) for name in ("drafts/lease.txt", "lease_for_signature.pdf", "unsigned lease.pdf", "template.docx")],
        *[(name, 0) for name in ("계약서_초안.hwp", "계약서(안).hwp", "조례안.hwp", "검토용 계약서.docx", "양식.hwp")],
        *[(name, 1) for name in ("lease.txt", "draughts.txt", "overdrafted.txt", "assigned.txt", "부안_임대차.hwp")],
        *[(name, 2) for name in ("lease FINAL.docx", "final/lease.docx", "minutes_approved.docx", "계약서_최종.hwp")],
        *[(name, 4) for name in ("lease - signed.pdf", "fully_executed.pdf", "signed/lease.pdf", "계약서_날인본.pdf")],
        ("final_draft.docx", 0),
    ],
)
def test_status_is_read_from_names(name: str, status: int) -> None:
    assert standing(uri=f"in/{name}").status == status


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("DRAFT\n\n", "", 0),
        ("Preliminary draft. Not for execution.\n\n", "", 0),
        ("초 안\n\n", "", 0),
        ("임대차 계약서(안)\n\n", "", 0),
        ("", "\nSigned for the Landlord: /s/ Ada Moreno\n", 3),
        ("", "\nElectronically signed by Ada Moreno\n", 3),
        ("", "\n임대인: 한빛빌딩 대표이사 윤태경 (인)\n", 3),
        ("", "\n임대인: 대표이사 (인)\n", 1),
        ("", "\n임대인: 대표이사 ________ (인)\n", 1),
        ("", "\nSigned for the Landlord: ____________\n", 1),
        ("", "\nThe first draft of the plan was rejected by the tenants after a long and loud meeting in the hall, "
             "and nobody has heard of it since that evening.\n", 1),
    ],
)  # fmt: skip
def test_status_is_read_from_marks_and_signatures(before: str, after: str, status: int) -> None:
    assert standing(before + TEXT + after).status == status


@pytest.mark.parametrize(
    ("name", "originality"),
    [
        *[(name, 0) for name in ("Copy of lease.txt", "lease - Copy (2).docx", "lease (1).pdf", "lease.txt.bak")],
        *[
            (name, 0)
            for name in ("lease.py~", "backup/lease.txt", "archive/lease.txt", "계약서_사본.hwp", "백업/a.hwp")
        ],
        *[(name, 1) for name in ("lease.txt", "copyright.txt", "lease (2019 to 2024).txt", "photocopier.md")],
        *[(name, 2) for name in ("original/lease.pdf", "계약서_원본.pdf")],
    ],
)
def test_originality_is_read_from_names(name: str, originality: int) -> None:
    assert standing(uri=f"in/{name}").originality == originality


@pytest.mark.parametrize("mark", ["COPY", "CONFORMED COPY", "사본 - 원본대조필", "사 본"])
def test_originality_is_read_from_stamps(mark: str) -> None:
    assert standing(f"{mark}\n\n{TEXT}").originality == 0
    assert standing(f"{TEXT}\nPlease keep a copy of this letter.\n").originality == 1


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("lease_v3.txt", 3 * 256),
        ("lease v1.10.txt", 256 + 10),
        ("lease_rev4.docx", 4 * 256),
        ("설명서 제3판.hwp", 3 * 256),
        ("docs/v2/lease.txt", 2 * 256),
        ("lease.txt", 256),
        ("level3.txt", 256),
        ("v999999.txt", 256),
    ],
)
def test_version_is_read_from_names(name: str, version: int) -> None:
    assert standing(uri=f"in/{name}").version == version


def test_version_in_the_file_name_counts_for_more_than_one_in_the_text() -> None:
    text = f"Third edition\n\n{TEXT}"
    assert standing(text).version == 3 * 256
    assert standing(text, uri="in/lease_v2.txt").version == 2 * 256


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Effective date: 1 April 2023", 45_016),
        ("Last updated: April 1, 2023 (first issued on 3 May 2019)", 45_016),
        ("[시행 2021. 7. 1.] [조례 제1482호, 2023. 4. 1., 일부개정]", 45_016),
        ("개정 2023년 4월 1일", 45_016),
        ("Amended 2023-04-01", 45_016),
        ("Signed on 1 April 2023", 0),
        ("Effective date: 31 February 2023", 0),
    ],
)
def test_revision_day_is_the_latest_date_beside_a_label(line: str, day: int) -> None:
    text = "The tenant pays the rent.\n" * 20
    assert standing(f"{line}\n\n{text}").revision_day == day
    assert standing(f"{text}{line}\n").revision_day == day


def test_date_in_the_name_of_a_backup_does_not_count() -> None:
    text = "The tenant pays the rent.\n" * 20
    assert standing(text, uri="in/policy-2023-04.txt").revision_day == 45_016
    assert standing(text, uri="in/policy-2023-04.txt.bak").revision_day == 0
    assert standing(text, uri="in/policy backup 2023-04.txt").revision_day == 0


@pytest.mark.parametrize(
    "blank",
    ["____", "[●]", "[insert name]", "<<date>>", "TBD", "(      )", "○○○", "............", "20__", "추후 협의", "미정"],
)
def test_blanks_lower_the_completion_and_more_of_them_lower_it_more(blank: str) -> None:
    text = "The tenant pays the rent.\n" * 20
    found = [standing(text + f"The sum is {blank} dollars.\n" * number).completion for number in (0, 1, 2, 4, 8)]
    assert found == [7, 6, 5, 4, 3]


def test_lines_to_page_numbers_and_filled_boxes_are_no_blanks() -> None:
    assert standing("1. Rent .............. 12\n" * 9 + "[x] paid\n").completion == 7


@pytest.mark.parametrize(
    "words", ["c0ntract", "le~se", "re\ufffdt", "(cid:31)", "tenantâ€™s", "계|약", "갑ㅣ이", " 계 약 서 를 "]
)
def test_garbled_words_lower_the_cleanness(words: str) -> None:
    text = "The tenant pays the rent to the landlord each month.\n" * 20
    few, many = (standing(text + f"{words} and so on\n" * number) for number in (1, 400))
    assert standing(text).cleanness == 15
    assert 15 > few.cleanness > many.cleanness
    assert standing(text).legibility == few.legibility == 2 > many.legibility


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\n",
        "Begin forwarded message:\n",
        "---------- Forwarded message ---------\n",
        "Subject: FW: the boilers\n",
        "제목: 전달: 보일러\n",
        "----- 원본 메시지 -----\n",
    ],
)
def test_forwarded_text_is_told_by_the_line_above_it(head: str) -> None:
    assert standing(f"Please read.\n{head}{TEXT}").authorship == 0
    assert standing(TEXT).authorship == 1
    assert standing("> The tenant pays.\n" * 9).authorship == 0


def test_place_format_and_description_are_read_from_the_record() -> None:
    assert standing(uri="in/mail.eml!/lease.docx").place == 0
    assert [standing(uri=f"in/lease{end}").nativeness for end in (".docx", ".pdf", "_scan.pdf", ".tif")] == [2, 1, 0, 0]
    assert [standing(title=t, licence=n).description for t, n in (("", ""), ("", "MIT"), ("a", "MIT"))] == [0, 1, 2]
    assert (standing("Dated 4 March 2022.").is_dated, standing("In the year 2022.").is_dated) == (True, False)


@given(st.text(max_size=400), st.text(max_size=60), st.sampled_from(["legal", "manual", "dialogue", "code"]))
def test_every_document_has_a_standing(text: str, name: str, domain: str) -> None:
    assert standing(text, uri=name, title=name, domain=domain) == standing(text, uri=name, title=name, domain=domain)


@pytest.mark.parametrize(
    "unit", ["_", ".", " ", "-", "> ", "[", "2", "2022", "a ", "계 ", "(인)", "x", "\n>", "○", "-_ "]
)
def test_appraisal_of_a_hostile_text_costs_as_its_ends_do(unit: str) -> None:
    """No pattern runs twice over an end, and nothing else is read: a text of two ends costs as much as a longer one."""

    def text_of(num_chars: int) -> str:
        return unit * (num_chars // len(unit))

    assert_linear(standing, text_of, size=500)
    assert_constant(standing, text_of, size=8_000)


def test_control_strings_of_a_chat_model_count_against_a_text_and_not_against_code() -> None:
    assert standing().purity == 1
    assert standing(f"{TEXT}\n<|im_end|>\n<|im_start|>assistant\nSure.").purity == 0
    assert standing('END = "<|im_end|>"\n', domain="code").purity == 1


@pytest.mark.parametrize("blank", ["서울시 OOO동", "강남구 OO아파트"])
def test_letters_in_the_place_of_circles_are_blanks(blank: str) -> None:
    assert standing(f"{TEXT}\n{blank}").completion < standing().completion
    assert standing(f"{TEXT}\n균형 FOO동 zoo 안내").completion == standing().completion
