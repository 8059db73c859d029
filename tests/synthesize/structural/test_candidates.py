import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import KOREAN_CHAT, KOREAN_LEASE, LEASE, MANUAL, MINUTES, TREE, ask

from pipeline.records import Candidate

DOCUMENTS = {
    "lease": (LEASE, "legal", "en"),
    "korean lease": (KOREAN_LEASE, "legal", "ko"),
    "manual": (MANUAL, "manual", "en"),
    "minutes": (MINUTES, "dialogue", "en"),
    "korean chat": (KOREAN_CHAT, "dialogue", "ko"),
    "tree": (TREE, "code", "en"),
}


def assert_evidence_is_verbatim(text: str, candidates: list[Candidate]) -> None:
    for candidate in candidates:
        assert candidate.evidence
        assert candidate.answer.strip()
        for evidence in candidate.evidence:
            assert text[evidence.start : evidence.end] == evidence.quote != ""
            assert evidence.depth == evidence.start / len(text)


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_structural_candidates_are_verified_rows_of_the_document(name: str) -> None:
    text, domain, language = DOCUMENTS[name]
    candidates, _ = ask(text, domain=domain, language=language)
    assert len(candidates) >= (2 if domain == "dialogue" else 5)
    assert_evidence_is_verbatim(text, candidates)
    assert len({candidate.candidate_id for candidate in candidates}) == len(candidates)
    assert len({candidate.question for candidate in candidates}) == len(candidates)
    for candidate in candidates:
        assert (candidate.origin, candidate.teacher) == ("structural", "structural")
        assert candidate.checks.evidence_verbatim
        assert candidate.checks.answer_unique
        assert candidate.checks.language_match, candidate.question
        assert candidate.checks.numbers_supported, (candidate.question, candidate.answer)
        assert "{" not in candidate.question
        assert candidate.question[0] == candidate.question[0].upper()
        assert re.search(r"[?.]$", candidate.question)


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_structural_candidates_same_document_and_seed_give_the_same_rows(name: str) -> None:
    text, domain, language = DOCUMENTS[name]
    first = ask(text, domain=domain, language=language, max_questions=6)
    assert first == ask(text, domain=domain, language=language, max_questions=6)
    others = [ask(text, domain=domain, language=language, max_questions=6, seed=seed)[0] for seed in (1, 2, 3)]
    assert any([c.question for c in other] != [c.question for c in first[0]] for other in others)


def test_structural_candidates_tasks_take_turns() -> None:
    candidates, _ = ask(LEASE, domain="legal", language="en", max_questions=8)
    assert Counter(candidate.task for candidate in candidates) == Counter(
        ["clause", "definition", "party", "amount", "deadline", "duty", "cross_reference", "followed_reference"]
    )


def test_structural_candidates_spread_over_the_depth_of_a_long_document() -> None:
    clauses = "".join(
        f"\n§ 3.{n} Rule {n}.\n\nPerson number {n} keeps {n + 100} sheep on the hill.\n" for n in range(1, 101)
    )
    candidates, _ = ask(clauses, domain="legal", language="en", tasks=("clause",), max_questions=10)
    bins = Counter(int(candidate.evidence[0].depth * 5) for candidate in candidates)
    assert bins == Counter({0: 2, 1: 2, 2: 2, 3: 2, 4: 2})


def test_structural_candidates_only_tasks_asked_for() -> None:
    candidates, _ = ask(LEASE, domain="legal", language="en", tasks=("party",))
    assert {candidate.task for candidate in candidates} == {"party"}
    assert ask(LEASE, domain="legal", language="en", tasks=()) == ([], [])


def test_structural_candidates_one_table_does_not_fill_the_share() -> None:
    candidates, _ = ask(MANUAL, domain="manual", language="en", tasks=("table_cell",), max_questions=8)
    assert max(Counter("Error codes" in candidate.question for candidate in candidates).values()) == 3


def test_structural_candidates_masked_personal_data_is_rejected() -> None:
    candidates, rejections = ask(MINUTES, domain="dialogue", language="en")
    assert not any("[EMAIL-1]" in candidate.question + candidate.answer for candidate in candidates)
    assert "masked_personal_data" in {rejection.reason for rejection in rejections}


def test_structural_candidates_answer_that_was_masked_is_rejected() -> None:
    text = (
        '1. Terms\n\n1.1 "Help line" means the telephone service under [PHONE-1].\n\n1.2 "Site" means the north yard.\n'
    )
    candidates, rejections = ask(text, domain="legal", language="en", tasks=("definition",))
    assert [candidate.answer for candidate in candidates if "north yard" in candidate.answer]
    assert not [candidate for candidate in candidates if "[PHONE-1]" in candidate.answer]
    masked = [rejection for rejection in rejections if rejection.reason == "masked_personal_data"]
    assert any("[PHONE-1]" not in rejection.excerpt for rejection in masked), "no question asks for the masked answer"


def test_structural_candidates_long_answers_are_rejected_with_their_length() -> None:
    candidates, rejections = ask(LEASE, domain="legal", language="en", max_answer_tokens=12)
    assert candidates
    assert max(len(candidate.answer.split()) for candidate in candidates) <= 12
    long = [rejection for rejection in rejections if rejection.reason == "answer_too_long"]
    assert long
    assert all(rejection.score is not None and rejection.score > 12 for rejection in long)


def test_structural_candidates_question_with_two_answers_is_rejected() -> None:
    text = '1. Terms\n\n1.1 "Site" means the north yard.\n\n1.2 "Site" means the south yard.\n'
    candidates, rejections = ask(text, domain="legal", language="en", tasks=("definition",))
    assert {rejection.reason for rejection in rejections} == {"not_unique", "term_quoted_elsewhere"}
    assert not any("defined?" in candidate.question for candidate in candidates)


def test_structural_candidates_rejections_name_stage_source_and_reason() -> None:
    _, rejections = ask(LEASE, domain="legal", language="en")
    assert rejections
    for rejection in rejections:
        assert (rejection.stage, rejection.source_uri, rejection.source_offset) == ("synthesize", "memory://test", 7)
        assert re.fullmatch(r"[a-z_]+", rejection.reason)
        assert rejection.detail
        assert rejection.excerpt
    assert len({rejection.item_id for rejection in rejections}) == len(rejections)


def test_structural_candidates_plain_prose_gives_nothing() -> None:
    text = "The harbour lay still. Nobody spoke of the storm, and the boats kept to the wall.\n" * 5
    for domain in ("legal", "manual", "code", "dialogue"):
        assert ask(text, domain=domain, language="en") == ([], [])


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(DOCUMENTS)),
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.sampled_from(["", "\n", "제2조 (", "4.1 ", "| a |", "[10:03] A: ", "① ", "“", "1. "]),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_structural_candidates_damaged_documents_keep_verbatim_evidence(
    name: str, damages: list[tuple[int, str]], swap: bool
) -> None:
    text, domain, language = DOCUMENTS[name]
    lines = text.splitlines()
    for position, piece in damages:
        lines.insert(position % (len(lines) + 1), piece + lines[position % len(lines)])
    damaged = "\n".join(reversed(lines) if swap else lines)
    candidates, _ = ask(damaged, domain=domain, language=language, max_questions=20)
    assert_evidence_is_verbatim(damaged, candidates)
