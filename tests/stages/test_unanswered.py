"""What a build says about requests that have no answer: how many, where, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.stages.unanswered import (
    is_useless,
    merge_reasons,
    no_written_rows,
    unanswered_counts,
    unanswered_error,
)


def _shard(
    reasons: Mapping[str, int], *, requests: int = 10, unasked: int = 0, gave_up: bool = False
) -> dict[str, object]:
    return {"reasons": reasons, "requests": requests, "unasked": unasked, "gave_up": gave_up}


def test_failures_of_all_shards_are_added_up_and_the_most_frequent_is_told_first() -> None:
    error = unanswered_error(
        {
            "00001": _shard({"status 500: b": 2, "status 429: wait 7 s": 1}, unasked=3),
            "00000": _shard({"status 429: wait 9 s": 4, "Connect failed": 2}, requests=15),
        }
    )
    said = "9 of the 25 teacher requests of shards 00000, 00001 failed, 3 more were not sent"
    assert error.message.startswith(f"{said}: status 429: wait 7 s (5 ×); Connect failed (2 ×)")
    assert error.reasons == {"status 429: wait 7 s": 5, "Connect failed": 2, "status 500: b": 2}
    assert list(error.reasons.values()) == sorted(error.reasons.values(), reverse=True)
    assert (error.num_requests, error.num_unasked, error.gave_up) == (25, 3, False)


def test_reasons_as_frequent_are_told_in_the_order_of_their_words_and_only_the_first_are_told() -> None:
    reasons = {f"error {letter}": 1 for letter in "gbfaedc"}
    error = unanswered_error({"00000": _shard(reasons)})
    assert list(error.reasons) == [f"error {letter}" for letter in "abcdefg"]
    assert "of shard 00000 failed: error a (1 ×)" in error.message
    assert "other reasons" in error.message and "error g" not in error.message


@pytest.mark.parametrize("gave_up", [True, False])
def test_teacher_that_gave_up_in_one_shard_gave_up(gave_up: bool) -> None:
    error = unanswered_error({"00000": _shard({}, unasked=5), "00001": _shard({"x": 1}, gave_up=gave_up)})
    assert error.gave_up is gave_up


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("status 401: no", "Set the key in the environment variable that synthesize.teacher.api_key_env names"),
        ("status 403: no", "Set the key in the environment variable that synthesize.teacher.api_key_env names"),
        ("status 404: no", "Check synthesize.teacher.base_url and model"),
        ("ConnectError", "Start the server or correct synthesize.teacher.base_url"),
        ("status 500: boom", "Run the same command again: it sends only the requests that have no answer yet; "),
    ],
)
def test_remedy_is_that_of_the_most_frequent_reason(reason: str, remedy: str) -> None:
    error = unanswered_error({"00000": _shard({"status 418: tea": 1, reason: 3})})
    assert error.remedy.startswith(remedy)
    assert "sends only the requests that have no answer yet" in error.remedy


def test_message_names_five_shards_and_five_reasons_and_counts_the_rest() -> None:
    shards = {f"0000{number}": _shard({f"error {letter}": 2}) for number, letter in enumerate("abcdefg")}
    assert unanswered_error(shards).message == (
        "14 of the 70 teacher requests of shards 00000, 00001, 00002, 00003, 00004 and others failed: error a (2 ×); "
        "error b (2 ×); error c (2 ×); error d (2 ×); error e (2 ×); and 2 other reasons."
    )
    five = {shard: shards[shard] for shard in sorted(shards)[:5]}
    assert unanswered_error(five).message == (
        "10 of the 50 teacher requests of shards 00000, 00001, 00002, 00003, 00004 failed: error a (2 ×); error b "
        "(2 ×); error c (2 ×); error d (2 ×); error e (2 ×)."
    )
    silent = unanswered_error({"00003": _shard({}, requests=4, unasked=4, gave_up=True)})
    assert silent.message == (
        "0 of the 4 teacher requests of shard 00003 failed, 4 more were not sent: the teacher gave up in a "
        "different shard."
    )
    assert silent.remedy == (
        "Run the same command again: it sends only the requests that have no answer yet; "
        "synthesize.teacher.max_failed_share is the share of requests that may fail."
    )


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("wait 7 s", "wait 12 s", True),
        ("request 3f2a9c01-77aa", "request 00ffee99-12", True),
        ("request deadbeef", "request facecafe", False),
        ("status 500: x", "status 429: x", True),
        ("Connect failed", "connect failed", False),
    ],
)
def test_complaints_that_differ_in_numbers_alone_are_one(first: str, second: str, are_one: bool) -> None:
    merged = merge_reasons({first: 2}, [second, first])
    assert merged == ({first: 4} if are_one else {first: 3, second: 1})


def test_counts_of_an_error_are_what_a_shard_leaves() -> None:
    error = unanswered_error({"00000": _shard({"a": 2}, unasked=3, gave_up=True)})
    assert unanswered_counts(error) == _shard({"a": 2}, unasked=3, gave_up=True)


@pytest.mark.parametrize(
    ("counters", "says", "useless"),
    [
        ({}, "", False),
        ({"teacher/asked": 8, "kept/written": 1, "teacher/unusable": 7}, "", False),
        ({"teacher/asked": 6, "teacher/cached": 2, "teacher/unusable": 8}, "The teacher answered 8 requests", True),
        ({"teacher/asked": 8, "teacher/failed": 3, "teacher/unusable": 5}, "The teacher answered 8 requests", True),
        ({"teacher/asked": 8, "teacher/unusable": 7}, "The teacher answered 8 requests", False),
        ({"teacher/asked": 8, "teacher/failed": 8}, "The teacher answered 8 requests", False),
    ],
)
def test_teacher_without_a_row_is_named_and_is_useless_if_no_reply_can_be_read(counters, says, useless) -> None:
    assert no_written_rows(counters).startswith(says)
    assert bool(no_written_rows(counters)) == bool(says)
    assert is_useless(counters) is useless


def test_reasoning_without_an_answer_has_a_remedy_of_its_own() -> None:
    error = unanswered_error({"00000": _shard({"malformed reply: it contains reasoning and no answer": 2})})
    assert "enable_thinking: false" in error.remedy
