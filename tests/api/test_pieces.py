"""The pieces as a user calls them: plain values in, plain values out, errors that say what to do."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structural_documents import KOREAN_LEASE, LEASE, MANUAL

import pipeline
from pipeline.errors import InputError, RecipeError
from pipeline.records import Document


def test_file_of_many_records_gives_each_with_its_place_and_has_no_single_text(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text("\n".join(json.dumps({"body": f"Note {n}", "title": f"T{n}"}) for n in range(3)), encoding="utf-8")
    content = pipeline.read_file(path, text_field="body")
    assert [(record.text, record.title) for record in content] == [("Note 0", "T0"), ("Note 1", "T1"), ("Note 2", "T2")]
    assert len(content) == 3
    with pytest.raises(InputError, match="holds 3 records"):
        _ = content.text


def test_archive_gives_its_members_and_says_what_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lease.txt", LEASE)
        archive.writestr("empty.txt", "")
    content = pipeline.read_file(path)
    assert [record.text for record in content] == [LEASE]
    assert [one.reason for one in content.unread] == ["empty"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("empty.txt", b"", "empty"), ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", "unsupported_format")],
)
def test_file_that_cannot_be_read_is_an_error_with_the_reason(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=said):
        pipeline.read_file(tmp_path / name)


def test_folder_is_refused_also_if_it_holds_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LEASE, encoding="utf-8")
    with pytest.raises(InputError, match="is a folder or matches several files"):
        pipeline.read_file(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        pipeline.read_file(tmp_path / "b.txt")


def test_unknown_setting_of_a_piece_is_refused_with_the_nearest_or_all() -> None:
    with pytest.raises(RecipeError, match=r"clean_text: unknown key 'min_chras'. Did you mean 'min_chars'\?"):
        pipeline.clean_text(LEASE, min_chras=3)
    with pytest.raises(RecipeError, match=r"clean_text: .*Valid keys there: languages, min_chars, .*, name, domain, "):
        pipeline.clean_text(LEASE, zzz=3)


def test_record_of_a_file_keeps_its_marks_when_it_is_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    steps = "Fill the tank with water up to the mark. Press the green button once and wait until the lamp is steady."
    path.write_text(f"<h1>Kettle</h1><h2>Start</h2><p>{steps}</p>", encoding="utf-8")
    cleaned = pipeline.clean_text(pipeline.read_file(path).records[0], domain="manual", min_chars=50)
    assert cleaned.document is not None, cleaned.detail
    assert [section.title for section in cleaned.document.sections] == ["Kettle", "Start"]
    assert cleaned.document.title == "Kettle"


def test_text_that_a_build_would_drop_says_why() -> None:
    dropped = pipeline.clean_text("Hello.")
    assert (dropped.is_kept, dropped.text, dropped.reason) == (False, "", "too_short")
    assert "200" in dropped.detail or "min_chars" in dropped.detail or dropped.detail


@pytest.mark.parametrize("text", [LEASE, KOREAN_LEASE, MANUAL])
def test_outline_of_a_document_is_that_of_its_text(text: str) -> None:
    cleaned = pipeline.clean_text(text, min_chars=50)
    assert cleaned.document is not None, cleaned.detail
    document = cleaned.document
    again = pipeline.read_outline(document.text, domain=document.domain, language=document.language)
    assert pipeline.read_outline(document) == again
    assert again


def test_duplicates_are_found_by_index_and_the_signed_copy_survives() -> None:
    signed = LEASE * 3
    draft = "DRAFT\n\n" + signed
    found = pipeline.find_duplicates([draft, MANUAL, signed], names=["a draft.txt", "k.txt", "a.txt"], language="en")
    assert [(one.index, one.of, one.is_kept) for one in found] == [(0, 2, False)]
    assert found[0].why
    with pytest.raises(InputError, match="got 1 names for 2 texts"):
        pipeline.find_duplicates([LEASE, MANUAL], names=["a"])


def test_duplicates_of_no_texts_or_of_one_are_none() -> None:
    assert pipeline.find_duplicates([]) == []
    assert pipeline.find_duplicates([LEASE]) == []


@given(st.lists(st.integers(1, 3000), max_size=60), st.sampled_from([[1000], [500, 2000], [64, 128, 4096]]))
def test_every_row_is_in_one_pack_or_left_out_and_no_pack_is_overfull(lengths: list[int], edges: list[int]) -> None:
    plan = pipeline.plan_packs(lengths, edges=edges)
    placed = [row for pack in plan.packs for row in pack.rows]
    assert sorted([*placed, *plan.left_out]) == list(range(len(lengths)))
    assert all(lengths[row] > edges[-1] for row in plan.left_out)
    for pack in plan.packs:
        assert pack.num_tokens == sum(lengths[row] for row in pack.rows) <= pack.capacity
        assert pack.capacity in edges
    assert 0 < plan.utilisation <= 1


def test_packs_refuse_lengths_and_edges_that_make_no_sense() -> None:
    with pytest.raises(InputError, match="Row 1 has 0 tokens"):
        pipeline.plan_packs([5, 0])
    with pytest.raises(InputError, match="no whole number: 'float'"):
        pipeline.plan_packs([1.5])  # type: ignore[list-item]
    with pytest.raises(RecipeError, match="edges must ascend"):
        pipeline.plan_packs([5], edges=[20, 10])


@pytest.mark.parametrize(
    ("text", "domain", "language"), [(LEASE, "legal", "en"), (KOREAN_LEASE, "legal", "ko"), (MANUAL, "manual", "en")]
)
def test_questions_of_a_text_have_verbatim_evidence(text: str, domain: str, language: str) -> None:
    found = pipeline.structural_questions(text, domain=domain, language=language)
    assert len(found) >= 3
    for question in found:
        assert question.evidence
        assert all(text[quote.start : quote.end] == quote.text for quote in question.evidence)
        assert question.language == language


def test_questions_of_several_texts_name_the_text_of_each_quote_and_compare_them() -> None:
    texts = [LEASE, LEASE.replace("USD 9,600", "USD 8,000").replace("within thirty (30) days", "within ten (10) days")]
    found = pipeline.structural_questions(texts, domain="legal", language="en", min_questions=40)
    assert {quote.document for question in found for quote in question.evidence} == {0, 1}
    for question in found:
        for quote in question.evidence:
            assert found.text[quote.start : quote.end] == quote.text
            assert quote.text in texts[quote.document] or quote.text.startswith(f"Document {quote.document + 1}")
    assert any(len({quote.document for quote in question.evidence}) == 2 for question in found)
    assert "version_change" in {question.task for question in found}


def test_questions_of_texts_of_two_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="differ in domain or language"):
        pipeline.structural_questions([LEASE, MANUAL])
    with pytest.raises(InputError, match="the list has no texts"):
        pipeline.structural_questions([])


def test_answer_is_judged_by_its_values_and_quotes() -> None:
    question, quote = "What shall the Tenant deposit?", "Tenant shall deposit with Landlord the sum of USD 9,600"
    right = pipeline.judge_answer(question, "USD 9,600 as security.", LEASE, quotes=[quote], language="en")
    assert right.is_supported
    assert right.checks is not None
    (place,) = right.evidence
    assert LEASE[slice(*place)] == quote
    wrong = pipeline.judge_answer(question, "USD 9,700 as security.", LEASE, quotes=[quote], language="en")
    assert (wrong.is_supported, wrong.reason) == (False, "value_not_in_evidence")
    lost = pipeline.judge_answer(question, "USD 9,600.", LEASE, quotes=["Tenant shall deposit nothing at all"])
    assert lost.reason == "evidence_not_found"
    assert pipeline.judge_answer(question, "USD 9,600 as security.", LEASE).is_supported


def test_document_passes_from_piece_to_piece() -> None:
    document = pipeline.clean_text(LEASE, min_chars=50).document
    assert isinstance(document, pipeline.Document)
    assert pipeline.Document is Document
    assert pipeline.structural_questions(document).questions
    assert pipeline.find_duplicates([document, document])[0].kind == "exact"
