from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
from pipeline.clean.quality import Objection, find_objection
from pipeline.records import Domain

DOCUMENTS = Path(pipeline.__file__).parent / "bundled" / "documents"
MANUAL = (DOCUMENTS / "manual/en/aquila_espresso_manual.md").read_text(encoding="utf-8")
SPAM = "\n\n".join(["저렴한 대출 상담, 지금 바로 문의하세요."] * 60)


def judge(
    text: str, *, domain: str = Domain.MANUAL, language: str = "en", replaced_share: float = 0.0
) -> Objection | None:
    return find_objection(
        text=text,
        domain=domain,
        language=language,
        replaced_share=replaced_share,
        accepted_languages=("en", "ko"),
        min_chars=200,
        max_replaced_share=0.01,
        quality_filters=("gopher_repetition",),
    )


def test_find_objection_ordinary_document_has_none() -> None:
    assert judge(MANUAL) is None


@pytest.mark.parametrize(
    ("text", "language", "replaced_share", "reason", "score"),
    [
        (MANUAL, "en", 0.25, "undecodable", 0.25),
        (" \n", "und", 0.0, "empty", 0.0),
        ("Too short.", "en", 0.0, "too_short", 10.0),
        (MANUAL, "fr", 0.0, "language", None),
        (SPAM, "ko", 0.0, "repetitive", 1.0),
    ],
)
def test_find_objection_names_reason_and_measure(
    text: str, language: str, replaced_share: float, reason: str, score: float | None
) -> None:
    objection = judge(text, language=language, replaced_share=replaced_share)
    assert objection is not None
    assert (objection.reason, objection.score) == (reason, score)
    assert objection.detail.endswith(".")


@pytest.mark.parametrize("domain", [Domain.CODE, Domain.DIALOGUE])
def test_find_objection_code_and_speech_may_repeat_themselves(domain: Domain) -> None:
    assert judge(SPAM, domain=domain, language="ko") is None


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("domain", [Domain.LEGAL, Domain.MANUAL])
def test_find_objection_bundled_contracts_and_manuals_stay(domain: Domain, language: str) -> None:
    paths = [path for path in sorted((DOCUMENTS / domain / language).glob("*")) if path.suffix in (".txt", ".md")]
    readable = [
        text for path in paths if "\ufffd" not in (text := path.read_text(encoding="utf-8", errors="replace")) and text
    ]
    assert readable
    assert [judge(text, domain=domain, language=language) for text in readable] == [None] * len(readable)


def test_find_objection_one_clause_over_and_over_is_repetitive() -> None:
    clause = "The creditor shall disclose the amount financed to the consumer before consummation of the transaction."
    objection = judge("\n\n".join([clause] * 200), domain=Domain.LEGAL)
    assert objection is not None
    assert objection.reason == "repetitive"


def test_find_objection_document_of_which_a_part_repeats_stays() -> None:
    assert judge(MANUAL + SPAM * 3) is None
    assert judge(MANUAL[:2000] + SPAM * 30) is not None
