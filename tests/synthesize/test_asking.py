from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import ToldTeacher, prompt_text

from pipeline.records import Message
from pipeline.synthesize.asking import ask_all, plan_batches
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherRequest,
    request_hash,
)

SAMPLING = Sampling(temperature=0.0, max_answer_tokens=32, seed=17)


def request(text: str) -> TeacherRequest:
    return TeacherRequest(prompt=CompletionPrompt(text=text, stop=("\n",)), sampling=SAMPLING, prompt_version="v1")


REQUESTS = [request(f"Sentence {'x' * (7 * i % 5)} number {i}") for i in range(10)]


def ask(teacher, folder: Path, requests=REQUESTS):
    cache = AnswerCache(folder=str(folder), teacher=teacher.name)
    return ask_all(requests, teacher=teacher, cache=cache, batch_size=4)


def asked(teacher) -> list[str]:
    return [prompt_text(one) for batch in teacher.batches for one in batch]


@pytest.mark.parametrize("order", list(BatchOrder))
def test_ask_all_replies_in_the_order_of_the_requests(tmp_path, order):
    replies, counters = ask(ToldTeacher(str.upper, batch_order=order), tmp_path)
    assert [reply.text for reply in replies] == [prompt_text(one).upper() for one in REQUESTS]
    assert (counters["teacher/asked"], counters["teacher/batches"], counters["teacher/cached"]) == (10, 3, 0)
    prefixes = (counters["prefix_cache/prompt_tokens"], counters["prefix_cache/cached_tokens"])
    assert prefixes == ((1000, 600) if order is BatchOrder.BY_DOCUMENT else (0, 0))


def test_ask_all_again_asks_nothing_and_replies_the_same(tmp_path):
    first, _ = ask(ToldTeacher(str.upper), tmp_path)
    idle = ToldTeacher(str.lower)
    again, counters = ask(idle, tmp_path)
    assert again == first
    assert idle.batches == []
    assert (counters["teacher/asked"], counters["teacher/cached"]) == (0, 10)


@pytest.mark.parametrize("order", list(BatchOrder))
def test_ask_all_after_an_interruption_asks_only_the_missing_batches_whole(tmp_path, order):
    dying = ToldTeacher(str.upper, batch_order=order, dies_after_batches=1)
    with pytest.raises(KeyboardInterrupt):
        ask(dying, tmp_path)
    heir = ToldTeacher(str.upper, batch_order=order)
    ask(heir, tmp_path)
    whole = ToldTeacher(str.upper, batch_order=order)
    ask(whole, tmp_path / "elsewhere")
    assert len(dying.batches) == 1
    assert dying.batches + heir.batches == whole.batches
    assert not set(asked(dying)) & set(asked(heir))


def test_ask_all_takes_no_partial_file_for_an_answer(tmp_path):
    ask(ToldTeacher(str.upper), tmp_path)
    kept = sorted(tmp_path.rglob("*.json"))
    assert len(kept) == 3
    half = kept[0].read_bytes()[:40]
    kept[0].rename(kept[0].with_name(kept[0].name + ".partial"))
    kept[0].with_name(kept[0].name + ".partial").write_bytes(half)
    heir = ToldTeacher(str.upper)
    replies, counters = ask(heir, tmp_path)
    assert counters["teacher/asked"] in (2, 4)
    assert [reply.text for reply in replies] == [prompt_text(one).upper() for one in REQUESTS]


def test_ask_all_asks_failed_requests_again_and_no_other(tmp_path):
    def sometimes(prompt: str) -> str:
        return "FAIL" if prompt.endswith("3") else prompt.upper()

    replies, counters = ask(ToldTeacher(sometimes), tmp_path)
    assert [reply.finish_reason for reply in replies].count(FinishReason.ERROR) == counters["teacher/failed"] == 1
    second = ToldTeacher(str.upper)
    replies, _ = ask(second, tmp_path)
    assert asked(second) == [prompt_text(REQUESTS[3])]
    assert replies[3].text == prompt_text(REQUESTS[3]).upper()
    third = ToldTeacher(str.upper)
    ask(third, tmp_path)
    assert third.batches == []


def test_answer_cache_of_another_teacher_is_not_used(tmp_path):
    ask(ToldTeacher(str.upper), tmp_path)
    other = ToldTeacher(str.lower)
    other.name = "told:other"
    replies, _ = ask(other, tmp_path)
    assert replies[0].text == prompt_text(REQUESTS[0]).lower()


def test_answer_cache_on_an_object_store_keeps_batches(tmp_path):
    folder = "memory://answers/of-a-build"
    teacher = ToldTeacher(str.upper)
    cache = AnswerCache(folder=folder, teacher=teacher.name)
    first, _ = ask_all(REQUESTS, teacher=teacher, cache=cache, batch_size=4)
    idle = ToldTeacher(str.lower)
    again, _ = ask_all(REQUESTS, teacher=idle, cache=cache, batch_size=4)
    assert (again, idle.batches) == (first, [])


def test_request_hash_depends_on_prompt_and_sampling_alone():
    chat = ChatPrompt(messages=(Message(role="user", content="a"),), answer_schema="{}")
    variants = [
        request("a"),
        request("b"),
        TeacherRequest(prompt=CompletionPrompt("a", ()), sampling=SAMPLING, prompt_version="v1"),
        TeacherRequest(prompt=CompletionPrompt("a", ("\n",)), sampling=Sampling(0.5, 32, 17), prompt_version="v1"),
        TeacherRequest(prompt=chat, sampling=SAMPLING, prompt_version="v1"),
    ]
    assert len({request_hash(one) for one in variants}) == len(variants)
    later = TeacherRequest(prompt=CompletionPrompt("a", ("\n",)), sampling=SAMPLING, prompt_version="v2")
    assert request_hash(request("a")) == request_hash(later)


@given(
    st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=30), st.integers(1, 7), st.sampled_from(BatchOrder)
)
def test_plan_batches_holds_every_request_once_in_full_batches(texts, batch_size, order):
    batches = plan_batches([request(text) for text in texts], order=order, batch_size=batch_size)
    assert sorted(index for batch in batches for index in batch) == list(range(len(texts)))
    assert all(len(batch) == batch_size for batch in batches[:-1])
    if order is BatchOrder.BY_LENGTH:
        lengths = [len(texts[index]) for batch in batches for index in batch]
        assert lengths == sorted(lengths)
