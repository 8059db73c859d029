"""A text has a subject of its own if a word of its title recurs in it and hardly occurs in the other text."""

from __future__ import annotations

import pytest
from prose import document

from pipeline.dedup.subjects import has_own_subject

REST = {"en": document("en", 4, num_sentences=20), "ko": document("ko", 4, num_sentences=20)}
PAGE = {
    "en": "# {}\n\nInserts the {} of the document as a field. Choose Insert - Field - {}.\n\n{}",
    "ko": "{}\n\n문서 속성에 지정한 {}를 필드로 삽입합니다. {} 필드는 속성의 내용을 표시합니다.\n\n{}",
}


def page(language: str, subject: str) -> str:
    return PAGE[language].format(subject, subject.lower(), subject, REST[language])


@pytest.mark.parametrize(("language", "first", "second"), [("en", "Keyword", "Author"), ("ko", "주제", "제목")])
def test_pages_of_one_form_about_two_things_have_their_own_subjects(language: str, first: str, second: str) -> None:
    texts = page(language, first), page(language, second)
    assert has_own_subject(texts[0], first, other=texts[1], other_title=second)
    assert has_own_subject(texts[1], second, other=texts[0], other_title=first)


def test_title_that_occurs_once_or_that_both_texts_are_about_is_no_own_subject() -> None:
    text, other = page("en", "Keyword"), page("en", "Author")
    assert not has_own_subject(text, "Properties Keyword", other=text, other_title="Properties")
    assert not has_own_subject(f"Overview\n{text}", "Overview", other=other, other_title="Author")
    assert not has_own_subject(text, "Keyword", other=other, other_title="Keyword")


@pytest.mark.parametrize(
    ("title", "other_title"),
    [
        ("Lease draft", "Lease"),
        ("License", "Licence"),
        ("Lease v2", "Lease v3"),
        ("Lease [EMAIL-1]", "Lease"),
        ("", "x"),
    ],
)
def test_drafts_spellings_versions_and_masks_are_no_subject(title: str, other_title: str) -> None:
    text = f"{title} {title} {title}\n{REST['en']}"
    assert not has_own_subject(text, title, other=f"{other_title}\n{REST['en']}", other_title=other_title)
