"""Requests of a server asked side by side: what is stored, counted, shown and left when the watch gives up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from synthesis_documents import prompt_text, replied

from pipeline.synthesize.asking_servers import SECONDS_LEFT, ask_server, count_replies
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.protocol import (
    NOT_ASKED,
    CompletionPrompt,
    Sampling,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    failure_kind,
)
from pipeline.synthesize.teachers.servers.watch import ServerWatch


class Told:
    """A server in this process that answers by a function of the prompt."""

    name = "openai:told"
    address = "http://told"

    def __init__(self, answer: Callable[[str], TeacherReply], *, concurrency: int = 2) -> None:
        self.concurrency = concurrency
        self.watch = ServerWatch(address=self.address, max_wait_seconds=60.0, batch_size=concurrency)
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0
        self._answer = answer
        self._lock = threading.Lock()

    def ask(self, request: TeacherRequest) -> TeacherReply:
        text = prompt_text(request)
        with self._lock:
            self.asked.append(text)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return self._answer(text)
        finally:
            with self._lock:
                self.in_flight -= 1


def request(text: str) -> TeacherRequest:
    return TeacherRequest(CompletionPrompt(text, ("\n",)), Sampling(0.0, 32, 17), "v1")


def ask(
    teacher: Told, folder: Path, texts: str, shown: list[dict[str, int]] | None = None
) -> tuple[list[TeacherReply], Counter[str]]:
    def show(counts: Mapping[str, int]) -> None:
        if shown is not None:
            shown.append(dict(counts))

    cache = AnswerCache(folder=str(folder), teacher=teacher.name)
    return ask_server([request(text) for text in texts], teacher=teacher, cache=cache, show=show)


def test_server_replies_stand_in_order_and_equal_requests_are_asked_once(tmp_path: Path) -> None:
    teacher = Told(lambda text: replied(text.upper()))
    replies, counters = ask(teacher, tmp_path, "abcab")
    assert [reply.text for reply in replies] == list("ABCAB")
    assert sorted(teacher.asked) == list("abc")
    assert counters == {
        "teacher/asked": 3,
        "teacher/prompt_tokens": 300,
        "teacher/answer_tokens": 30,
        "prefix_cache/prompt_tokens": 300,
        "prefix_cache/cached_tokens": 180,
    }


def test_server_answers_are_stored_one_by_one_and_failures_are_asked_again(tmp_path: Path) -> None:
    first = Told(lambda text: failed_reply("status 400: no") if text == "b" else replied(text.upper()))
    replies, counters = ask(first, tmp_path, "abc")
    assert [reply.text for reply in replies] == ["A", "", "C"]
    assert (counters["teacher/asked"], counters["teacher/failed"], counters["teacher/cached"]) == (3, 1, 0)
    second = Told(lambda text: replied(text * 2))
    replies, counters = ask(second, tmp_path, "abcd")
    assert [reply.text for reply in replies] == ["A", "bb", "C", "dd"]
    assert sorted(second.asked) == ["b", "d"]
    assert (counters["teacher/asked"], counters["teacher/failed"], counters["teacher/cached"]) == (2, 0, 2)


def test_server_that_gave_up_is_asked_nothing_more_and_what_is_left_is_no_failure(tmp_path: Path) -> None:
    ask(Told(lambda text: replied("A")), tmp_path, "a")
    teacher = Told(lambda text: replied("x"))
    teacher.watch.give_up()
    replies, counters = ask(teacher, tmp_path, "abc")
    assert [(reply.text, failure_kind(reply)) for reply in replies] == [("A", ""), ("", NOT_ASKED), ("", NOT_ASKED)]
    assert teacher.asked == []
    assert counters == {"teacher/cached": 1}


def test_server_whose_first_batch_fails_alike_is_given_up(tmp_path: Path) -> None:
    teacher = Told(lambda text: failed_reply("status 401: no key"), concurrency=1)
    replies, counters = ask(teacher, tmp_path, "abcdef")
    assert teacher.watch.gave_up
    assert teacher.asked == ["a", "b"]
    assert [failure_kind(reply) for reply in replies] == ["status 401"] * 2 + [NOT_ASKED] * 4
    assert (counters["teacher/asked"], counters["teacher/failed"]) == (2, 2)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_server_has_as_many_requests_in_flight_as_it_takes(tmp_path: Path, concurrency: int) -> None:
    together = threading.Barrier(concurrency)

    def answer(text: str) -> TeacherReply:
        together.wait(timeout=10)
        return replied(text)

    teacher = Told(answer, concurrency=concurrency)
    ask(teacher, tmp_path, "abcdef")
    assert teacher.most_in_flight == concurrency


def test_server_progress_is_shown_and_seconds_left_while_it_is_waited_for(tmp_path: Path) -> None:
    shown: list[dict[str, int]] = []
    teacher = Told(lambda text: replied(text), concurrency=1)
    ask(teacher, tmp_path, "ab", shown)
    assert shown[-1]["teacher/asked"] == 2
    assert not any(SECONDS_LEFT in counts for counts in shown)
    silent = Told(lambda text: failed_reply("status 503: busy"), concurrency=9)
    silent.watch.failed_try("status 503", started=0.0, is_unreachable=False)
    silent.watch._silent_since = silent.watch._last_answer - 20
    ask(silent, tmp_path, "c", shown)
    assert shown[-1][SECONDS_LEFT] in (39, 40)
    assert shown[-1]["teacher/failed"] == 1


def test_server_interrupted_gives_up_at_once(tmp_path: Path) -> None:
    def stop(text: str) -> TeacherReply:
        raise KeyboardInterrupt

    teacher = Told(stop, concurrency=1)
    with pytest.raises(KeyboardInterrupt):
        ask(teacher, tmp_path, "abc")
    assert teacher.watch.gave_up


def test_server_windows_are_opened_and_closed_with_what_happened(tmp_path: Path) -> None:
    teacher = Told(lambda text: failed_reply(f"status {text}"), concurrency=50)
    for texts in ("a", "b"):
        assert not teacher.watch.gave_up
        ask(teacher, tmp_path, f"{texts}{texts.upper()}")
    assert teacher.watch.gave_up, "two windows failed throughout"


def test_replies_are_counted_with_their_tokens_and_prefixes_where_they_are_kept() -> None:
    replies = [replied("a"), failed_reply("x"), replied("b")]
    assert count_replies(replies, keeps_prefixes=True) == {
        "teacher/asked": 3,
        "teacher/failed": 1,
        "teacher/prompt_tokens": 200,
        "teacher/answer_tokens": 20,
        "prefix_cache/prompt_tokens": 200,
        "prefix_cache/cached_tokens": 120,
    }
    assert count_replies(replies, keeps_prefixes=False) == {
        "teacher/asked": 3,
        "teacher/failed": 1,
        "teacher/prompt_tokens": 200,
        "teacher/answer_tokens": 20,
    }
