"""Answers that are kept across runs: what is read back, and what is asked again."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluate.answer_store import WRITER_THREAD, AnswerStore, answer_folder
from pipeline.evaluate.prompt import Answer

ANSWERS = {"a": Answer("thirty days", 3), "b": Answer("", 0, is_cut=True), "c": Answer("삼십 일\n이내", 7)}


def test_answer_store_keeps_what_was_added_for_the_next_run(tmp_path: Path) -> None:
    folder = str(tmp_path / "answers")
    with AnswerStore(folder) as store:
        for key, answer in ANSWERS.items():
            store.add(key, answer)
    with AnswerStore(folder) as store:
        assert store.stored == ANSWERS
        store.add("d", Answer("more", 1))
    with AnswerStore(folder) as store:
        assert store.stored == {**ANSWERS, "d": Answer("more", 1)}


def test_answer_store_keeps_answers_when_the_run_is_interrupted(tmp_path: Path) -> None:
    folder = str(tmp_path / "answers")

    def interrupted() -> None:
        with AnswerStore(folder) as store:
            store.add("a", ANSWERS["a"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with AnswerStore(folder) as store:
        assert store.stored == {"a": ANSWERS["a"]}


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_answer_store_keeps_any_text(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = str(tmp_path_factory.mktemp("answers"))
    answers = {"a": Answer(f"{text}\u2028\x85{text}", 3), "b": Answer(text, 1)}
    with AnswerStore(folder) as store:
        for key, answer in answers.items():
            store.add(key, answer)
    with AnswerStore(folder) as store:
        assert store.stored == answers


def _wait_for_writer() -> None:
    for thread in threading.enumerate():
        if thread.name == WRITER_THREAD:
            thread.join(timeout=30)


def test_answer_store_writes_a_whole_batch_while_the_next_one_is_awaited(tmp_path: Path) -> None:
    with AnswerStore(str(tmp_path), seconds_between_files=0.02) as store:
        for key, answer in ANSWERS.items():
            store.add(key, answer)
        _wait_for_writer()  # no further answer comes; a process that is killed now has lost nothing
        with AnswerStore(str(tmp_path)) as other:
            assert other.stored == ANSWERS
        store.add("d", Answer("more", 1))
    with AnswerStore(str(tmp_path)) as store:
        assert store.stored == {**ANSWERS, "d": Answer("more", 1)}


def test_answer_store_that_cannot_write_stops_the_run_at_the_next_answer(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.write_text("a file where the folder should be")
    goes_on = False
    with pytest.raises(InputError), AnswerStore(str(folder), seconds_between_files=0.0) as store:
        store.add("a", ANSWERS["a"])
        _wait_for_writer()
        store.add("b", ANSWERS["b"])
        goes_on = True
    assert not goes_on, "the answers of a long run would be lost"


def test_answer_store_ignores_the_names_of_foreign_files(tmp_path: Path) -> None:
    line = json.dumps({"key": "b", "text": "kept", "num_tokens": 1, "is_cut": False})
    (tmp_path / "000000 (copy).jsonl").write_text(f"{line}\n", encoding="utf-8")
    with AnswerStore(str(tmp_path)) as store:
        store.add("a", ANSWERS["a"])
    with AnswerStore(str(tmp_path)) as store:
        assert store.stored == {"a": ANSWERS["a"], "b": Answer("kept", 1)}


def test_answer_store_asks_again_for_an_answer_with_a_fault(tmp_path: Path) -> None:
    folder = str(tmp_path / "answers")
    with AnswerStore(folder) as store:
        store.add("a", Answer("", 0, fault="the server refused the prompt"))
        assert store.stored["a"].fault
    with AnswerStore(folder) as store:
        assert store.stored == {}


@pytest.mark.parametrize(
    "damage", ['{"key": "a"', "[]", '{"key": "a", "text": "x", "num_tokens": null, "is_cut": false}']
)
def test_answer_store_damaged_line_is_reported_and_asked_again(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = json.dumps({"key": "b", "text": "kept", "num_tokens": 1, "is_cut": False})
    (tmp_path / "000000.jsonl").write_text(f"{damage}\n{whole}\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING), AnswerStore(str(tmp_path)) as store:
        assert store.stored == {"b": Answer("kept", 1)}
    assert "line 1 is damaged" in caplog.text


def test_answer_folder_differs_by_task_subject_and_fingerprint() -> None:
    folders = {
        answer_folder("out", task=task, subject=subject, fingerprint=print_of)
        for task in ("rows", "vt")
        for subject in ("base", "tuned")
        for print_of in ("0123456789abcdef", "fedcba9876543210")
    }
    assert len(folders) == 8
