"""The `batch` teacher: requests in files, answers from files, and a build that goes on with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from small_builds import build, recipe_of
from synthesis_documents import CONTRACT_KO, LEASE, LOG
from teacher_server import answer_to, prompt_of

from pipeline.build_result import BuildResult
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError, RecipeError, UnansweredError
from pipeline.io.parts import read_parts
from pipeline.records import Message, SftExample
from pipeline.synthesize.teachers import batch, is_server
from pipeline.synthesize.teachers.batch import BatchFileTeacher, BatchOptions, request_id, write_requests
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherRequest,
)
from pipeline.synthesize.written.draft import Round

SCHEMA = '{"type": "object"}'


def chat(document: str, question: str = "Ask.") -> TeacherRequest:
    messages = (Message("system", "Write questions."), Message("user", f"{document}\n\n{question}"))
    return TeacherRequest(ChatPrompt(messages, SCHEMA), Sampling(0.0, 64, 7), "v1")


def teacher(folder: Path, **options: Any) -> BatchFileTeacher:
    return BatchFileTeacher(BatchOptions(model="m", folder=str(folder), **options))


def requests_in(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in sorted(folder.glob("requests-*.jsonl")) for line in path.read_text().splitlines()
    ]


def answer(key: str, text: str) -> dict[str, Any]:
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9}}
    return {"id": "x", "custom_id": key, "response": {"status_code": 200, "body": body}, "error": None}


def failure(key: str, status: int, message: str) -> dict[str, Any]:
    body = {"error": {"message": message}}
    return {"custom_id": key, "response": {"status_code": status, "body": body}, "error": None}


def put(folder: Path, name: str, answers: Sequence[Mapping[str, Any]]) -> None:
    (folder / "answers").mkdir(parents=True, exist_ok=True)
    (folder / "answers" / name).write_text("".join(json.dumps(one) + "\n" for one in answers))


def test_requests_are_written_once_in_the_order_of_their_documents(tmp_path):
    one, two, three = chat("B", "1"), chat("A", "2"), chat("B", "3")
    own = teacher(tmp_path)
    assert [reply.error for reply in own.answer([one, two])] == [NOT_ANSWERED] * 2
    own.answer([three, one])
    assert write_requests(str(tmp_path)) == [str(tmp_path / "requests-0001.jsonl")]
    lines = requests_in(tmp_path)
    assert [line["custom_id"] for line in lines] == [request_id(request, model="m") for request in (two, one, three)]
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    body = lines[0]["body"]
    assert (body["model"], body["max_tokens"], body["seed"]) == ("m", 64, 7)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert not (tmp_path / "open").exists()


def test_completion_prompts_have_their_own_address(tmp_path):
    teacher(tmp_path).answer([TeacherRequest(CompletionPrompt("Once", ("\n",)), Sampling(0.0, 8, 1), "v1")])
    write_requests(str(tmp_path))
    assert [(line["url"], line["body"]["prompt"]) for line in requests_in(tmp_path)] == [("/v1/completions", "Once")]


def test_requests_have_the_form_that_the_endpoint_takes(tmp_path):
    form = {"token_limit": "max_completion_tokens", "answer_format": "in_words", "left_out": ["seed", "temperature"]}
    teacher(tmp_path, has_system_role=False, **form).answer([chat("A")])
    write_requests(str(tmp_path))
    (line,) = requests_in(tmp_path)
    assert set(line["body"]) == {"model", "messages", "max_completion_tokens"}
    assert len(line["body"]["messages"]) == 1


def test_answers_are_found_in_any_file_and_order(tmp_path):
    requests = [chat("A", str(n)) for n in range(4)]
    keys = [request_id(request, model="m") for request in requests]
    put(tmp_path, "b.jsonl", [answer(keys[2], "two"), answer(keys[0], "zero")])
    put(tmp_path, "a.jsonl", [answer(keys[1], "one")])
    replies = teacher(tmp_path).answer(requests)
    assert [reply.text for reply in replies] == ["zero", "one", "two", ""]
    assert replies[0].num_prompt_tokens == 9
    assert write_requests(str(tmp_path))
    assert [line["custom_id"] for line in requests_in(tmp_path)] == [keys[3]]


@pytest.mark.parametrize("order", [1, -1])
def test_good_answer_wins_over_a_failed_one(tmp_path, order):
    request = chat("A")
    key = request_id(request, model="m")
    put(tmp_path, "a.jsonl", [failure(key, 500, "boom"), answer(key, "good")][::order])
    assert teacher(tmp_path).answer([request])[0].text == "good"


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        (failure("KEY", 500, "boom"), FinishReason.ERROR, "status 500: boom"),
        ({"response": None, "error": {"message": "expired"}}, FinishReason.ERROR, "batch error: expired"),
        (
            failure("KEY", 400, "This model's maximum context length is 8192 tokens"),
            FinishReason.TOO_LONG,
            "the endpoint says that This model's maximum context length is 8192 tokens",
        ),
    ],
)  # fmt: skip
def test_failed_answer_says_why(tmp_path, line, reason, said):
    request = chat("A")
    put(tmp_path, "a.jsonl", [{**line, "custom_id": request_id(request, model="m")}])
    (reply,) = teacher(tmp_path).answer([request])
    assert (reply.finish_reason, reply.error) == (reason, said)


def test_long_lists_are_cut_into_files(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "MAX_REQUESTS", 3)
    teacher(tmp_path).answer([chat("A", str(n)) for n in range(7)])
    assert len(write_requests(str(tmp_path))) == 3
    assert len(requests_in(tmp_path)) == 7
    teacher(tmp_path).answer([chat("A", "0")])
    assert len(write_requests(str(tmp_path))) == 1
    assert len(requests_in(tmp_path)) == 1


@pytest.mark.parametrize("text", ["{", '{"id": 1}\n', "[1]\n"])
def test_file_that_is_no_answer_is_named(tmp_path, text):
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "a.jsonl").write_text(text)
    with pytest.raises(InputError, match=r"a\.jsonl, line 1"):
        teacher(tmp_path)


def test_two_models_share_a_folder_and_neither_answers_for_the_other(tmp_path):
    request = chat("A")
    mine, other = teacher(tmp_path), BatchFileTeacher(BatchOptions(model="judge", folder=str(tmp_path)))
    assert [one.answer([request])[0].error for one in (mine, other)] == [NOT_ANSWERED] * 2
    paths = write_requests(str(tmp_path))
    models = [{json.loads(line)["body"]["model"] for line in Path(path).read_text().splitlines()} for path in paths]
    assert sorted(map(sorted, models)) == [["judge"], ["m"]]
    put(tmp_path, "a.jsonl", [answer(request_id(request, model="m"), "good")])
    assert teacher(tmp_path).answer([request])[0].text == "good"
    judge = BatchFileTeacher(BatchOptions(model="judge", folder=str(tmp_path)))
    assert judge.answer([request])[0].error == NOT_ANSWERED


def test_folder_is_needed():
    with pytest.raises(RecipeError, match="folder is empty"):
        BatchFileTeacher(BatchOptions(model="m"))


def test_control_strings_are_broken_as_for_servers():
    assert is_server("batch:m")


def finished(recipe: Recipe, output: Path) -> BuildResult | None:
    """The result of a build, or None if it waits for answers."""
    try:
        return build(recipe, output)[0]
    except UnansweredError:
        return None


def test_build_stops_with_the_requests_and_goes_on_with_the_answers(tmp_path):
    documents, folder = tmp_path / "documents", tmp_path / "batch"
    documents.mkdir()
    for name, text in (("lease", LEASE), ("contract", CONTRACT_KO), ("meeting", LOG)):
        (documents / f"{name}.txt").write_text(text, encoding="utf-8")
    settings = [
        "synthesize.written.tasks=[qa,summary]",
        "synthesize.written.questions_per_document=3",
        "synthesize.written.segment_tokens=256",
        "synthesize.written.min_section_tokens=40",
        "clean.min_chars=100",
        "synthesize.teacher.kind=batch",
        "synthesize.teacher.model=m",
        "synthesize.teacher.prompt_form=chat",
        "synthesize.teacher.max_model_tokens=100000",
        f"synthesize.teacher.folder={folder}",
    ]
    recipe = recipe_of(str(documents), overrides=settings)
    with pytest.raises(UnansweredError) as stopped:
        build(recipe, tmp_path / "build")
    waiting = requests_in(folder)
    assert len(waiting) >= 4
    assert f"{len(waiting)} teacher requests wait for answers" in str(stopped.value)
    assert str(folder / "answers") in stopped.value.remedy
    answers = [answer(line["custom_id"], json.dumps(answer_to(prompt_of(line["body"])))) for line in waiting]
    put(folder, "first.jsonl", answers[:2])
    with pytest.raises(UnansweredError) as half:
        build(recipe, tmp_path / "build")
    left = {line["custom_id"] for line in waiting} - {line["custom_id"] for line in answers[:2]}
    open_ids = {line["custom_id"] for line in requests_in(folder)}
    assert left <= open_ids  # a document whose first round is answered may already ask its second
    assert f"{len(open_ids)} teacher requests wait" in str(half.value)
    put(folder, "second.jsonl", answers[2:])
    num_asked, num_runs = len(answers), 2
    while (result := finished(recipe, tmp_path / "build")) is None:
        waiting = requests_in(folder)
        answers = [answer(line["custom_id"], json.dumps(answer_to(prompt_of(line["body"])))) for line in waiting]
        put(folder, f"more-{num_runs}.jsonl", answers)
        num_asked, num_runs = num_asked + len(answers), num_runs + 1
    assert num_runs <= 2 + len(Round)
    rows = list(read_parts(result.folder.sft, SftExample))
    assert {turn.teacher for row in rows for turn in row.turns} == {"structural", "batch:m"}
    judged = [turn.checks for row in rows for turn in row.turns if turn.origin == "written"]
    assert {checks.judge for checks in judged} == {"batch:m"}
    counters = result.manifest.stages["synthesize"].counters
    assert all(counters[f"round/{round_}"] for round_ in (Round.ATOMS, Round.ATTEMPTS, Round.JUDGE))
    assert sum(counters[f"round/{round_}"] for round_ in Round if f"round/{round_}" in counters) >= num_asked
