"""How each language names a document in a question, joins names, and frames parts of documents."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules


@pytest.mark.parametrize(
    ("language", "question", "title", "number", "expected"),
    [
        ("ko", "얼마입니까?", "제목", 1, "「제목」에서 얼마입니까?"),
        ("ko", "이 문서에서 누가 내는가?", "임대차", 1, "「임대차」에서 누가 내는가?"),
        ("ko", "위 문서의 목적은 무엇인가?", "", 3, "문서 3의 목적은 무엇인가?"),
        ("ko", "얼마?", "", 2, "문서 2에서 얼마?"),
        ("ko", "문서에 있는가, 문서에 없는가?", "가", 1, "「가」에 있는가, 문서에 없는가?"),
        ("ko", "문서번호는 무엇인가?", "가", 1, "「가」에서 문서번호는 무엇인가?"),
        ("en", "What does it cost?", "Title", 1, "In “Title”, what does it cost?"),
        ("en", "How much is due?", "", 2, "In document 2, how much is due?"),
        ("en", "Who signs in this document?", "Lease", 1, "Who signs in “Lease”?"),
        ("en", "In this document, who signs?", "Lease", 1, "In “Lease”, who signs?"),
        ("en", "The document states what?", "Lease", 1, "“Lease” states what?"),
        ("en", "What does the document say?", "Lease", 1, "In “Lease”, what does the document say?"),
        ("en", "Is it in the document, in this document?", "A", 1, "Is it in “A”, in this document?"),
        ("en", '"Term" means what?', "Lease", 1, 'In “Lease”: "Term" means what?'),
        ("en", "Whatever it says?", "", 4, "In document 4: Whatever it says?"),
        (
            "en",
            "Which other provisions of this document refer to Section 4?",
            "Lease",
            1,
            "Which other provisions of “Lease” refer to Section 4?",
        ),
        (
            "en",
            "Which term means “any copy of the Document”?",
            "Lease",
            1,
            "In “Lease”, which term means “any copy of the Document”?",
        ),
        ("ko", "“이 문서의 사본”은 무엇인가?", "가", 1, "「가」에서 “이 문서의 사본”은 무엇인가?"),
        ("en", "How is a list of this document made?", "", 2, "How is a list of document 2 made?"),
    ],
)
def test_question_names_its_document_once(language: str, question: str, title: str, number: int, expected: str) -> None:
    assert language_rules(language).name_document(question, title, number) == expected


@pytest.mark.parametrize(
    ("language", "names", "expected"),
    [
        ("en", [], ""),
        ("en", ["a"], "a"),
        ("en", ["a", "b"], "a and b"),
        ("en", ["a", "b", "c"], "a, b and c"),
        ("ko", ["가", "나", "다"], "가, 나, 다"),
    ],
)
def test_names_are_joined_as_in_running_text(language: str, names: list[str], expected: str) -> None:
    assert language_rules(language).join_names(names) == expected


def framed(language: str) -> list[str]:
    frames = language_rules(language).frames
    return [
        *(wording.format(question="Q") for wording in (*frames.about_one, *frames.about_several)),
        *(wording.format(question="Q") for wording in (*frames.ahead_of_one, *frames.ahead_of_several)),
        frames.part.format(part=2, num_parts=5),
        frames.continued.format(part=2, num_parts=5, path="A > B"),
        frames.document_heading.format(number=3, title="T"),
        frames.summary_question.format(title="T"),
        frames.document_summary_question,
        frames.before_amendment,
        *(frames.provisions, frames.sections, frames.module_level, frames.package_level),
        frames.table_under.format(name="N"),
        frames.step_count.format(count=4),
        frames.at_time.format(time="10:03"),
        frames.in_all.format(count=4),
    ]


def test_english_frames_read_as_written() -> None:
    assert framed("en") == [
        *("Q", "Based on the document above: Q", "A question about this document: Q"),
        *("Q", "Based on the documents above: Q", "A question about these documents: Q"),
        *("Q", "Answer from the document below: Q", "A question about the document that follows: Q"),
        *("Q", "Answer from the documents below: Q", "A question about the documents that follow: Q"),
        "[Part 2 of 5]",
        "[Part 2 of 5; continues under: A > B]",
        "Document 3: T",
        "Summarise what the document says under “T”.",
        "Summarise the main points of the document.",
        "before any amendment, ",
        *("provisions", "sections", "module level", "package level"),
        *("under “N”", "4", "at 10:03", "4 in all:"),
    ]


def test_korean_frames_read_as_written() -> None:
    assert framed("ko") == [
        *("Q", "위 문서를 바탕으로 답해 주십시오. Q", "이 문서에 관한 질문입니다. Q"),
        *("Q", "위 문서들을 바탕으로 답해 주십시오. Q", "이 문서들에 관한 질문입니다. Q"),
        *("Q", "아래 문서를 바탕으로 답해 주십시오. Q", "다음 문서에 관한 질문입니다. Q"),
        *("Q", "아래 문서들을 바탕으로 답해 주십시오. Q", "다음 문서들에 관한 질문입니다. Q"),
        "[전체 5부 중 2부]",
        "[전체 5부 중 2부. 이어지는 부분: A > B]",
        "문서 3: T",
        "문서의 「T」 부분을 요약하십시오.",
        "문서의 주요 내용을 요약하십시오.",
        "변경되기 전의 내용을 기준으로, ",
        *("조항", "절", "모듈 수준 코드", "패키지 수준 코드"),
        *("“N”", "4단계", "10:03", "모두 4개입니다."),
    ]


def test_types_of_code_have_a_noun_in_korean_and_keep_their_keyword_in_english() -> None:
    assert language_rules("ko").type_nouns == {
        "class": "클래스",
        "struct": "구조체",
        "interface": "인터페이스",
        "trait": "트레이트",
        "enum": "열거형",
        "record": "레코드",
        "union": "공용체",
    }
    assert language_rules("en").type_nouns == {}
