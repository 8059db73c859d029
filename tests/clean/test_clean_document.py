"""One record as a notebook cleans it: what the ingest stage does with it, without a stage."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest

from pipeline.clean import document
from pipeline.clean.document import clean_document, document_id
from pipeline.config.build import CleanRecipe, InputSource
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.readers.reader import Extract
from pipeline.identity import content_id, sha256_hex
from pipeline.records import Document, Rejection

SOURCE = InputSource(path="in", domain="legal", language="en", licence="CC0-1.0")
TEXT = "# Lease\r\n\r\n" + "The tenant pays the rent to office@example.com and the landlord repairs the roof.\r\n" * 9
RECIPE = CleanRecipe(quality_filters=())


def extract(text: str = TEXT, **changes: object) -> Extract:
    made = Extract(
        uri="/in/lease.txt",
        offset=3,
        text=text,
        title="Lease of a.b@example.com",
        licence="MIT",
        sha256=sha256_hex(text.encode()),
        format="text",
        replaced_share=0.0,
        is_conversation=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_example_in_the_docstring_is_what_happens() -> None:
    result = doctest.testmod(document)
    assert result.attempted >= 8
    assert result.failed == 0


def test_record_becomes_a_document_with_what_was_counted() -> None:
    cleaned = clean_document(extract(), key="lease.txt", source=SOURCE, recipe=RECIPE)
    made = cleaned.outcome
    assert isinstance(made, Document)
    assert made.doc_id == content_id(sha256_hex(TEXT.encode()), "lease.txt", 3)
    assert made.text.count("[EMAIL-1]") == 9
    assert "\r" not in made.text
    assert (made.domain, made.language, made.licence) == ("legal", "en", "CC0-1.0")
    assert (made.source_uri, made.source_offset, made.title) == ("/in/lease.txt", 3, "Lease of [EMAIL-2]")
    assert made.sections[0].title == "Lease"
    assert cleaned.counters == {"masked/email": 9, "domain/legal": 1, "language/en": 1}


def test_record_is_cleaned_the_same_every_time() -> None:
    once, twice = (clean_document(extract(), key="lease.txt", source=SOURCE, recipe=RECIPE) for _ in range(2))
    assert once == twice


def test_marks_move_with_the_text_they_stand_in() -> None:
    start = TEXT.index("The tenant")
    marks = (Mark(MarkKind.PAGE, start, start, value="7"),)
    made = clean_document(extract(marks=marks), key="lease.txt", source=SOURCE, recipe=RECIPE).outcome
    assert isinstance(made, Document)
    (page,) = made.pages
    assert page.label == "7"
    assert made.text[page.start :].startswith("The tenant")


@pytest.mark.parametrize(
    ("changes", "recipe", "reason"),
    [
        ({"text": "Too short: a.b@example.com"}, RECIPE, "too_short"),
        ({"replaced_share": 0.5}, RECIPE, "undecodable"),
        ({"text": "\ufeff \n"}, RECIPE, "empty"),
        ({}, RECIPE.model_copy(update={"languages": ("ko",)}), "language"),
        ({}, CleanRecipe(), "repetitive"),
    ],
)
def test_record_that_is_dropped_becomes_a_rejection_and_counts_nothing(
    changes: dict[str, object], recipe: CleanRecipe, reason: str
) -> None:
    cleaned = clean_document(extract(**changes), key="lease.txt", source=SOURCE, recipe=recipe)  # type: ignore[arg-type]
    assert isinstance(cleaned.outcome, Rejection)
    assert (cleaned.outcome.stage, cleaned.outcome.reason) == ("ingest", reason)
    assert cleaned.outcome.item_id == document_id(extract(**changes), key="lease.txt")  # type: ignore[arg-type]
    assert "@" not in cleaned.outcome.excerpt
    assert cleaned.counters == {}
