"""Turns numbers of tokens into a cost, with the prices of a teacher. Used by the plan of a build and its budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.config.prices import PriceOptions
from pipeline.synthesize.teachers.protocol import (
    NOT_CONNECTED,
    NOT_RECORDED,
    UNSENT,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failure_kind,
)

_BYTES_PER_TOKEN = 3
"""A careful guess of a prompt's length. English has 4 to 5 bytes a token, Korean (3 bytes a character) 3 to 6."""
_PER_PRICE = 1_000_000
"""The number of tokens that a price is for."""
_NEVER_BILLED = UNSENT | NOT_CONNECTED | {NOT_RECORDED}
"""Failure kinds of requests that reached no server."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of requests and their answers."""

    prompt: float = 0
    """Prompt tokens, with those from the prefix cache."""
    cached: float = 0
    """Prompt tokens that the teacher takes from its prefix cache."""
    answer: float = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.cached + other.cached, self.answer + other.answer)

    @property
    def computed(self) -> float:
        """The tokens that take the teacher's time: prompt tokens that are not in the prefix cache, and answers."""
        return self.prompt - self.cached + self.answer


NO_TOKENS = Tokens()


def cost(tokens: Tokens, prices: PriceOptions) -> float | None:
    """Return the cost in the currency of the prices; None if the teacher has no prices."""
    per_prompt, per_answer = prices.price_per_million_prompt_tokens, prices.price_per_million_answer_tokens
    if per_prompt is None or per_answer is None:
        return None
    per_cached = prices.price_per_million_cached_tokens
    per_cached = per_prompt if per_cached is None else per_cached
    new = tokens.prompt - tokens.cached
    return (new * per_prompt + tokens.cached * per_cached + tokens.answer * per_answer) / _PER_PRICE


def tokens_of(replies: Iterable[TeacherReply]) -> Tokens:
    """Return the tokens that a teacher counted."""
    total = NO_TOKENS
    for reply in replies:
        total += Tokens(reply.num_prompt_tokens, reply.num_cached_tokens, reply.num_answer_tokens)
    return total


def most_tokens(requests: Iterable[TeacherRequest]) -> Tokens:
    """Return about the most tokens that requests can take: none in the cache, and the longest answers."""
    total = NO_TOKENS
    for request in requests:
        total += Tokens(_num_bytes(request) / _BYTES_PER_TOKEN, 0, request.sampling.max_answer_tokens)
    return total


def billed_tokens(requests: Sequence[TeacherRequest], replies: Sequence[TeacherReply]) -> Tokens:
    """Return the tokens that a teacher may bill for requests: those that it counted, or about the most they can take.

    The most is taken for an answer that the teacher did not count (a server may leave out `usage`), and for a failure
    after the request was sent, because the server may have computed an answer that did not arrive. A request that
    reached no server has no tokens, nor has a prompt that the teacher refused as too long.
    """
    total = NO_TOKENS
    for request, reply in zip(requests, replies, strict=True):
        total += _billed(request, reply)
    return total


def _billed(request: TeacherRequest, reply: TeacherReply) -> Tokens:
    if reply.finish_reason is FinishReason.ERROR:
        return NO_TOKENS if failure_kind(reply) in _NEVER_BILLED else most_tokens([request])
    if reply.finish_reason is FinishReason.TOO_LONG:
        return NO_TOKENS
    is_counted = reply.num_prompt_tokens > 0 and reply.num_answer_tokens > 0
    return tokens_of([reply]) if is_counted else most_tokens([request])


def _num_bytes(request: TeacherRequest) -> int:
    prompt = request.prompt
    texts = [message.content for message in prompt.messages] if isinstance(prompt, ChatPrompt) else [prompt.text]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
