"""Written questions that repeat are dropped: near copies about one document, and one wording about many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.export.same_questions import (
    DUPLICATE_QUESTION,
    QuestionWords,
    is_near_copy,
    read_question,
    repeated_questions,
)


def read(question: str, language: str = "en", about: str = "a") -> QuestionWords:
    return read_question(question, language=language, about=about)


@pytest.mark.parametrize(
    ("language", "one", "other", "is_copy"),
    [
        ("en", "When is the rent due?", "when is the rent due", True),
        (
            "en",
            "When must the tenant of the shed pay the rent?",
            "When must the tenant of the shed pay the rents?",
            True,
        ),
        (
            "en",
            "By when must the tenant of the shed pay the rent?",
            "When must the tenant of the shed pay the rent?",
            True,
        ),
        (
            "en",
            "Must the tenant pay the landlord before the work?",
            "Must the landlord pay the tenant before the work?",
            False,
        ),
        (
            "en",
            "Which of the costs of repair does the tenant pay?",
            "Which of the costs of repair does the tenant not pay?",
            False,
        ),
        (
            "en",
            "What is due within 30 days of the end of the lease?",
            "What is due within 60 days of the end of the lease?",
            False,
        ),
        (
            "en",
            "What does the letter say that Ann sent to the club?",
            "What does the letter say that Bob sent to the club?",
            False,
        ),
        (
            "en",
            "What does “rent” mean in the lease of the shed?",
            "What does “term” mean in the lease of the shed?",
            False,
        ),
        (
            "en",
            "What does `open_file` do with the path that it gets?",
            "What does `close_file` do with the path that it gets?",
            False,
        ),
        (
            "en",
            "In document 1, when is the rent of the shed due?",
            "In document 2, when is the rent of the shed due?",
            False,
        ),
        ("en", "When is it due?", "When was it due?", False),
        (
            "en",
            "What must the tenant of the shed do before leaving it?",
            "What must the owner of the shed do before leaving it?",
            False,
        ),
        (
            "ko",
            "임차인은 언제까지 창고의 차임을 임대인에게 내야 합니까?",
            "임차인이 언제까지 창고의 차임을 임대인에게 내야 합니까?",
            True,
        ),
        (
            "ko",
            "임차인은 언제까지 창고의 차임을 임대인에게 내야 합니까?",
            "임대인은 언제까지 창고의 차임을 임차인에게 내야 합니까?",
            False,
        ),
        (
            "ko",
            "임차인은 30일 안에 창고의 어느 곳을 비워야 합니까?",
            "임차인은 60일 안에 창고의 어느 곳을 비워야 합니까?",
            False,
        ),
        (
            "ko",
            "임차인이 창고를 쓸 수 있는 경우는 어떤 때입니까?",
            "임차인이 창고를 쓸 수 없는 경우는 어떤 때입니까?",
            False,
        ),
        (
            "ko",
            "「임대차」의 차임은 매월 며칠에 누구에게 냅니까?",
            "「전대차」의 차임은 매월 며칠에 누구에게 냅니까?",
            False,
        ),
    ],
)
def test_near_copy_says_the_same_about_the_same(language: str, one: str, other: str, is_copy: bool) -> None:
    first, second = read(one, language), read(other, language)
    assert is_near_copy(first, second, least_likeness=0.85) is is_copy
    assert is_near_copy(second, first, least_likeness=0.85) is is_copy


@dataclass(frozen=True)
class Labels:
    candidate_id: str
    doc_id: str
    words: QuestionWords | None


def reasons(own: list[Labels], *, max_same: int = 20) -> dict[str, str]:
    dropped = repeated_questions(own, max_same=max_same, least_likeness=0.85)
    assert {why.reason for why in dropped.values()} <= {DUPLICATE_QUESTION}
    return {name: why.detail for name, why in dropped.items()}


def test_near_copy_is_dropped_about_versions_of_a_document_and_kept_about_different_ones() -> None:
    one = "When must the tenant of the shed pay the rent?"
    other = "By when must the tenant of the shed pay the rent?"
    versions = [Labels("1", "d1", read(one, about="cluster")), Labels("2", "d2", read(other, about="cluster"))]
    assert reasons(versions) == {"2": "The same question is asked of another version or part of the document."}
    assert list(reasons(versions[::-1])) == ["1"], "the first one stays"
    assert reasons([versions[0], replace(versions[1], words=read(other, about="d2"))]) == {}
    assert reasons([replace(one, words=None) for one in versions]) == {}, "templates are not compared"


def test_question_in_one_wording_is_asked_of_a_number_of_contexts() -> None:
    own = [Labels(f"{n}", f"d{n}", read("What is due, and when?", about=f"d{n}")) for n in range(30)]
    assert list(reasons(own)) == [f"{n}" for n in range(20, 30)]
    assert set(reasons(own).values()) == {"The question is asked of 20 other contexts in the same words."}
    assert list(reasons(own, max_same=29)) == ["29"]


QUESTIONS = [
    "Who pays?",
    "who pays",
    "When must the tenant pay the rent?",
    "By when must the tenant pay the rent?",
    "What?",
]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.sampled_from(QUESTIONS)), max_size=40),
    st.integers(1, 4),
)
def test_questions_that_stay_are_no_copies_and_in_few_contexts_and_a_second_pass_drops_nothing(
    drawn: list[tuple[int, int, str]], max_same: int
) -> None:
    own = [
        Labels(f"{number}", f"d{doc}", read(question, about=f"c{cluster}"))
        for number, (doc, cluster, question) in enumerate(drawn)
    ]
    dropped = repeated_questions(own, max_same=max_same, least_likeness=0.85)
    kept = [one for one in own if one.candidate_id not in dropped]
    for number, one in enumerate(kept):
        assert one.words
        for other in kept[:number]:
            assert other.words
            assert one.words.about != other.words.about or not is_near_copy(one.words, other.words, least_likeness=0.85)
        same = {other.doc_id for other in kept if other.words and other.words.text_hash == one.words.text_hash}
        assert len(same) <= max_same
    assert repeated_questions(kept, max_same=max_same, least_likeness=0.85) == {}
