"""Titles that name their documents, and those that are half a sentence, a heading, a company or a form's first line."""

from __future__ import annotations

import pytest

from pipeline.evaluate.documents.titles import is_title, title_fault


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Lease of flat 9", "Lease of flat 9\n\nthe parties agree"),
        ("Lease of flat 9", "Quite another text."),
        ("Python 3", "Python 3\nThe language"),
        ("전시실 안내", "전시실 안내\n전시실은 다섯 개이다."),
        ("한강 협동조합 정관", "한강 협동조합 정관\n\n제1조(목적) 이 조합은 배를 빌려준다."),
        ("Ferry Permit Terms", "Ferry Permit Terms\nv1.0, 8 June 1999\n\nThe ferry runs."),
        ("Oar Club Bylaws", "Oar Club Bylaws\nhttps://oars.example/bylaws\n\nThe club rows."),
        ("Harbour Ltd. Mooring Licence", "Harbour Ltd. Mooring Licence\n\nMoor here."),
        ("Department of Ferries Code of Conduct", "Staff keep quiet."),
        ("RIVER.1 [dev] Rowing Licence", "Row."),
        ("12 CFR PART 1013", "12 CFR PART 1013\n\nLeases."),
    ],
)
def test_title_that_names_its_document_has_no_fault(title: str, text: str) -> None:
    assert is_title(title, text)


@pytest.mark.parametrize(
    ("title", "text", "fault"),
    [
        ("", "Text.", "no_title"),
        (" ".join(["word"] * 13), "Text.", "title_too_long"),
        ("Version 1.0", "Version 1.0\n\nOf the licence", "title_is_a_version"),
        ("v2.3.1", "Notes", "title_is_a_version"),
        ("제2.1판", "본문", "title_is_a_version"),
        ("https://oars.example/bylaws", "The club rows.", "title_has_markup"),
        ("### GRANT OF MOORING **", "Moor here.", "title_has_markup"),
        ("1. INTRODUCTION", "Ferry rules\n1. INTRODUCTION", "title_is_a_heading"),
        ("A. Boatyard Permit", "A. Boatyard Permit\n\nHolder: Bo", "title_is_a_heading"),
        ("제1조(목적)", "제1조(목적) 이 규정은 배에 관한 것이다.", "title_is_a_heading"),
        ("Fees and fares", f"{'The ferry runs at noon. ' * 20}\n\nFees and fares\n\nPay.", "title_is_a_heading"),
        ("This library is free", "This library is free\nsoftware.", "title_is_half_a_sentence"),
        ("Supply of tiles", "Supply of tiles and their glazing is agreed.", "title_is_half_a_sentence"),
        ("SUPPLEMENTAL MOORING LICENCE FOR", "SUPPLEMENTAL MOORING LICENCE FOR\nBARGES", "title_is_half_a_sentence"),
        ("Please read the Mooring Terms (the “Terms”)", "Text.", "title_is_half_a_sentence"),
        ("Redistribution. Use in any form", "Text.", "title_is_half_a_sentence"),
        ("Permission to copy this document (the", "Text.", "title_is_half_a_sentence"),
        ("이 규정은 배에 관하여 정한다", "이 규정은 배에 관하여 정한다.", "title_is_half_a_sentence"),
        ("FERRY WORKS INCORPORATED", "FERRY WORKS INCORPORATED\nMooring licence", "title_names_only_a_body"),
        ("Bureau of River Affairs", "Text.", "title_names_only_a_body"),
        ("한결지방법원", "본문", "title_names_only_a_body"),
        ("주식회사 나루", "본문", "title_names_only_a_body"),
        ("Definitions of terms", "PRODUCT: oar", "title_fits_any_document"),
        ("Copyright (c) 2022 Bo Lind", "Text.", "title_fits_any_document"),
        ("Last updated June 2018", "Text.", "title_fits_any_document"),
        ("머리말", "본문", "title_fits_any_document"),
    ],
)
def test_title_that_names_no_document_is_counted_by_its_fault(title: str, text: str, fault: str) -> None:
    assert title_fault(title, text) == fault
