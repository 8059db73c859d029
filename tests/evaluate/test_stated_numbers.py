from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from own_documents import lease, write_build
from structural_documents import make_context

from pipeline.evaluate.documents.look_ups import LookUp, one_line
from pipeline.evaluate.documents.stated_numbers import is_in_words_too, stated_numbers
from pipeline.evaluate.material import read_material
from pipeline.identity import content_id

FILLER = "The garden is open to all who live in the house, and nobody pays for it. " * 2
EN = f"""TERMS

1. {FILLER}
The tenant shall return all keys of the house to the landlord within thirty (30) days after the end of the term.

2. A late payment of the rent bears interest at 7.5 % for every started year until the whole of it is paid.

3. The whole agreement about the garden and the gate begins on 4 May 2019 and is not changed by a later letter.

4. The tenant shall tell the landlord about each repair of the roof within 14 days.

5. The tenant shall tell the landlord about each repair of the roof within 21 days.

6. See section 12 and the drawing AB-345, which hang in the hall on the second floor of the old house by the river.

7. The tank beside the greenhouse holds USD 450 worth of oil, of which USD 450 is paid before the winter begins again.

8. Buy 9 kg.
"""
KO = """약정

제1조 임차인은 임대차가 끝난 날부터 45일 이내에 건물의 모든 열쇠를 임대인에게 돌려주어야 한다.

제2조 임차인은 정원의 나무를 돌보는 비용으로 해마다 350,000원을 임대인에게 지급하여야 한다.
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[LookUp]:
    rows = []
    for title, text, language in (("BRAMBLE LEASE", EN, "en"), ("서문빌딩 임대차계약서", KO, "ko")):
        doc_id = content_id(title)
        made = make_context(text, domain="legal", language=language)
        rows.append(replace(made, doc_id=doc_id, parent_id=doc_id, cluster_id=doc_id, title=title, bucket=8192))
    folder: Path = tmp_path_factory.mktemp("stated")
    build = write_build(folder, rows=[*rows, lease("en", "HARROW")])
    return list(stated_numbers(read_material(build), seed=5))


def by_answer(asked: list[LookUp]) -> dict[str, LookUp]:
    return {look_up.answer: look_up for look_up in asked}


def test_numbers_with_units_and_years_are_asked_for_in_both_languages(asked: list[LookUp]) -> None:
    assert sorted(by_answer(asked)) == ["2019", "30", "350,000", "45", "7.5"]
    assert {look_up.language for look_up in asked} == {"en", "ko"}


def test_passage_is_quoted_with_a_blank_for_the_whole_number(asked: list[LookUp]) -> None:
    found = by_answer(asked)
    assert found["30"].question == (
        "Which number stands in the place of ____ in this passage of the document?\n"
        "The tenant shall return all keys of the house to the landlord within ____ days after the end of the term."
    )
    assert is_in_words_too(found["30"]) and not is_in_words_too(found["7.5"])
    assert found["45"].question.startswith("문서의 다음 구절에서 ____ 자리에")
    assert "끝난 날부터 ____일 이내에" in found["45"].question
    assert "interest at ____ % for" in found["7.5"].question


def test_evidence_holds_the_passage_with_its_number_once(asked: list[LookUp]) -> None:
    for look_up in asked:
        quoted = look_up.question.partition("\n")[2].removeprefix("… ").removesuffix(" …")
        before, behind = quoted.split("____")
        pattern = rf"{re.escape(before)}\D*{re.escape(look_up.answer)}\D?{re.escape(behind)}"
        assert re.fullmatch(pattern, one_line(look_up.evidence))
        assert len(re.findall(pattern, one_line(look_up.document.text))) == 1


def test_passages_that_differ_by_their_number_only_are_left_out(asked: list[LookUp]) -> None:
    assert not {"14", "21"} & set(by_answer(asked))


def test_numbers_of_provisions_names_and_short_lines_are_left_out(asked: list[LookUp]) -> None:
    assert not {"12", "345", "9", "450"} & set(by_answer(asked))


def test_long_sentence_is_cut_between_words_and_marked(tmp_path: Path) -> None:
    words = " ".join(
        f"{stem}{end}" for stem in ("walk", "talk", "wait", "look", "sail") for end in ("", "s", "ed", "ing")
    )
    text = f"The tenant says that {words} {words} lasts for 17 weeks of {words} {words} until the end.\n"
    doc_id = content_id("BRAMBLE LEASE")
    made = make_context(text, domain="manual", language="en")
    row = replace(made, doc_id=doc_id, parent_id=doc_id, cluster_id=doc_id, title="BRAMBLE LEASE", bucket=8192)
    (look_up,) = stated_numbers(read_material(write_build(tmp_path, rows=[row, lease("en", "HARROW")])), seed=5)
    quoted = look_up.question.partition("\n")[2]
    assert quoted.startswith("… ") and quoted.endswith(" …") and 200 < len(quoted) <= 290
    first, last = quoted.split()[1], quoted.split()[-2]
    assert first in text.split() and last in text.split()
