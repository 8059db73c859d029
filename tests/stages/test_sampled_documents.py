"""Which documents a preview reads and chooses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joined_rows import joined_row, plain_document
from small_builds import recipe_of
from synthesis_documents import CONTRACT_KO, LEASE, LEASE_EN, MEETING_EN, SUPPLY_KO

from pipeline.config.recipe import Recipe
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, Document, JoiningKind
from pipeline.stages.sampled_documents import sample_corpus, sample_documents, spread

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
MEMBERS = [plain_document(text, title=text[:12], language="en") for text in (LEASE, LEASE.upper())]
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
    assert {view.context.language for view in sample.views} == {"en", "ko"}
    assert sample == sample_documents(recipe, count=2)


def test_sample_counts_every_record_that_it_read(recipe: Recipe) -> None:
    sample = sample_documents(recipe, count=9)
    assert len(sample.views) == 4 and sample.num_read == 6
    assert sample.dropped == {"too_short": 1, "empty": 1}


def test_sample_puts_documents_that_the_teacher_is_asked_about_first(recipe: Recipe) -> None:
    synthesize = recipe.synthesize
    written = synthesize.written.model_copy(update={"tasks": ("qa",), "languages": ("en",)})
    changed = recipe.model_copy(update={"synthesize": synthesize.model_copy(update={"written": written})})
    assert [view.context.language for view in sample_documents(changed, count=4).views] == ["en", "en", "en", "ko"]


def test_sample_of_a_long_document_is_one_part_that_fits_the_top_bucket(recipe: Recipe) -> None:
    pack = recipe.pack.model_copy(update={"buckets": (500,), "room_tokens": 100})
    sample = sample_documents(recipe.model_copy(update={"pack": pack}), count=4)
    contexts = [view.context for view in sample.views]
    assert len({context.parent_id for context in contexts}) == 4
    for context in contexts:
        assert context.num_parts > 1 and context.num_tokens <= 400 and context.bucket == 500


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    """A corpus of two buckets, one with a joined row."""
    folder = BuildFolder(str(tmp_path / "build"))
    write_part(folder.corpus_part(1024, "00000"), [replace(MEETING_EN, bucket=1024)], Context)
    write_part(folder.corpus_part(2048, "00000"), [LEASE_EN, SUPPLY_KO], Context)
    write_part(folder.corpus_part(2048, "00001"), [joined_row(MEMBERS, JoiningKind.SAME_SOURCE)], Context)
    return folder


def test_sample_of_a_corpus_has_its_rows_and_one_document_of_each_joined_row(
    recipe: Recipe, folder: BuildFolder
) -> None:
    sample = sample_corpus(folder, recipe, count=9)
    assert len(sample.views) == sample.num_read == 4
    assert sample == sample_corpus(folder, recipe, count=9)
    whole = [view.context for view in sample.views if view.index is None]
    assert {context.text for context in whole} == {one.text for one in (MEETING_EN, LEASE_EN, SUPPLY_KO)}
    (member,) = (view for view in sample.views if view.index is not None)
    assert member.context.text in {one.text for one in MEMBERS} and len(member.row.members) == 2


def test_sample_of_a_corpus_has_only_the_domain_that_was_asked_for(recipe: Recipe, folder: BuildFolder) -> None:
    for view in sample_corpus(folder, recipe, count=9, domain="legal").views:
        assert view.context.domain == "legal"
    with pytest.raises(InputError, match="No document of the domain code"):
        sample_corpus(folder, recipe, count=9, domain="code")


def test_sample_without_any_document_says_why(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Too short.", "utf-8")
    with pytest.raises(InputError, match=r"No document was found in the 1 records that were read \(too_short 1\)"):
        sample_documents(recipe_of(str(tmp_path)), count=3)
