"""Which documents a preview reads and chooses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import recipe_of
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.config.recipe import Recipe
from pipeline.errors import InputError
from pipeline.records import Document
from pipeline.stages.sampled_documents import sample_documents, spread

DOCUMENT = Document(
    doc_id="",
    text="text",
    domain="",
    language="",
    title="",
    licence="",
    source_uri="",
    source_offset=0,
    sha256="",
    sections=(),
    pages=(),
    outline=(),
)
GROUPS = st.tuples(st.sampled_from(["legal", "manual", "code"]), st.sampled_from(["en", "ko"]))


@given(st.lists(GROUPS, max_size=30))
def test_spread_loses_nothing_and_takes_each_group_before_any_group_twice(groups: list[tuple[str, str]]) -> None:
    documents = [
        replace(DOCUMENT, doc_id=str(number), domain=domain, language=language)
        for number, (domain, language) in enumerate(groups)
    ]
    found = spread(documents)
    assert sorted(one.doc_id for one in found) == sorted(one.doc_id for one in documents)
    num_groups = len(set(groups))
    assert len({(one.domain, one.language) for one in found[:num_groups]}) == num_groups
    for group in set(groups):
        own = [int(one.doc_id) for one in found if (one.domain, one.language) == group]
        assert own == sorted(own)


def test_spread_of_two_among_four_groups_differs_in_domain_and_language() -> None:
    documents = [
        replace(DOCUMENT, domain=domain, language=language)
        for domain in ("legal", "manual")
        for language in ("en", "ko")
    ]
    first, second = spread(documents)[:2]
    assert first.domain != second.domain and first.language != second.language


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Three English contracts, a Korean one, a note that is too short and a file that is no document."""
    for number in range(3):
        (tmp_path / f"lease-{number}.txt").write_text(LEASE.replace("Kittiwake", f"Kittiwake{number}"), "utf-8")
    (tmp_path / "contract.txt").write_text(CONTRACT_KO, "utf-8")
    (tmp_path / "note.txt").write_text("Too short.", "utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    return recipe_of(str(tmp_path), overrides=["clean.quality_filters=[]"])


def test_sample_has_both_languages_and_is_the_same_again(recipe: Recipe) -> None:
    sample = sample_documents(recipe, count=2)
    assert {context.language for context in sample.contexts} == {"en", "ko"}
    assert sample == sample_documents(recipe, count=2)


def test_sample_counts_every_record_that_it_read(recipe: Recipe) -> None:
    sample = sample_documents(recipe, count=9)
    assert len(sample.contexts) == 4 and sample.num_read == 6
    assert sample.dropped == {"too_short": 1, "empty": 1}


def test_sample_puts_documents_that_the_teacher_is_asked_about_first(recipe: Recipe) -> None:
    synthesize = recipe.synthesize
    written = synthesize.written.model_copy(update={"tasks": ("qa",), "languages": ("en",)})
    changed = recipe.model_copy(update={"synthesize": synthesize.model_copy(update={"written": written})})
    assert [context.language for context in sample_documents(changed, count=4).contexts] == ["en", "en", "en", "ko"]


def test_sample_of_a_long_document_is_one_part_that_fits_the_top_bucket(recipe: Recipe) -> None:
    pack = recipe.pack.model_copy(update={"buckets": (500,), "room_tokens": 100})
    contexts = sample_documents(recipe.model_copy(update={"pack": pack}), count=4).contexts
    assert len({context.parent_id for context in contexts}) == 4
    for context in contexts:
        assert context.num_parts > 1 and context.num_tokens <= 400 and context.bucket == 500


def test_sample_without_any_document_says_why(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Too short.", "utf-8")
    with pytest.raises(InputError, match=r"No document was found in the 1 records that were read \(too_short 1\)"):
        sample_documents(recipe_of(str(tmp_path)), count=3)
