"""Evaluation sets in many formats give the same items; what is not an item is counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_student import small_tokenizer

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.items import ItemPart, ItemTexts, PartText
from pipeline.decontamination.sets import EvaluationSet, Unread, find_sets, own_prompts, read_set
from pipeline.errors import InputError
from pipeline.train.data.passkey import make_prompts

ROWS = [
    {"id": "a", "question": "왜 그런가요?", "answer": "Because."},
    {"id": "b", "question": "When?", "answer": "May"},
]


def write_json_lines(path: Path) -> Path:
    path = path.with_suffix(".jsonl")
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    return path


def write_zipped_lines(path: Path) -> Path:
    path = path.with_suffix(".jsonl.gz")
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode("utf-8")))
    return path


def write_json(path: Path) -> Path:
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"version": 1, "data": ROWS}), encoding="utf-8")
    return path


def write_lines_named_json(path: Path) -> Path:
    path = path.with_suffix(".json")
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return path


def write_csv(path: Path) -> Path:
    path = path.with_suffix(".csv")
    lines = ["id;question;answer", *(";".join(row.values()) for row in ROWS)]
    path.write_text("\r\n".join(lines), encoding="utf-8-sig")
    return path


def write_parquet(path: Path) -> Path:
    path = path.with_suffix(".parquet")
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def write_arrow(path: Path) -> Path:
    path = path.with_suffix(".arrow")
    table = pa.Table.from_pylist(ROWS)
    with pa.ipc.new_stream(str(path), table.schema) as stream:
        stream.write_table(table)
    return path


def read(path: Path | str) -> list[ItemTexts | Unread]:
    (found,) = find_sets([str(path)])
    return [item for _, item in read_set(found, DecontaminationRecipe())]


@pytest.mark.parametrize(
    "write",
    [
        write_json_lines,
        write_zipped_lines,
        write_json,
        write_lines_named_json,
        write_csv,
        write_parquet,
        write_arrow,
    ],
)
def test_rows_of_any_table_format_are_the_same_items(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    expected = [
        ItemTexts(row["id"], (PartText(ItemPart.QUESTION, row["question"]), PartText(ItemPart.ANSWER, row["answer"])))
        for row in ROWS
    ]
    assert read(write(tmp_path / "set")) == expected


def test_texts_of_a_folder_are_items_and_unread_records_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A text that is scored.", encoding="utf-8")
    (tmp_path / "b.md").write_text("# Title\n\nAnother one.", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"question": "Q"}\n{"question": \n{"other": 5}\n', encoding="utf-8")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 not a table")
    (tmp_path / "e.json").write_text("{", encoding="utf-8")
    items = read(tmp_path)
    texts = [item.texts for item in items if isinstance(item, ItemTexts)]
    assert texts[0] == (PartText(ItemPart.TEXT, "A text that is scored."),)
    assert "Another one." in texts[1][0].text
    assert texts[2:] == [(PartText(ItemPart.QUESTION, "Q"),)]
    reasons = [item.reason for item in items if isinstance(item, Unread)]
    assert reasons[:2] == ["invalid_json", "no_text"]
    assert [reason.split("_")[0] for reason in reasons[2:]] == ["damaged", "damaged"]


def test_of_a_build_the_validation_rows_are_read_by_any_of_its_paths(tmp_path: Path) -> None:
    sft = tmp_path / "build" / "sft"
    sft.mkdir(parents=True)
    (sft / "trl.yaml").write_text("{}", encoding="utf-8")
    for split in ("train", "validation"):
        rows = [{"messages": [{"role": "user", "content": f"Asked in {split}?"}], "evidence": [], "doc_ids": ["d"]}]
        pq.write_table(pa.Table.from_pylist(rows), sft / f"{split}-00000.parquet")
        (sft / f"{split}-00000.jsonl").write_text(json.dumps(rows[0]), encoding="utf-8")
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    (evaluation / "evaluation.json").write_text(
        json.dumps({"data": str(tmp_path / "build"), "passkey": None}), encoding="utf-8"
    )
    expected = [ItemTexts("", (PartText(ItemPart.QUESTION, "Asked in validation?"),))]
    assert read(tmp_path / "build") == read(sft) == read(evaluation) == expected
    for path in sft.glob("validation-*"):
        path.unlink()
    with pytest.raises(InputError, match="no validation rows"):
        find_sets([str(tmp_path / "build")])


def test_set_that_does_not_exist_is_refused_and_equal_names_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find_sets([str(tmp_path / "missing.jsonl")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="No documents"):
        find_sets([str(tmp_path / "empty")])
    paths = [tmp_path / name / "set.jsonl" for name in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text('{"question": "Q"}', encoding="utf-8")
    found = find_sets([str(path) for path in paths])
    assert [one.name for one in found] == ["set.jsonl", "set.jsonl (2)"]
    assert all(isinstance(one, EvaluationSet) and one.items for one in found)


def test_own_prompts_are_what_the_passkey_test_asks() -> None:
    tokenizer = small_tokenizer()
    (prompt,) = make_prompts(tokenizer, length=1400, depth=0.1, samples=1, seed=1)
    words = " ".join(tokenizer.decode(prompt.ids).split())
    for item in own_prompts():
        assert " ".join(item.texts[0].text.split()) in words
