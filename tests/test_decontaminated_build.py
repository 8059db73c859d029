"""A whole build whose documents contain evaluation items: what is left out, what the card and the page say."""

from __future__ import annotations

import json
from pathlib import Path

from small_builds import build, recipe_of

import pipeline
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.records import Context
from pipeline.verify.run import verify_folder

LEASE = Path(pipeline.__file__).parent / "bundled" / "documents" / "legal" / "en" / "orchard_lease.txt"
QUESTION = (
    "Which of the two ferry companies on the northern lake must repay the harbour dues of the spring season, and by "
    "what date does the council expect the money to arrive?"
)

QUIZ = (
    "Every Friday the harbour museum prints a quiz for its visitors. The answers are at the desk by the door, and "
    "whoever has all of them right may climb the old lighthouse with the keeper in the evening. Today there is one "
    "question only, because the printer ran out of paper after lunch."
)


def test_build_leaves_evaluation_items_out_and_says_so(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    lease = LEASE.read_text(encoding="utf-8")
    middle = lease.index("\n\n", len(lease) // 2)
    (inputs / "lease.txt").write_text(f"{lease[:middle]}\n\n{QUESTION}{lease[middle:]}", encoding="utf-8")
    (inputs / "quiz.txt").write_text(f"{QUIZ}\n\n{QUESTION}\n", encoding="utf-8")
    path = tmp_path / "exam.jsonl"
    path.write_text(json.dumps({"id": "q1", "question": QUESTION, "answer": "The older one."}), encoding="utf-8")
    plain = recipe_of(str(inputs), "bundled:manual/en")
    recipe = recipe_of(str(inputs), "bundled:manual/en", overrides=[f'decontamination.against=["{path}"]'])
    output = tmp_path / "build"
    before, _ = build(plain, output)
    assert any("ferry companies" in one.text for one in read_parts(BuildFolder(str(output)).corpus, Context))
    result, observer = build(recipe, output)
    assert observer.started[0] == "decontaminate", "a new set does not read the inputs again"
    record = result.manifest.stages["decontaminate"]
    assert record.num_in == before.manifest.stages["ingest"].num_kept
    assert record.num_rejected == 1 and record.counters["documents/exam.jsonl/cut"] == 1
    texts = [one.text for one in read_parts(result.folder.corpus, Context)]
    assert texts and not any("ferry companies" in text for text in texts)
    card = (output / "sft" / "README.md").read_text(encoding="utf-8")
    assert "| exam.jsonl | 1 | 0 | 1 | 1 | 0 |" in card and "| passkey | 2 |" in card
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "Evaluation sets in the documents" in page and "exam.jsonl" in page and "ferry companies" in page
    assert not verify_folder(str(output), show=lambda _: None).problems

    path.write_text(json.dumps({"id": "q2", "question": "A different question. " + QUESTION[::-1]}), encoding="utf-8")
    build(recipe, output)
    assert any("ferry companies" in one.text for one in read_parts(result.folder.corpus, Context))
