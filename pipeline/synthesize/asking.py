"""Answers requests from the cache or by asking the teacher. Replies are in the order of the requests.

Teachers in this process are asked here, in batches that depend only on the requests. Servers are asked by
`synthesize.asking_servers`. Used by the synthesize stage.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pipeline.synthesize.asking_servers import ask_server, count_replies
from pipeline.synthesize.budget import TeacherBudget
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers import is_server
from pipeline.synthesize.teachers.protocol import (
    NOT_ASKED,
    BatchOrder,
    BatchTeacher,
    ChatPrompt,
    ServerTeacher,
    Teacher,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    request_hash,
)
from pipeline.synthesize.teachers.servers.harmless import harmless_request, original_reply


def ask_all(
    requests: Sequence[TeacherRequest],
    *,
    teacher: Teacher,
    cache: AnswerCache,
    batch_size: int,
    show: Callable[[Mapping[str, int]], None] = lambda _: None,
    budget: TeacherBudget | None = None,
) -> tuple[list[TeacherReply], Counter[str]]:
    """Return a reply to every request, and the counters. Only requests without a stored answer are asked.

    Args:
        requests: the requests about some documents, in order.
        teacher: the teacher to ask.
        cache: the cache of this teacher.
        batch_size: number of requests in a batch, for teachers in this process.
        show: called with the counters so far: after each batch, or for a server as in `asking_servers.ask_server`.
        budget: what the run may still spend; None for no limit. Requests beyond it get a failure of kind `NOT_ASKED`.

    Returns:
        The replies and the counters. `teacher/asked`, `teacher/cached` and `teacher/failed` count requests; equal
        requests to a server count once. `teacher/batches` counts batches asked, for teachers in this process.
        `teacher/prompt_tokens` and `teacher/answer_tokens` count the tokens of the requests that were asked, and
        `teacher/milliseconds` the time until the last of them was answered.
        `prefix_cache/cached_tokens` divided by `prefix_cache/prompt_tokens` is the hit rate of the teacher's prefix
        cache.

    Raises:
        TeacherError: a teacher in this process cannot answer any request.
        InputError: a teacher in this process cannot encode a prompt.
    """
    started = time.monotonic()
    asked = [harmless_request(request) for request in requests] if is_server(teacher.name) else requests
    try:
        replies, counters = _ask(asked, teacher=teacher, cache=cache, batch_size=batch_size, show=show, budget=budget)
    finally:
        if budget is not None:
            budget.give_back()
    if counters["teacher/asked"]:
        counters["teacher/milliseconds"] = max(1, round(1000 * (time.monotonic() - started)))
    if is_server(teacher.name):
        replies = [original_reply(reply, request) for reply, request in zip(replies, requests, strict=True)]
    return replies, counters


def plan_batches(requests: Sequence[TeacherRequest], *, order: BatchOrder, batch_size: int) -> list[list[int]]:
    """Return the indices of the requests in each batch. The batches never depend on the cache."""
    indices = list(range(len(requests)))
    if order is BatchOrder.BY_LENGTH:
        indices.sort(key=lambda index: (_prompt_chars(requests[index]), request_hash(requests[index])))
    return [indices[start : start + batch_size] for start in range(0, len(indices), batch_size)]


def _ask(
    requests: Sequence[TeacherRequest],
    *,
    teacher: Teacher,
    cache: AnswerCache,
    batch_size: int,
    show: Callable[[Mapping[str, int]], None],
    budget: TeacherBudget | None,
) -> tuple[list[TeacherReply], Counter[str]]:
    if isinstance(teacher, ServerTeacher):
        return ask_server(requests, teacher=teacher, cache=cache, show=show, budget=budget)
    return _ask_in_batches(requests, teacher=teacher, cache=cache, batch_size=batch_size, show=show, budget=budget)


def _ask_in_batches(
    requests: Sequence[TeacherRequest],
    *,
    teacher: BatchTeacher,
    cache: AnswerCache,
    batch_size: int,
    show: Callable[[Mapping[str, int]], None],
    budget: TeacherBudget | None,
) -> tuple[list[TeacherReply], Counter[str]]:
    replies: dict[int, TeacherReply] = {}
    counters: Counter[str] = Counter()
    for members in plan_batches(requests, order=teacher.batch_order, batch_size=batch_size):
        batch = [requests[index] for index in members]
        answered = cache.read_batch(batch)
        missing = [index for index in range(len(batch)) if index not in answered]
        counters["teacher/cached"] += len(answered)
        asked = _ask_batch([batch[index] for index in missing], teacher, budget) if missing else None
        if missing and asked is None:
            answered |= {index: failed_reply(NOT_ASKED) for index in missing}
        if asked is not None:
            answered |= zip(missing, asked, strict=True)
            cache.write_batch(batch, [answered[index] for index in range(len(batch))])
            counters["teacher/batches"] += 1
            counters += count_replies(asked, keeps_prefixes=teacher.batch_order is BatchOrder.BY_DOCUMENT)
        replies |= {member: answered[index] for index, member in enumerate(members)}
        show(counters)
    return [replies[index] for index in range(len(requests))], +counters


def _ask_batch(
    batch: Sequence[TeacherRequest], teacher: BatchTeacher, budget: TeacherBudget | None
) -> list[TeacherReply] | None:
    """Return the replies to a batch; None if the budget does not allow it. A part of it might be answered otherwise."""
    if budget is None:
        return teacher.answer(batch)
    aside = budget.set_aside(batch)
    if aside is None:
        return None
    try:
        replies = teacher.answer(batch)
    except BaseException:
        budget.count_unknown(aside)
        raise
    budget.count(aside, batch, replies)
    return replies


def _prompt_chars(request: TeacherRequest) -> int:
    prompt = request.prompt
    return sum(len(m.content) for m in prompt.messages) if isinstance(prompt, ChatPrompt) else len(prompt.text)
