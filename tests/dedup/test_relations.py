"""Two similar documents are copies only if at most one of them has parts of its own."""

from __future__ import annotations

import pytest
from prose import document, edited

from pipeline.dedup.clusters import Relation
from pipeline.dedup.relations import Side, is_excerpt, relation_of_near_texts, relation_of_possible_versions, side_of
from pipeline.dedup.standing import Standing, packed_standing

SHARED = document("en", 6, num_sentences=40)
OWN = "The user exports the table with the button at the lower right and chooses the folder in which it is kept."
OTHER = "A pump that runs dry is stopped by the guard after five seconds and must be started again by hand."


def side(text: str, *, title: str = "", standing: int = 0) -> Side:
    return side_of(text=text, title=title, domain="manual", standing=standing)


def standing(*, legibility: int = 2, status: int = 1) -> int:
    return packed_standing(
        Standing(
            legibility=legibility,
            wholeness=1,
            status=status,
            validity=1,
            authorship=1,
            purity=1,
            version=256,
            revision_day=0,
            originality=1,
            place=1,
            completion=7,
            is_dated=0,
            cleanness=15,
            nativeness=2,
            description=0,
        )
    )


def test_texts_that_each_have_a_paragraph_of_their_own_are_different_documents() -> None:
    first, second = side(f"{SHARED}\n{OWN}"), side(f"{SHARED}\n{OTHER}")
    assert relation_of_near_texts(first, second, similarity=0.9) is None
    assert relation_of_possible_versions(first, second, similarity=0.9) is Relation.VERSION


@pytest.mark.parametrize("judge", [relation_of_near_texts, relation_of_possible_versions])
def test_longer_text_with_a_paragraph_more_contains_the_other(judge: object) -> None:
    assert callable(judge)
    first, second = side(f"{SHARED}\n{OWN}"), side(SHARED)
    assert judge(first, second, similarity=0.9) is Relation.CONTAINED
    assert judge(second, first, similarity=0.9) is Relation.CONTAINED


def test_edited_copy_is_a_near_duplicate() -> None:
    assert (
        relation_of_near_texts(side(SHARED), side(edited(SHARED, share=0.05, seed=1)), similarity=0.7) is Relation.NEAR
    )


def test_draft_with_a_paragraph_more_is_a_near_duplicate_of_the_signed_text() -> None:
    draft, signed = side(f"{SHARED}\n{OWN}", standing=standing(status=0)), side(SHARED, standing=standing(status=3))
    assert relation_of_near_texts(draft, signed, similarity=0.9) is Relation.NEAR


def test_what_seems_to_be_the_own_part_of_a_garbled_text_does_not_count() -> None:
    scan, text = (
        side(f"{SHARED}\n{OWN}", standing=standing(legibility=0)),
        side(f"{SHARED}\n{OTHER}", standing=standing()),
    )
    assert relation_of_near_texts(scan, text, similarity=0.6) is Relation.NEAR
    scan, text = (side(f"{SHARED}\n{own * 20}", standing=standing(legibility=n)) for n, own in ((0, OWN), (2, OTHER)))
    assert relation_of_near_texts(scan, text, similarity=0.5) is None


def test_part_of_a_text_is_an_excerpt_unless_it_has_a_paragraph_or_a_subject_of_its_own() -> None:
    longer = side(f"{SHARED}\n{document('en', 7, num_sentences=40)}", title="Handbook")
    assert is_excerpt(side(SHARED), longer)
    assert not is_excerpt(side(f"{SHARED}\n{OWN}"), longer)
    assert not is_excerpt(side(f"Annotating\n{SHARED}\nAnnotating is rare.", title="Annotating"), longer)


def test_document_with_another_title_and_a_paragraph_more_stays_although_the_other_has_a_later_version() -> None:
    fuller = side(f"{SHARED}\n{OWN}", title="Solder hardware licence", standing=standing())
    later = standing(status=2)
    assert relation_of_near_texts(fuller, side(SHARED, title="Apex licence", standing=later), similarity=0.9) is None
    same = side(SHARED, title="Solder hardware licence 2.0", standing=later)
    assert relation_of_near_texts(fuller, same, similarity=0.9) is Relation.NEAR
