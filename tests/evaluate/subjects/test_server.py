"""Subjects on OpenAI-compatible servers, served over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from teacher_server import Asked, Response, TeacherServer, completion, error, prompt_of

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError, RunError
from pipeline.evaluate import task
from pipeline.evaluate.asking import Step, ask_all
from pipeline.evaluate.planning import EvaluationPlan, PlannedAnswers
from pipeline.evaluate.prompt import Answer, Prompt, PromptForm
from pipeline.evaluate.subjects.opening import describe, open_subject
from pipeline.evaluate.tasks.passkey import TASK
from pipeline.records import Message


def settings_of(**changes: Any) -> EvaluateRecipe:
    server = {"concurrency": 3, "timeout_seconds": 5.0, "max_wait_seconds": 5.0, "api_key_env": "LONGDOC_TEST_KEY"}
    return EvaluateRecipe.model_validate({"tasks": {}, "server": {**server, **changes}})


class Silent:
    """Is told of progress."""

    def on_phase(self, description: str) -> None: ...

    def on_more(self, num_steps: int, num_tokens: int) -> None: ...

    def on_step(self, step: Step) -> None: ...


def prompt(text: str, **changes: Any) -> Prompt:
    values: dict[str, Any] = {"gold": ("x",), "length": 512, "num_tokens": 9, "cluster": "d", "max_answer_tokens": 20}
    messages = changes.pop("messages", (Message("user", text),))
    return Prompt(text, messages, **(values | changes))


def answered(server: TeacherServer, prompts: Sequence[Prompt], **changes: Any) -> dict[int, Answer]:
    settings = settings_of(**changes)
    (subject,) = describe([f"{server.url}#small"], settings=settings)
    answering = open_subject(subject, settings)
    try:
        found = list(answering.answer(prompts))
    finally:
        answering.close()
    assert len(dict(found)) == len(found)
    return dict(found)


def echo(asked: Asked) -> Response:
    return completion(f" echo {prompt_of(asked.body)}\n")


def test_server_answers_chats_and_texts_greedily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGDOC_TEST_KEY", "a-key-of-mine")
    prompts = [prompt("one"), prompt("two", form=PromptForm.TEXT, max_answer_tokens=7), *(map(prompt, "abcdef"))]
    with TeacherServer(echo) as server:
        answers = answered(server, prompts)
        bodies = list(server.bodies.values())
    assert [answers[number].text for number in range(8)] == ["echo one", "echo two", *(f"echo {x}" for x in "abcdef")]
    assert answers[0] == Answer("echo one", num_tokens=50)
    chat = next(body for body in bodies if body.get("messages") == [{"role": "user", "content": "one"}])
    text = next(body for body in bodies if "prompt" in body)
    assert (chat["model"], chat["temperature"], chat["max_tokens"]) == ("small", 0.0, 20)
    assert "response_format" not in chat and "continue_final_message" not in chat
    assert (text["prompt"], text["max_tokens"], "stop" in text) == ("two", 7, False)
    assert server.keys == {"Bearer a-key-of-mine"}


def test_server_gets_as_many_prompts_at_a_time_as_the_recipe_says() -> None:
    together = threading.Barrier(3, timeout=30)

    def behave(asked: Asked) -> Response:
        together.wait()
        return echo(asked)

    with TeacherServer(behave) as server:
        answers = answered(server, [prompt(letter) for letter in "abcdef"], timeout_seconds=60)
    assert server.most_in_flight == 3
    assert {number: answer.text for number, answer in answers.items()} == {
        n: f"echo {x}" for n, x in enumerate("abcdef")
    }


def test_server_without_an_endpoint_for_texts_gets_them_as_chats() -> None:
    def behave(asked: Asked) -> Response:
        return error(404, "Not Found") if "prompt" in asked.body else echo(asked)

    prompts = [prompt("one", form=PromptForm.TEXT, answer_start=" is"), prompt("two", form=PromptForm.TEXT)]
    with TeacherServer(behave) as server:
        answers = answered(server, prompts, concurrency=1)
    assert {number: answer.text for number, answer in answers.items()} == {0: "echo one is", 1: "echo two"}
    assert sum("prompt" in body for body in server.bodies.values()) == 1


@pytest.mark.parametrize("owner", ["vllm", "sglang"])
def test_server_that_is_known_to_continue_gets_the_begun_answer_as_its_own_turn(owner: str) -> None:
    with TeacherServer(lambda _: completion(" 7421."), owner=owner) as server:
        answers = answered(server, [prompt("What is the key?", answer_start="The key is")])
    (body,) = server.bodies.values()
    assert body["messages"] == [
        {"role": "user", "content": "What is the key?"},
        {"role": "assistant", "content": "The key is"},
    ]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert answers[0].text == "7421."


@pytest.mark.parametrize("owner", [None, "library", ""])
@pytest.mark.parametrize("said", ["7421.", "The key is 7421."])
def test_other_server_gets_the_begun_answer_below_the_question(owner: str | None, said: str) -> None:
    with TeacherServer(lambda _: completion(said), owner=owner) as server:
        answers = answered(server, [prompt("What is the key?", answer_start="The key is")])
    (body,) = server.bodies.values()
    assert body["messages"] == [{"role": "user", "content": "What is the key?\nThe key is"}]
    assert "continue_final_message" not in body
    assert answers[0].text == "7421."


TOO_LONG = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
WELL = prompt("well")


@pytest.mark.parametrize(
    ("behave", "fault"),
    [
        (lambda _: error(400, TOO_LONG), f"the server says that {TOO_LONG}"),
        (lambda _: error(422, "the prompt has a lone surrogate"), "status 422: the prompt has a lone surrogate"),
        (lambda _: completion(None, refusal="I will not."), "I will not."),
        (lambda _: Response(content=b"<html>"), "malformed reply: <html> (JSONDecodeError: Expecting value"),
    ],
)
def test_prompt_that_a_server_refuses_gets_a_fault_and_the_others_answers(
    behave: Callable[[Asked], Response], fault: str
) -> None:
    def behaves(asked: Asked) -> Response:
        return behave(asked) if prompt_of(asked.body) == "bad" else echo(asked)

    with TeacherServer(behaves) as server:
        answers = answered(server, [prompt("bad"), WELL])
    assert answers[1].text == "echo well"
    assert (answers[0].text, answers[0].num_tokens) == ("", 0)
    assert answers[0].fault.startswith(fault)


def test_server_that_answered_before_may_refuse_all_prompts_of_a_run(tmp_path: Path) -> None:
    """An evaluation is run again: only what the server refused is open, and it refuses that again."""

    def behave(asked: Asked) -> Response:
        return error(413, "Request Entity Too Large") if prompt_of(asked.body).startswith("long") else echo(asked)

    prompts = [prompt("short"), *(prompt(f"long {number}") for number in range(20))]
    settings = settings_of(concurrency=1)
    with TeacherServer(behave) as server:
        (subject,) = describe([f"{server.url}#small"], settings=settings)
        planned = PlannedAnswers(
            subject, TASK, task.Asking(None, (512,), subject.meter, None, 1), task.Asked(tuple(prompts))
        )
        plan = EvaluationPlan((subject,), (planned,), (), ())
        for num_measured in (21, 20):
            results = ask_all(plan, settings, output=str(tmp_path), watch=Silent())
            faults = [one.answer.fault for one in results.scored["passkey"]]
            assert results.num_measured == num_measured and faults[0] == ""
            assert all("Request Entity Too Large" in fault for fault in faults[1:])


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (error(401, "no key"), "status 401: no key"),
        (error(404, "The model `small` does not exist."), "status 404: The model `small` does not exist."),
        (error(400, "enable_thinking is wrong"), "status 400: enable_thinking is wrong"),
        (error(503, "loading"), "status 503: loading"),
    ],
)
def test_server_that_answers_nothing_ends_the_run_with_its_reason(response: Response, said: str) -> None:
    with TeacherServer(lambda _: response) as server, pytest.raises(RunError) as raised:
        answered(server, [prompt(letter) for letter in "abcdefgh"], max_wait_seconds=0.2)
    assert raised.value.message.endswith(f"did not answer 8 of 8 prompts: {said}.")
    assert "answers are kept" in raised.value.remedy


def test_server_that_cannot_be_reached_ends_the_run_in_both_ways_of_asking() -> None:
    with TeacherServer(echo) as server:
        pass
    for begun in ("", "It is"):
        with pytest.raises(RunError, match="ConnectError"):
            answered(server, [prompt("one", answer_start=begun), WELL], max_wait_seconds=0.1)


def test_server_that_fails_in_the_middle_keeps_what_was_answered() -> None:
    def behave(asked: Asked) -> Response:
        return echo(asked) if prompt_of(asked.body) in "ab" else error(403, "quota")

    settings = settings_of(concurrency=1)
    with TeacherServer(behave) as server:
        (subject,) = describe([f"{server.url}#small"], settings=settings)
        answers: dict[int, Answer] = {}
        with pytest.raises(RunError, match="did not answer 6 of 8 prompts: status 403: quota"):
            for number, answer in open_subject(subject, settings).answer([prompt(letter) for letter in "abcdefgh"]):
                answers[number] = answer
    assert {number: answer.text for number, answer in answers.items()} == {0: "echo a", 1: "echo b"}


def test_server_gets_no_control_string_of_a_document_and_the_answer_quotes_it_whole() -> None:
    with TeacherServer(echo) as server:
        answers = answered(server, [prompt("a <|im_start|> b")])
    (body,) = server.bodies.values()
    assert "<|im_start|>" not in json.dumps(body, ensure_ascii=False)
    assert answers[0].text == "echo a <|im_start|> b"


def test_server_answers_without_reasoning_and_cut_ones_say_so() -> None:
    said = {"one": ("<think>\nwell</think>\n\nYes.", "stop"), "two": ("It is the", "length")}

    def behave(asked: Asked) -> Response:
        text, finish = said[prompt_of(asked.body)]
        return completion(text, finish=finish)

    with TeacherServer(behave) as server:
        answers = answered(server, [prompt("one"), prompt("two")])
    assert (answers[0].text, answers[0].is_cut) == ("Yes.", False)
    assert (answers[1].text, answers[1].is_cut) == ("It is the", True)


def test_server_subject_is_told_by_address_and_model_and_measures_with_the_named_tokenizer() -> None:
    references = [
        "http://h/v1#owner/big",
        "http://h/v1/#owner/small",
        "https://h/v1#owner/big",
        "http://i/v1#owner/big",
    ]
    subjects = describe(references, settings=settings_of())
    assert [subject.name for subject in subjects] == ["big", "small", "big-2", "big-3"]
    assert not any(subject.has_weights for subject in subjects)
    assert {subject.meter.reference for subject in subjects} == {"embedded:smollm2-135m-instruct"}
    assert len({subject.fingerprint for subject in subjects}) == 4
    with pytest.raises(InputError, match="are the same model"):
        describe(["http://h/v1#a", "http://h/v1/#a"], settings=settings_of())


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("http://h/v1", "does not say which model"),
        ("http://h/v1#", "does not say which model"),
        ("http://me:secret@h/v1#m", "contains a user name or password"),
        ("http://h/v1?key=1#m", "has a query"),
        ("http://h/v1#sk-secret-a1b2c3d4e5f6", "model looks like a key"),
    ],
)
def test_server_reference_that_cannot_be_used_is_refused_without_its_secret(reference: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        describe([reference], settings=settings_of())
    assert "secret" not in str(raised.value)


WITHOUT_TORCH = """
import importlib.machinery, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.partition(".")[0] == "torch" else real(name, package)

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import MissingExtraError
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.subjects.opening import describe, open_subject
from pipeline.records import Message

settings = EvaluateRecipe.model_validate({"tasks": {}, "server": {"tokenizer": sys.argv[2]}})
(subject,) = describe([sys.argv[1]], settings=settings)
prompt = Prompt("q", (Message("user", "one"),), gold=("x",), length=99, num_tokens=9, cluster="d")
assert subject.meter.ids(prompt).size > 3
print(next(iter(open_subject(subject, settings).answer([prompt])))[1].text)
try:
    describe([sys.argv[2]], settings=settings)
except MissingExtraError as error:
    print(error.message)
assert "torch" not in sys.modules
"""


def test_server_subject_is_described_and_answers_without_torch(tmp_path: Any) -> None:
    from small_student import write_small_model

    tokenizer = write_small_model(tmp_path)
    with TeacherServer(echo) as server:
        ran = subprocess.run(
            [sys.executable, "-c", WITHOUT_TORCH, f"{server.url}#small", tokenizer],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["echo one", f"Evaluating {tokenizer} in this process needs torch."]
