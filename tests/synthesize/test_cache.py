"""Answers on disk: found again, damaged, and in the format of earlier versions."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from synthesis_documents import replied

from pipeline.identity import content_id, fingerprint, stable_hash64
from pipeline.synthesize.cache import AnswerCache, batch_path, request_path
from pipeline.synthesize.old_answers import rewrite_old_answers
from pipeline.synthesize.teachers.protocol import (
    CompletionPrompt,
    Sampling,
    TeacherReply,
    TeacherRequest,
    earlier_request_hash,
    failed_reply,
    request_hash,
)
from pipeline.synthesize.teachers.replay import ReplayOptions, ReplayTeacher

SERVER = "openai:m"
ENGINE = "vllm:m"


def request(text: str) -> TeacherRequest:
    prompt = CompletionPrompt(text=text, stop=("\n",))
    return TeacherRequest(prompt=prompt, sampling=Sampling(0.0, 32, 17), prompt_version="v1")


REQUESTS = [request(f"number {i}") for i in range(4)]


def test_cache_finds_an_answer_by_request_and_teacher(tmp_path):
    cache = AnswerCache(folder=str(tmp_path), teacher=SERVER)
    cache.write_request(REQUESTS[0], replied("yes"))
    assert cache.read_request(REQUESTS[0]) == replied("yes")
    assert cache.read_request(REQUESTS[1]) is None
    assert AnswerCache(folder=str(tmp_path), teacher="openai:other").read_request(REQUESTS[0]) is None


def test_answers_are_filed_under_the_names_of_every_earlier_version():
    own = request_hash(REQUESTS[0])
    assert own == "a4fe3627d698d30603368bff330872f8"
    assert earlier_request_hash(REQUESTS[0]) == "c1e9b4ef8a65426189c4b93b4c768267"
    assert request_path("C", SERVER, own) == "C/requests/a2/a2a66c2606e7bc3262fcf2cf466adcfc.json"
    assert batch_path("C", ENGINE, [own, "b"]) == "C/batches/35/35824b122e0487c2caeed78757a24727.json"
    others = [
        replace(REQUESTS[0], sampling=sampling)
        for sampling in (Sampling(0.1, 32, 17), Sampling(0.0, 33, 17), Sampling(0.0, 32, 18))
    ]
    others += [REQUESTS[1], replace(REQUESTS[0], prompt=CompletionPrompt("number 0", ("\n\n",)))]
    assert len({own, *map(request_hash, others)}) == 6, "whatever changes an answer changes its name"
    assert len({batch_path("C", ENGINE, hashes) for hashes in (["a", "b"], ["b", "a"], ["a"], ["a", "b", "c"])}) == 4


def test_cache_keeps_no_failure_of_a_batch(tmp_path):
    cache = AnswerCache(folder=str(tmp_path), teacher=ENGINE)
    cache.write_batch(REQUESTS, [replied("0"), failed_reply("status 500: boom"), replied("2"), replied("3")])
    assert {index: reply.text for index, reply in cache.read_batch(REQUESTS).items()} == {0: "0", 2: "2", 3: "3"}
    assert cache.read_batch(REQUESTS[:2]) == {}
    assert "boom" not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))


def test_cache_finds_an_answer_after_the_prompt_version_changed(tmp_path):
    later = [replace(one, prompt_version="v2") for one in REQUESTS]
    for teacher in (SERVER, ENGINE):
        cache = AnswerCache(folder=str(tmp_path), teacher=teacher)
        cache.write_request(REQUESTS[0], replied("yes"))
        cache.write_batch(REQUESTS, [replied(str(i)) for i in range(4)])
        assert cache.read_request(later[0]) == replied("yes")
        assert len(cache.read_batch(later)) == 4
    colder = replace(REQUESTS[0], sampling=Sampling(0.5, 32, 17))
    assert AnswerCache(folder=str(tmp_path), teacher=SERVER).read_request(colder) is None


def damaged(content: bytes, kind: str) -> bytes:
    if kind == "truncated":
        return content[: len(content) // 2]
    if kind == "empty":
        return b""
    if kind == "flipped":
        return content.replace(b'"yes"', b'"yEs"')
    if kind == "not an object":
        return b"[1, 2]"
    return b"\xff\xfe\x00garbage"


@pytest.mark.parametrize("kind", ["truncated", "empty", "flipped", "not an object", "garbage"])
def test_cache_names_a_damaged_file_sets_it_aside_and_loses_only_its_answer(tmp_path, caplog, kind):
    cache = AnswerCache(folder=str(tmp_path), teacher=SERVER)
    for one in REQUESTS[:2]:
        cache.write_request(one, replied("yes"))
    path = next(p for p in tmp_path.rglob("*.json") if request_hash(REQUESTS[0]) in p.read_text())
    path.write_bytes(damaged(path.read_bytes(), kind))
    with caplog.at_level(logging.WARNING):
        assert cache.read_request(REQUESTS[0]) is None
    assert str(path) in caplog.text
    assert path.with_name(f"{path.name}.damaged").exists()
    assert cache.read_request(REQUESTS[1]) == replied("yes")
    cache.write_request(REQUESTS[0], replied("yes"))
    assert cache.read_request(REQUESTS[0]) == replied("yes")


def test_cache_does_not_take_a_swapped_file_for_an_answer(tmp_path, caplog):
    cache = AnswerCache(folder=str(tmp_path), teacher=SERVER)
    cache.write_request(REQUESTS[0], replied("zero"))
    cache.write_request(REQUESTS[1], replied("one"))
    first, second = sorted(tmp_path.rglob("*.json"))
    first_content, second_content = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_content)
    second.write_bytes(first_content)
    assert cache.read_request(REQUESTS[0]) is None
    assert cache.read_request(REQUESTS[1]) is None
    other = AnswerCache(folder=str(tmp_path), teacher="openai:other")
    other.write_request(REQUESTS[2], replied("two"))
    stranger = next(p for p in tmp_path.rglob("*.json") if "openai:other" in p.read_text())
    cache.write_request(REQUESTS[2], replied("own"))
    own = next(p for p in tmp_path.rglob("*.json") if '"own"' in p.read_text())
    own.write_bytes(stranger.read_bytes())
    with caplog.at_level(logging.WARNING):
        assert cache.read_request(REQUESTS[2]) is None
    assert "a different teacher" in caplog.text


def old_hash(one: TeacherRequest) -> str:
    """The hash of a request as versions before this one made it: with the version of all prompts of that time."""
    # Earlier versions had no `template_options`.
    sampling = {"temperature": one.sampling.temperature, "max_answer_tokens": 32, "seed": one.sampling.seed}
    version = "written-09679362"
    return fingerprint(
        {"kind": "CompletionPrompt", "prompt": asdict(one.prompt), "sampling": sampling, "prompt_version": version}
    )


def write_old(folder: Path, teacher: str, replies: list[TeacherReply]) -> Path:
    """A batch as versions before this one wrote it."""
    hashes = [old_hash(one) for one in REQUESTS]
    answers = [{"request": key, **asdict(reply)} for key, reply in zip(hashes, replies, strict=True)]
    key = content_id(teacher, *hashes) + f"{stable_hash64('batch', teacher, *hashes):016x}"
    path = folder / key[:2] / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"teacher": teacher, "answers": answers}))
    return path


MIXED = [replied("0"), failed_reply("status 500: boom"), replied("2"), replied("3")]


def test_old_answers_of_a_server_are_found_by_request_and_its_failures_are_dropped(tmp_path):
    old = write_old(tmp_path, SERVER, MIXED)
    assert rewrite_old_answers(str(tmp_path)) == 3
    cache = AnswerCache(folder=str(tmp_path), teacher=SERVER)
    texts = [reply.text if (reply := cache.read_request(one)) else None for one in REQUESTS]
    assert texts == ["0", None, "2", "3"]
    assert not old.exists()
    assert "boom" not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert rewrite_old_answers(str(tmp_path)) == 0


def test_old_answers_of_an_engine_keep_their_batch(tmp_path):
    write_old(tmp_path, ENGINE, MIXED)
    assert rewrite_old_answers(str(tmp_path)) == 3
    answers = AnswerCache(folder=str(tmp_path), teacher=ENGINE).read_batch(REQUESTS)
    assert {index: reply.text for index, reply in answers.items()} == {0: "0", 2: "2", 3: "3"}


def test_old_answers_that_are_damaged_are_set_aside_and_the_others_taken_over(tmp_path, caplog):
    broken = write_old(tmp_path, ENGINE, MIXED)
    broken.write_text(broken.read_text()[:60])
    write_old(tmp_path, SERVER, MIXED)
    with caplog.at_level(logging.WARNING):
        assert rewrite_old_answers(str(tmp_path)) == 3
    assert str(broken) in caplog.text
    assert broken.with_name(f"{broken.name}.damaged").exists()


def test_old_answers_whose_rewriting_was_interrupted_are_taken_over(tmp_path):
    write_old(tmp_path, SERVER, MIXED)
    AnswerCache(folder=str(tmp_path), teacher=SERVER).write_request(REQUESTS[0], MIXED[0])
    assert rewrite_old_answers(str(tmp_path)) == 3
    cache = AnswerCache(folder=str(tmp_path), teacher=SERVER)
    assert [cache.read_request(one) is not None for one in REQUESTS] == [True, False, True, True]


def test_old_answers_of_an_object_store_are_taken_over(tmp_path):
    import fsspec

    old = write_old(tmp_path, SERVER, MIXED)
    fs = fsspec.filesystem("memory")
    fs.makedirs("/old-build/cache", exist_ok=True)
    fs.pipe_file(f"/old-build/cache/{old.parent.name}/{old.name}", old.read_bytes())
    assert rewrite_old_answers("memory://old-build/cache") == 3
    assert AnswerCache(folder="memory://old-build/cache", teacher=SERVER).read_request(REQUESTS[3]) == replied("3")


def test_replay_teacher_reads_recordings_of_both_formats(tmp_path):
    write_old(tmp_path, SERVER, MIXED)
    AnswerCache(folder=str(tmp_path), teacher=SERVER).write_request(REQUESTS[1], replied("1"))
    replay = ReplayTeacher(ReplayOptions(recordings=str(tmp_path), batch_size=4))
    assert [replay.ask(one).text for one in REQUESTS] == ["0", "1", "2", "3"]
