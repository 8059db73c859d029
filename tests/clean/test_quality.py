from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
from pipeline.clean.quality import find_junk, find_objection
from pipeline.config.build import QualityFilter
from pipeline.records import Dropped

DOCUMENTS = Path(pipeline.__file__).parent / "bundled" / "documents"
MANUAL = (DOCUMENTS / "manual/en/aquila_espresso_manual.md").read_text(encoding="utf-8")
SPAM = "\n\n".join(["저렴한 대출 상담, 지금 바로 문의하세요."] * 60)


def judge(text: str, *, domain: str = "manual", language: str = "en", replaced_share: float = 0.0) -> Dropped | None:
    return judged_by(text, domain=domain, language=language, replaced_share=replaced_share)


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


@pytest.mark.parametrize("domain", ["code", "dialogue"])
def test_find_objection_code_and_speech_may_repeat_more_than_prose(domain: str) -> None:
    lines = [line for line in MANUAL.split("\n") if len(line) > 60][:10]
    text = "\n".join(f"{line}\n네.\n네.\n네.\n네." for line in lines)
    assert judge(text, domain=domain, language="ko") is None
    assert judge(text, domain="manual", language="ko") is not None
    assert judge(SPAM * 5, domain=domain, language="ko") is not None


def test_find_junk_short_chat_about_one_thing_is_kept() -> None:
    assert judge(SPAM, domain="dialogue", language="ko") is None
    assert judge(SPAM, domain="manual", language="ko") is not None


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("domain", ["legal", "manual"])
def test_find_objection_bundled_contracts_and_manuals_stay(domain: str, language: str) -> None:
    paths = [path for path in sorted((DOCUMENTS / domain / language).glob("*")) if path.suffix in (".txt", ".md")]
    readable = [
        text for path in paths if "\ufffd" not in (text := path.read_text(encoding="utf-8", errors="replace")) and text
    ]
    assert readable
    assert [judge(text, domain=domain, language=language) for text in readable] == [None] * len(readable)


def test_find_objection_one_clause_over_and_over_is_repetitive() -> None:
    clause = "The creditor shall disclose the amount financed to the consumer before consummation of the transaction."
    objection = judge("\n\n".join([clause] * 200), domain="legal")
    assert objection is not None
    assert objection.reason == "repetitive"


def test_find_objection_document_of_which_a_part_repeats_stays() -> None:
    assert judge(MANUAL + SPAM * 3) is None
    assert judge(MANUAL[:2000] + SPAM * 30) is not None


def judged_by(text: str = MANUAL, **limits: object) -> Dropped | None:
    settings: dict[str, object] = {
        "domain": "manual",
        "language": "en",
        "replaced_share": 0.0,
        "accepted_languages": ("en", "ko"),
        "min_chars": 200,
        "max_replaced_share": 0.01,
        "quality_filters": tuple(QualityFilter),
    }
    settings |= limits
    late = {"domain": settings.pop("domain"), "quality_filters": settings.pop("quality_filters")}
    late |= {"language": settings["language"]}
    return find_objection(text=text, **settings) or find_junk(text=text, **late)  # type: ignore[arg-type]


def test_find_objection_limits_themselves_are_kept_and_the_next_value_is_not() -> None:
    text = MANUAL[:200]
    assert len(text) == 200
    assert judged_by(text, min_chars=200) is None
    assert judged_by(text[:199], min_chars=200) == Dropped(
        "too_short", "Characters after cleaning: 199; required: at least 200.", 199.0
    )
    ruling = "임차인은 보증금을 반환받을 때까지 임차주택을 계속하여 점유하고 사용할 수 있다. " * 2
    assert 80 < len(ruling) < 100
    assert judged_by(ruling, domain="legal", language="ko", min_chars=180) is None
    assert judged_by(ruling[:40], domain="legal", language="ko") == Dropped(
        "too_short", "Characters after cleaning: 40, counted as 88 letters; required: at least 200.", 88.0
    )
    assert judged_by(replaced_share=0.01) is None
    objection = judged_by(replaced_share=0.0101)
    assert objection is not None
    assert (objection.reason, objection.score) == ("undecodable", 0.0101)


def test_find_objection_names_the_first_of_several() -> None:
    assert [
        objection.reason
        for objection in (
            judged_by("", replaced_share=0.5, language="fr"),
            judged_by("", language="fr"),
            judged_by("un", language="fr"),
            judged_by(SPAM, language="fr"),
            judged_by(SPAM, language="ko"),
        )
        if objection
    ] == ["undecodable", "empty", "too_short", "language", "repetitive"]


def test_find_objection_names_language_and_those_accepted() -> None:
    objection = judged_by(language="fr")
    assert objection is not None
    assert objection.detail == "The language is fr; the recipe accepts en, ko."


def test_find_objection_filter_that_is_switched_off_objects_to_nothing() -> None:
    assert judged_by(SPAM, language="ko", quality_filters=()) is None


def windows_of(kinds: str) -> str:
    """Windows of 2,500 characters: `s` one line over and over, `p` prose that does not repeat itself."""
    prose = [line for line in MANUAL.split("\n") if len(line) > 60]
    pieces = []
    for number, kind in enumerate(kinds):
        if kind == "s":
            pieces += ["x" * 50] * 50
        else:
            lines, size = [], 0
            for line in prose:
                lines.append(f"{number} {line}"[: 2500 - size])
                size += len(lines[-1])
                if size >= 2500:
                    break
            pieces += lines
    return "\n".join(pieces)


@pytest.mark.parametrize(
    ("kinds", "share"),
    [("sssp", None), ("ssssp", 0.8), ("pssss", 0.8), ("sp" * 4, None), ("p" * 8, None), ("p" * 32 + "s" * 128, 0.79)],
)
def test_find_objection_repetitive_is_a_text_of_which_more_than_three_quarters_repeat(
    kinds: str, share: float | None
) -> None:
    objection = judged_by(windows_of(kinds))
    assert (objection.score if objection else None) == (pytest.approx(share, abs=0.02) if share else None)
    if objection:
        assert objection.detail == (
            f"{objection.score:.0%} of the sampled text breaks a quality rule of its domain, most often "
            "gopher_repetition: duplicate lines 98%, allowed: at most 75%."
        )


def test_find_objection_rules_between_entries_are_no_repetition() -> None:
    entries = [line for line in MANUAL.split("\n") if len(line) > 60][:24]
    assert judged_by(f"\n{'-' * 70}\n{'=' * 70}\n{'-' * 70}\n".join(entries)) is None


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        ({"replaced_share": 0.25}, "25.0% of the characters could not be decoded; the limit is 1.0%."),
        ({"text": " \n"}, "No text is left after cleaning."),
        ({"text": "Short."}, "Characters after cleaning: 6; required: at least 200."),
        ({"language": "und"}, "The language is und; the recipe accepts en, ko."),
        (
            {"text": "x" + "\n" * 3_000_001},
            "The text has 3000001 line breaks; the limit is 3000000.",
        ),
    ],
)
def test_find_objection_says_what_is_wrong(limits: dict[str, object], detail: str) -> None:
    objection = judged_by(**limits)  # type: ignore[arg-type]
    assert objection is not None and objection.detail == detail


def test_find_objection_of_three_million_lines_is_none() -> None:
    assert judged_by("x" + "\n" * 3_000_000, quality_filters=()) is None


def test_find_junk_language_without_function_words_may_have_no_sentences() -> None:
    menu = "\n".join(line for line in MENU.split())
    assert find_junk(text=menu, domain="manual", language="ja", quality_filters=tuple(QualityFilter)) is None
    found = find_junk(text=menu, domain="manual", language="en", quality_filters=tuple(QualityFilter))
    assert found is not None
    assert found.reason == "no_sentences"
    assert found.detail.endswith(
        "most often no_sentences: words in sentences, tables or values 0%, allowed: at least 18%."
    )


MENU = (
    "Home Products Washers Dryers Ovens Support Downloads Contact Login Basket Checkout Imprint Privacy Sitemap Print"
)
