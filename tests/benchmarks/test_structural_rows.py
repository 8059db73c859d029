"""The benchmark of structural rows: what it counts on documents of our own, its sheet, and mirrored pairs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from prose import document
from synthesis_documents import CONTRACT_KO, LEASE

from benchmarks.structural_rows import count_mirrored, draw_rows, main
from pipeline.records import Candidate, Checks, Evidence


def candidate(number: int, *, start: int, question: str, answer: str, task: str = "amount") -> Candidate:
    return Candidate(
        candidate_id=f"c{number}",
        doc_id="d",
        parent_id="d",
        task=task,
        family="look_up",
        form=f"{task}.only",
        origin="structural",
        domain="legal",
        language="en",
        bucket=2048,
        question=question,
        answer=answer,
        evidence=(Evidence("d", start, start + 10, "x" * 10, 0.1),),
        checks=Checks(True, 1.0, True, 1.0, True, True),
        teacher="structural",
        prompt_version="p",
        is_trivial=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prose = document("en", 5, num_sentences=12)
    for name, text in (("legal/en/a.txt", LEASE), ("legal/ko/b.txt", CONTRACT_KO), ("manual/en/c.txt", prose)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "one.py").write_text("def add(first, second):\n    return first + second\n\n\n" * 9)
    return tmp_path


@pytest.mark.parametrize("suffix", ["md", "tsv"])
def test_benchmark_counts_rows_and_writes_a_sheet(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    sheet = tmp_path / f"sheet.{suffix}"
    assert main(["--data", str(data), "--documents", "4", "--sheet", str(sheet), "--sample", "3"]) == 0
    counts = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert counts["documents"] == counts["contexts"] == 4
    assert counts["rows"] > 3
    assert counts["mirrored_pairs"] == 0
    assert counts["trivial_share"] <= 0.05
    assert counts["questions_per_10k_chars"]["legal/en"] > 0
    assert sum(counts["without_row"].values()) == round(counts["without_row_share"] * 4)
    assert sum(counts["depth_deciles"]) == pytest.approx(1.0, abs=0.01)
    text = sheet.read_text(encoding="utf-8")
    assert "legal/en/a.txt @0+" in text and str(data) not in text
    assert text.count("legal/") == 3


def test_benchmark_without_documents_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert "has no folder named" in capsys.readouterr().out


def test_mirrored_pairs_are_those_of_the_same_evidence_or_of_question_and_answer() -> None:
    fee = candidate(1, start=0, question="How much is the fee under Section 4.1?", answer="USD 205")
    place = candidate(2, start=5, question="Which provision states USD 205?", answer="Section 4.1")
    same = candidate(3, start=0, question="What else?", answer="Nothing")
    apart = candidate(4, start=90, question="Which provision states USD 205?", answer="Section 4.1")
    assert count_mirrored([fee, place]) == 1
    assert count_mirrored([fee, same]) == 1
    assert count_mirrored([fee, apart]) == 0
    finer = replace(place, answer="Section 4", question="Which provision states USD 205.50?")
    assert count_mirrored([fee, finer]) == 0, "Section 4 is not Section 4.1"
    assert count_mirrored([fee, replace(place, doc_id="other")]) == 0


def test_drawn_rows_take_each_task_in_turn() -> None:
    rows = [candidate(n, start=n, question="q", answer="a", task="amount" if n < 20 else "party") for n in range(22)]
    drawn = draw_rows(rows, count=6, seed=1)
    assert [row.task for row in drawn] == ["amount"] * 4 + ["party"] * 2
    assert draw_rows(rows[::-1], count=6, seed=1) == drawn
