"""Sends requests to a server concurrently, and stores each answer as soon as it arrives.

Requests are sent in the given order, so that requests about one document find their shared prefix in the server's
cache. Equal requests are asked once. Every request is tried before the caller learns which ones failed, unless the
teacher's watch gives up or the budget of the run is spent. Stored answers survive a crash; a resumed run asks only for
the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from pipeline.synthesize.budget import Spending, TeacherBudget
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.protocol import (
    NOT_ASKED,
    FinishReason,
    ServerTeacher,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    failure_kind,
    request_hash,
)

SECONDS_LEFT = "teacher/seconds_left"
"""Counter that is shown while a server does not answer; it is never stored with a shard's counters."""
_SHOW_SECONDS = 0.5


def ask_server(
    requests: Sequence[TeacherRequest],
    *,
    teacher: ServerTeacher,
    cache: AnswerCache,
    show: Callable[[Mapping[str, int]], None],
    budget: TeacherBudget | None = None,
) -> tuple[list[TeacherReply], Counter[str]]:
    """Return a reply to every request, in order, and the counters. The reply to a failed request gives the reason.

    Args:
        requests: the requests about some documents, in order.
        teacher: the server's teacher; `teacher.concurrency` requests are in flight at a time.
        cache: the cache, read and written request by request.
        show: called at least twice a second with the counters, and with `SECONDS_LEFT` while waiting for the server.
        budget: what the run may still spend; None for no limit. Requests beyond it get a failure of kind `NOT_ASKED`.
    """
    distinct = {request_hash(request): request for request in requests}
    settled: dict[str, TeacherReply] = {}
    counters: Counter[str] = Counter()
    teacher.watch.open_window(len(distinct))
    pool = ThreadPoolExecutor(max_workers=teacher.concurrency, thread_name_prefix="teacher")
    waiting = {pool.submit(_settle, request, teacher, cache, budget): key for key, request in distinct.items()}
    try:
        while waiting:
            for future in wait(waiting, timeout=_SHOW_SECONDS, return_when=FIRST_COMPLETED).done:
                key = waiting.pop(future)
                settled[key] = _counted(future, counters)
            left = teacher.watch.seconds_left()
            show(counters if left is None else {**counters, SECONDS_LEFT: left})
    except BaseException:
        teacher.watch.give_up()  # waiting requests end at once; requests in flight are not awaited
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    num_failed = counters["teacher/failed"]
    teacher.watch.close_window(
        num_answered=counters["teacher/asked"] - num_failed,
        num_failed=num_failed,
        num_cached=counters["teacher/cached"],
    )
    return [settled[request_hash(request)] for request in requests], +counters


def count_replies(replies: Sequence[TeacherReply], *, keeps_prefixes: bool) -> Counter[str]:
    """Return the counters of replies that a teacher just gave; those of a prefix cache only if the teacher has one."""
    counts: Counter[str] = Counter({"teacher/asked": len(replies)})
    for reply in replies:
        counts["teacher/failed"] += reply.finish_reason is FinishReason.ERROR
        counts["teacher/prompt_tokens"] += reply.num_prompt_tokens
        counts["teacher/answer_tokens"] += reply.num_answer_tokens
        if keeps_prefixes:
            counts["prefix_cache/prompt_tokens"] += reply.num_prompt_tokens
            counts["prefix_cache/cached_tokens"] += reply.num_cached_tokens
    return counts


@dataclass(frozen=True, slots=True)
class _Settled:
    reply: TeacherReply
    was_cached: bool


def _settle(
    request: TeacherRequest, teacher: ServerTeacher, cache: AnswerCache, budget: TeacherBudget | None
) -> _Settled:
    """Return the reply to one request, from the cache or from the teacher, and store a new answer."""
    cached = cache.read_request(request)
    if cached is not None:
        teacher.watch.found_answer()
        return _Settled(cached, was_cached=True)
    reply = failed_reply(NOT_ASKED) if teacher.watch.gave_up else _ask(request, teacher, budget)
    if failure_kind(reply) == NOT_ASKED:
        return _Settled(reply, was_cached=False)
    if reply.finish_reason is FinishReason.ERROR:
        teacher.watch.failed(failure_kind(reply))
    else:
        if reply.finish_reason is not FinishReason.TOO_LONG:  # the server may be started again with a larger window
            cache.write_request(request, reply)
        teacher.watch.answered()
    return _Settled(reply, was_cached=False)


def _ask(request: TeacherRequest, teacher: ServerTeacher, budget: TeacherBudget | None) -> TeacherReply:
    """Return the teacher's reply, or a failure of kind `NOT_ASKED` if the budget does not allow the request."""
    if budget is None:
        return teacher.ask(request)
    asides: list[Spending] = []

    def set_aside() -> bool:
        aside = budget.set_aside([request], is_over=lambda: teacher.watch.gave_up)
        asides.extend([] if aside is None else [aside])
        return aside is not None

    def may_repeat(failed: TeacherReply) -> bool:
        budget.count(asides.pop(), [request], [failed])
        return set_aside()

    if not set_aside():
        return failed_reply(NOT_ASKED)
    try:
        reply = teacher.ask(request, may_repeat=may_repeat)
    except BaseException:
        for aside in asides:
            budget.count_unknown(aside)
        raise
    for aside in asides:  # none if the last try was counted and no other was allowed
        budget.count(aside, [request], [reply])
    return reply


def _counted(future: Future[_Settled], counters: Counter[str]) -> TeacherReply:
    """Add the outcome of a request to the counters and return its reply."""
    outcome = future.result()
    if outcome.was_cached:
        counters["teacher/cached"] += 1
    elif failure_kind(outcome.reply) != NOT_ASKED:
        counters.update(count_replies([outcome.reply], keeps_prefixes=True))
    return outcome.reply
