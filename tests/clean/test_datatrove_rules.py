"""Filters and taggers of datatrove as rules of cleaning: what they see and drop, and what happens if they fail."""

from __future__ import annotations

import doctest
import pickle
from importlib.util import find_spec
from typing import Any

import pytest

import pipeline
from pipeline.clean import datatrove_rules
from pipeline.clean.datatrove_rules import FailedBlockError, make_blocks
from pipeline.config.build import CleanRecipe, InputSource
from pipeline.records import DeadLetter, Document, Rejection
from pipeline.transforms.batches import Batch
from pipeline.transforms.clean_documents import CleanBatch, clean_record
from pipeline.transforms.reading import raw_document

LINE = "Please pay the rent for flat {number} to office@example.com before the first day of the month.\n"
TEXT = "# Lease\n\n" + "".join(LINE.format(number=number) for number in range(3, 12))
WORD = {"filter": "own_blocks.KeepWithWord", "args": {"word": "rent", "reason": "no rent"}}


def recipe_with(*blocks: dict[str, Any]) -> CleanRecipe:
    return CleanRecipe.model_validate({"datatrove": blocks, "quality_filters": []})


def result_of(text: str, *blocks: dict[str, Any]) -> Document | Rejection | DeadLetter:
    return clean_record(raw_document(text, name="lease.txt"), recipe=recipe_with(*blocks)).result


def test_example_in_the_docstring_is_what_happens() -> None:
    result = doctest.testmod(datatrove_rules)
    assert (result.attempted, result.failed) == (1, 0)


def test_document_that_all_filters_keep_is_as_without_filters() -> None:
    kept = result_of(TEXT, WORD, {"filter": "own_blocks.KeepOfSeveral", "args": {"chars": 300}})
    assert kept == result_of(TEXT)
    assert isinstance(kept, Document)
    assert kept.sections[0].title == "Lease"


def test_document_that_a_filter_drops_is_rejected_with_its_name_and_reason() -> None:
    dropped = result_of(TEXT.replace("rent", "fee"), {"filter": "own_blocks.Tag"}, WORD)
    assert isinstance(dropped, Rejection)
    assert (dropped.reason, dropped.detail) == ("datatrove_keep_with_word", "KeepWithWord: no rent.")
    assert (dropped.stage, dropped.source_uri) == ("ingest", "lease.txt")
    assert "office@" not in dropped.excerpt
    assert "[EMAIL-1]" in dropped.excerpt


def test_filter_of_datatrove_gives_the_reason_that_datatrove_gives() -> None:
    short = {"filter": "GopherQualityFilter", "args": {"language": "whitespace", "min_doc_words": 1000}}
    dropped = result_of(TEXT, short)
    assert isinstance(dropped, Rejection)
    assert (dropped.reason, dropped.detail) == (
        "datatrove_gopher_quality_filter",
        "GopherQualityFilter: gopher_short_doc.",
    )


def test_filter_without_a_reason_is_rejected_by_its_name() -> None:
    dropped = result_of(TEXT, {"filter": "RegexFilter", "args": {"regex_exp": "rent"}})
    assert isinstance(dropped, Rejection)
    assert dropped.detail == "RegexFilter: it gives no reason."


def test_filters_see_the_masked_text_and_what_is_known_about_it() -> None:
    seen = {"title": "Lease", "licence": "MIT", "domain": "legal", "language": "en", "source_uri": "a!/https://b.c/d"}
    seen["url"] = "https://b.c/d"
    source = InputSource(path="a", domain="legal", language="en", licence="MIT")
    raw = raw_document(TEXT, name="a!/https://b.c/d", source=source)
    address = {"filter": "RegexFilter", "args": {"regex_exp": "office@example.com"}}
    blocks = ({"filter": "own_blocks.Tag"}, {"filter": "own_blocks.KeepTagged", "args": seen}, address)
    kept = clean_record(raw, recipe=recipe_with(*blocks)).result
    assert isinstance(kept, Document), kept


@pytest.mark.parametrize(
    ("only", "is_dropped"),
    [({"languages": ["ko"]}, False), ({"languages": ["ko", "en"]}, True), ({"domains": ["code"]}, False)],
)
def test_filter_judges_only_its_languages_and_domains(only: dict[str, Any], is_dropped: bool) -> None:
    result = result_of(TEXT.replace("rent", "fee"), {**WORD, **only})
    assert isinstance(result, Rejection) == is_dropped


def test_filter_that_raises_makes_a_dead_letter_that_names_it() -> None:
    letter = result_of(TEXT + "Please divide by zero.\n", WORD)
    assert isinstance(letter, DeadLetter)
    assert letter.error == ("FailedBlockError: KeepWithWord of datatrove failed (ZeroDivisionError: [EMAIL-1])")
    assert "own_blocks.py" in letter.traceback


def test_filter_that_changes_the_text_makes_a_dead_letter_even_if_a_later_one_would_drop_it() -> None:
    letter = result_of(TEXT + "Please shout about rent.\n", WORD, {"filter": "RegexFilter", "args": {"regex_exp": "."}})
    assert isinstance(letter, DeadLetter)
    assert "changed the text" in letter.error


def test_filters_of_a_batch_are_made_by_the_worker_and_cost_one_document_each_if_they_fail() -> None:
    step = CleanBatch(recipe_with(WORD))
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(make_blocks(step._recipe.datatrove))
    worker = pickle.loads(pickle.dumps(step))
    worker.setup()
    texts = [TEXT, TEXT + "Please divide by zero.\n", TEXT.replace("rent", "fee")]
    raw = tuple(raw_document(text, name=f"{number}.txt") for number, text in enumerate(texts))
    kept, *others = worker.process((Batch("a"), raw))
    assert [one.source_uri for one in kept[1]] == ["0.txt"]
    assert {one.tag: [lost.source_uri for lost in one.value[1]] for one in others} == {
        "rejected": ["2.txt"],
        "dead": ["1.txt"],
    }


def test_text_of_a_notebook_is_judged_by_the_same_filters() -> None:
    settings = {"quality_filters": [], "datatrove": [WORD]}
    cleaned = pipeline.clean_text(TEXT.replace("rent", "fee"), **settings)
    assert (cleaned.reason, cleaned.detail) == ("datatrove_keep_with_word", "KeepWithWord: no rent.")
    assert pipeline.clean_text(TEXT, **settings).is_kept
    with pytest.raises(FailedBlockError, match="KeepWithWord of datatrove failed"):
        pipeline.clean_text(TEXT + "Please divide by zero.\n", **settings)


@pytest.mark.skipif(find_spec("tldextract") is None, reason="taggers of datatrove need tldextract")
def test_measure_of_a_tagger_beyond_a_limit_drops_the_document() -> None:
    digits = {"tagger": "DocStats", "max": {"digit_ratio": 0.001}}
    dropped = result_of(TEXT, digits)
    assert isinstance(dropped, Rejection)
    assert dropped.reason == "datatrove_doc_stats"
    assert dropped.score is not None and dropped.score > 0.001
    assert dropped.detail == f"DocStats: digit_ratio is {dropped.score:.4g}, more than 0.001."
    few = result_of(TEXT, {"tagger": "LineStats", "min": {"n_lines": 500}})
    assert isinstance(few, Rejection)
    assert few.detail.endswith("less than 500.")
    assert result_of(TEXT, {**digits, "max": {"digit_ratio": 0.5}}) == result_of(TEXT)
