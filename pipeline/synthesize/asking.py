"""Requests to replies: batches cut by content, answered from the cache or by the teacher, in the order given.

Pure but for the cache and the teacher it is given. Used by the synthesize stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.harmless import harmless_request, is_server, original_reply
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    Teacher,
    TeacherReply,
    TeacherRequest,
    request_hash,
)


def ask_all(
    requests: Sequence[TeacherRequest], *, teacher: Teacher, cache: AnswerCache, batch_size: int
) -> tuple[list[TeacherReply], Counter[str]]:
    """Reply to every request, in order; what failed in an earlier run is asked once more.

    Returns:
        The replies, and counters: `teacher/asked`, `teacher/cached`, `teacher/failed` requests; `teacher/batches`
        asked; `teacher/prompt_tokens` and `teacher/answer_tokens` of what was asked now; `prefix_cache/prompt_tokens`
        and `prefix_cache/cached_tokens`, whose quotient is the hit rate of the teacher's prefix cache.

    Raises:
        TeacherError: the teacher cannot answer at all.
    """
    if is_server(teacher.name):
        sent = [harmless_request(request) for request in requests]
        found, counts = _ask(sent, teacher=teacher, cache=cache, batch_size=batch_size)
        return [original_reply(reply, request) for reply, request in zip(found, requests, strict=True)], counts
    return _ask(requests, teacher=teacher, cache=cache, batch_size=batch_size)


def _ask(
    requests: Sequence[TeacherRequest], *, teacher: Teacher, cache: AnswerCache, batch_size: int
) -> tuple[list[TeacherReply], Counter[str]]:
    replies: dict[int, TeacherReply] = {}
    counters: Counter[str] = Counter()
    for members in plan_batches(requests, order=teacher.batch_order, batch_size=batch_size):
        batch = [requests[index] for index in members]
        answered = cache.read(batch)
        missing = [index for index in range(len(batch)) if index not in answered]
        if missing:
            asked = teacher.answer([batch[index] for index in missing])
            answered |= zip(missing, asked, strict=True)
            cache.write(batch, [answered[index] for index in range(len(batch))])
            counters += _counts(asked)
            if teacher.batch_order is BatchOrder.BY_DOCUMENT:
                counters += _prefix_counts(asked)
        counters["teacher/cached"] += len(batch) - len(missing)
        replies |= {member: answered[index] for index, member in enumerate(members)}
    return [replies[index] for index in range(len(requests))], +counters


def plan_batches(requests: Sequence[TeacherRequest], *, order: BatchOrder, batch_size: int) -> list[list[int]]:
    """Indices of the requests, batch by batch; depends on the requests only, never on what is cached."""
    indices = list(range(len(requests)))
    if order is BatchOrder.BY_LENGTH:
        indices.sort(key=lambda index: (_prompt_chars(requests[index]), request_hash(requests[index])))
    return [indices[start : start + batch_size] for start in range(0, len(indices), batch_size)]


def _prompt_chars(request: TeacherRequest) -> int:
    prompt = request.prompt
    return sum(len(m.content) for m in prompt.messages) if isinstance(prompt, ChatPrompt) else len(prompt.text)


def _counts(replies: Sequence[TeacherReply]) -> Counter[str]:
    counts: Counter[str] = Counter({"teacher/asked": len(replies), "teacher/batches": 1})
    for reply in replies:
        counts["teacher/failed"] += reply.finish_reason is FinishReason.ERROR
        counts["teacher/prompt_tokens"] += reply.num_prompt_tokens
        counts["teacher/answer_tokens"] += reply.num_answer_tokens
    return counts


def _prefix_counts(replies: Sequence[TeacherReply]) -> Counter[str]:
    """Of teachers that keep prefixes; the others have no hit rate."""
    return Counter(
        {
            "prefix_cache/prompt_tokens": sum(reply.num_prompt_tokens for reply in replies),
            "prefix_cache/cached_tokens": sum(reply.num_cached_tokens for reply in replies),
        }
    )
