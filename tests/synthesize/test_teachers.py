import dataclasses
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from synthesis_documents import LEASE, LEASE_EN, ToldTeacher
from written_requests import plan_written

from pipeline.config.build import PromptForm, SynthesizeRecipe, TeacherOptions, WrittenRecipe
from pipeline.errors import InputError, MissingExtraError, RecipeError
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.records import Message
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.open import check_teacher, open_teacher, shared_teacher
from pipeline.synthesize.teachers.openai import OpenAIOptions
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, FinishReason, Sampling, TeacherRequest
from pipeline.synthesize.teachers.replay import ReplayOptions, ReplayTeacher
from pipeline.synthesize.teachers.transformers import TransformersOptions
from pipeline.synthesize.teachers.vllm import VllmOptions

SAMPLING = Sampling(temperature=0.0, max_answer_tokens=12, seed=17)


def completion(text: str, *, max_answer_tokens: int = 24) -> TeacherRequest:
    sampling = Sampling(temperature=0.0, max_answer_tokens=max_answer_tokens, seed=17)
    return TeacherRequest(prompt=CompletionPrompt(text=text, stop=("\n",)), sampling=sampling, prompt_version="v1")


REQUESTS = [completion(f"Sentence {i}\nQuestion:") for i in range(5)]


def record(folder: Path, teacher: ToldTeacher) -> None:
    cache = AnswerCache(folder=str(folder), teacher=teacher.name)
    ask_all(REQUESTS, teacher=teacher, cache=cache, batch_size=2)


def test_replay_teacher_gives_the_recorded_answers_under_the_recorded_name(tmp_path):
    record(tmp_path, ToldTeacher(str.upper))
    replay = ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=2))
    assert replay.name == "told:teacher"
    replies = [replay.ask(request) for request in (REQUESTS[3], completion("never asked"), REQUESTS[0])]
    assert [reply.text for reply in replies] == ["SENTENCE 3\nQUESTION:", "", "SENTENCE 0\nQUESTION:"]
    assert (replies[1].finish_reason, replies[1].error) == (
        FinishReason.ERROR,
        "not recorded: the recordings do not contain this request",
    )


def test_replay_teacher_without_recordings_or_with_two_teachers_refuses(tmp_path):
    with pytest.raises(InputError, match="no recordings"):
        ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=2))
    record(tmp_path, ToldTeacher(str.upper))
    other = ToldTeacher(str.upper)
    other.name = "told:other"
    record(tmp_path, other)
    with pytest.raises(InputError, match="2 teachers: told:other, told:teacher"):
        ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=2))


def test_shared_teacher_is_opened_once(tmp_path):
    record(tmp_path, ToldTeacher(str.upper))
    recipe = ReplayOptions(recordings=str(tmp_path))
    assert shared_teacher(recipe, seed=1) is shared_teacher(recipe, seed=1)
    assert shared_teacher(recipe, seed=1).name == "told:teacher"


def recipe_of(teacher: TeacherOptions, *, tasks=("qa",)) -> SynthesizeRecipe:
    return SynthesizeRecipe(teacher=teacher, written=WrittenRecipe(tasks=tasks))


def test_check_teacher_refuses_what_cannot_be_opened(tmp_path, monkeypatch):
    replay = ReplayOptions(recordings=str(tmp_path))
    with pytest.raises(InputError):
        check_teacher(recipe_of(replay))
    check_teacher(recipe_of(replay, tasks=()))
    with pytest.raises(RecipeError):
        check_teacher(recipe_of(OpenAIOptions(base_url="nowhere")))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[vllm\]"):
        check_teacher(recipe_of(VllmOptions()))
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[train\]"):
        check_teacher(recipe_of(TransformersOptions()))


@pytest.mark.parametrize("name", ["model", "base_url"])
def test_check_teacher_refuses_a_recipe_that_holds_the_key_of_the_environment(monkeypatch, name):
    key = "nothing-like-a-key"
    monkeypatch.setenv("LONGDOC_TEST_KEY", key)
    value = f"http://host/{key}" if name == "base_url" else f"x{key}"
    teacher = OpenAIOptions(api_key_env="LONGDOC_TEST_KEY", **{name: value})
    with pytest.raises(RecipeError, match=f"synthesize.teacher.{name} contains the key") as caught:
        check_teacher(recipe_of(teacher))
    assert key not in str(caught.value)


def test_check_teacher_forgets_a_server_that_was_given_up():
    recipe = OpenAIOptions()
    given_up = shared_teacher(recipe, seed=1)
    given_up.watch.give_up()
    assert shared_teacher(recipe, seed=1) is given_up
    check_teacher(recipe_of(recipe))
    assert not shared_teacher(recipe, seed=1).watch.gave_up


SENTENCES = [
    "The gauge was delivered on 2 June 2022.",
    "The Board shall repair the roof within 45 days after notice from the Club.",
]


@pytest.mark.model
def test_transformers_teacher_answers_padded_batches_the_same_way_twice():
    teacher = open_teacher(TransformersOptions(max_model_tokens=256), seed=17)
    requests = [completion(f"Repeat.\nSentence: {s}\nSentence:", max_answer_tokens=20) for s in SENTENCES]
    chat = ChatPrompt(messages=(Message(role="user", content="What is the capital of Wales?"),), answer_schema="{}")
    requests.append(TeacherRequest(prompt=chat, sampling=SAMPLING, prompt_version="v1"))
    too_long = completion("boat " * 300)
    replies = teacher.answer([*requests, too_long])
    assert teacher.answer([*requests, too_long]) == replies
    assert teacher.name == f"transformers:{EMBEDDED_MODEL}"
    for sentence, reply in zip(SENTENCES, replies, strict=False):
        assert reply.text.strip() in sentence
        assert "\n" not in reply.text
        assert reply.finish_reason is FinishReason.STOP
        assert reply.num_prompt_tokens > 10 < reply.num_answer_tokens + 8
    assert "Cardiff" in replies[2].text
    assert replies[3].finish_reason is FinishReason.TOO_LONG
    assert "the window has room for" in replies[3].error


VLLM_SCRIPT = """
import dataclasses, json, sys
from pipeline.synthesize.teachers.open import open_teacher
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, Sampling, TeacherRequest
from pipeline.synthesize.teachers.vllm import VllmOptions
from pipeline.records import Message

if __name__ == "__main__":
    teacher = open_teacher(VllmOptions(max_model_tokens=2048, cpu_kv_cache_gib=1), seed=17)
    requests = []
    for item in json.load(open(sys.argv[1])):
        prompt = item["prompt"]
        if "messages" in prompt:
            turns = tuple(Message(**turn) for turn in prompt["messages"])
            prompt = ChatPrompt(messages=turns, answer_schema=prompt["answer_schema"])
        else:
            prompt = CompletionPrompt(text=prompt["text"], stop=tuple(prompt["stop"]))
        requests.append(TeacherRequest(prompt, Sampling(**item["sampling"]), item["prompt_version"]))
    replies = [dataclasses.asdict(reply) for reply in teacher.answer(requests)]
    json.dump({"name": teacher.name, "replies": replies}, open(sys.argv[2], "w"))
"""


@pytest.mark.vllm
def test_vllm_teacher_reuses_the_prefix_of_a_document_and_keeps_to_the_schema(tmp_path):
    pytest.importorskip("vllm")
    planned = plan_written(
        context=LEASE_EN,
        tasks=("qa",),
        form=PromptForm.CHAT,
        questions_per_document=4,
        segment_tokens=64,
        max_model_tokens=8192,
        sampling=Sampling(temperature=0.0, max_answer_tokens=96, seed=17),
    )
    assert len(planned) == 4
    requests = [item.request for item in planned] + [completion("The sea is"), completion("boat " * 3000)]
    asked, told, script = tmp_path / "asked.json", tmp_path / "told.json", tmp_path / "ask.py"
    asked.write_text(json.dumps([dataclasses.asdict(request) for request in requests]))
    script.write_text(VLLM_SCRIPT)
    subprocess.run([sys.executable, str(script), str(asked), str(told)], check=True, timeout=600)
    result = json.loads(told.read_text())
    replies = result["replies"]
    assert result["name"] == f"vllm:{EMBEDDED_MODEL}"
    assert Counter(reply["finish_reason"] for reply in replies[:5])["error"] == 0
    # every request after the first finds most of the document's blocks in the cache
    shared = len(LEASE) / 6
    assert all(reply["num_cached_tokens"] > shared for reply in replies[1:4])
    for reply in replies[:4]:
        if reply["finish_reason"] == "stop":
            assert set(json.loads(reply["text"])) == {"nothing", "question", "answer", "evidence"}
    assert "the window has room for" in replies[5]["error"]
