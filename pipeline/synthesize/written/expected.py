"""Predicts what a build asks of teachers, from the lengths of its documents: requests and tokens of each round.

Requests about a document come in rounds. Only the first is known from the document; the others are planned from the
replies, so their number rests on the share of replies that are kept. All rounds about a document begin with the same
prompt, which the teacher's prefix cache holds after the first request; a document that does not fit into the teacher's
window is shown in pieces, each with a prefix of its own.

What no run has measured yet is assumed (`Assumed`). After a run in the same output folder, `Measured` replaces it.
Lengths are counted with the student's tokenizer until a run has measured the teacher's. Used by the plan of a build
and by the message of a build that stopped at a limit. Cost: 1 µs a document.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.config.build import PromptForm, SynthesizeRecipe
from pipeline.config.judge import AttemptKind
from pipeline.synthesize.prices import NO_TOKENS, Tokens
from pipeline.synthesize.written.draft import Round
from pipeline.synthesize.written.room import (
    COMPLETION_PROMPT_TOKENS,
    TOKENIZER_MARGIN,
    answer_tokens,
    document_tokens,
    window_tokens,
)
from pipeline.synthesize.written_tasks import written_tasks

_MIN_MEASURED = 20
"""The minimum number of replies from which a mean is taken."""
_SEGMENT_FILL = 0.7
"""The mean length of a segment divided by the maximum; .69 is the median of the 25 bundled documents that are kept."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Assumptions before a run has measured anything."""

    share_kept: float = 0.7
    """The share of replies of the first two rounds that pass the checks."""
    instruction_tokens: int = 400
    """Tokens of a prompt besides the document and the segment."""
    closed_book_tokens: int = 200
    """Tokens of a prompt without a document."""
    draft_tokens: int = 250
    """Tokens of a draft, with its quotes, in the prompt of a judge."""
    answer_tokens: Mapping[Round, int] | None = None
    """Mean length of an answer by round; `_ANSWER_TOKENS` if None."""


_ANSWER_TOKENS = {Round.ATOMS: 200, Round.MERGES: 250, Round.ATTEMPTS: 80, Round.JUDGE: 400}
_COMPLETION_ANSWER_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """What runs in this output folder have measured; None where they say nothing."""

    share_kept: float | None = None
    scale: Tokens | None = None
    """Measured tokens divided by expected ones, for the same documents: of prompts, from the cache, of answers."""
    tokens_per_second: float | None = None
    """Tokens that one worker process got through a second; see `PriceOptions.tokens_per_second`."""


@dataclass(frozen=True, slots=True)
class DocumentLength:
    """What the prediction needs to know of a document."""

    num_tokens: int
    language: str
    num_sharing: int = 1
    """The number of documents in its corpus row, which share the requests for the row."""


@dataclass(frozen=True, slots=True)
class AskedShard:
    """What earlier runs asked about the documents of one shard."""

    counters: Mapping[str, int]
    """The shard's counters in the synthesize stage."""
    is_finished: bool
    """Whether all of its replies were judged."""
    expected: Sequence[ExpectedRound]
    """What is expected of its documents, without scale."""

    @property
    def num_answered(self) -> int:
        """The requests that have an answer."""
        counts = (self.counters.get(f"teacher/{name}", 0) for name in ("asked", "cached"))
        return sum(counts) - self.counters.get("teacher/failed", 0)


@dataclass(frozen=True, slots=True)
class PlannedRounds:
    """How many requests the recipe plans for a document or a draft."""

    questions_per_document: int
    merges_per_document: int = 0
    attempts_with_document: int = 0
    """Per draft: attempts that see the document."""
    attempts_without_document: int = 0
    """Per draft: attempts that see the question alone, or with a passage."""
    is_judged: bool = False
    judge_computes_prefixes: bool = False
    """Whether the judge is another model than the teacher, so that its prefix cache holds no document at first."""


@dataclass(frozen=True, slots=True)
class ExpectedRound:
    """What a round asks, over all documents. Means make fractions."""

    round: Round
    requests: float = 0.0
    tokens: Tokens = NO_TOKENS

    def __add__(self, other: ExpectedRound) -> ExpectedRound:
        return ExpectedRound(self.round, self.requests + other.requests, self.tokens + other.tokens)


def planned_rounds(recipe: SynthesizeRecipe) -> PlannedRounds:
    """Return how many requests a recipe plans. Those that leave out one of several segments are not counted."""
    written = recipe.written
    if not written.tasks or recipe.teacher.prompt_form is not PromptForm.CHAT:
        return PlannedRounds(questions_per_document=written.questions_per_document if written.tasks else 0)
    has_merges = any(written_tasks()[name].round is Round.MERGES for name in written.tasks)
    judge = recipe.judging_teacher
    return PlannedRounds(
        questions_per_document=written.questions_per_document,
        merges_per_document=written.merges_per_document if has_merges else 0,
        attempts_with_document=int(AttemptKind.WHOLE_DOCUMENT in written.attempts),
        attempts_without_document=int(AttemptKind.CLOSED_BOOK in written.attempts),
        is_judged=judge is not None,
        judge_computes_prefixes=judge is not None and judge != recipe.teacher,
    )


def expected_rounds(
    documents: Iterable[DocumentLength],
    recipe: SynthesizeRecipe,
    planned: PlannedRounds,
    *,
    measured: Measured,
    assumed: Assumed = Assumed(),
) -> list[ExpectedRound]:
    """Return the requests and tokens of each round that asks something, in the order of the rounds.

    Args:
        documents: the documents of the corpus.
        recipe: the teacher's limits, and the languages and lengths of written rows.
        planned: the recipe's numbers of requests (`planned_rounds`).
        measured: means of earlier runs, which replace assumptions.
        assumed: the assumptions.
    """
    kept = assumed.share_kept if measured.share_kept is None else measured.share_kept
    of_document = _ChatRequests(recipe, planned, kept, assumed)
    totals = {round_: ExpectedRound(round_) for round_ in Round}
    for document in documents:
        if document.language not in recipe.written.languages:
            continue
        if recipe.teacher.prompt_form is PromptForm.CHAT:
            own = of_document.rounds(document)
        else:
            own = [_completion_requests(document, recipe, planned)]
        for expected in own:
            totals[expected.round] += expected
    return _scaled([total for total in totals.values() if total.requests], measured.scale)


def measured_by(shards: Sequence[AskedShard]) -> Measured:
    """Return what earlier runs measured; what rests on fewer than `_MIN_MEASURED` replies is None.

    The documents that were asked first may be longer or shorter than the others. So tokens are compared with those that
    were expected of the same shards, request by request.
    """
    counters = [shard.counters for shard in shards]
    seconds = _sum(counters, "teacher/milliseconds") / 1000
    answered = _sum(counters, "teacher/asked") - _sum(counters, "teacher/failed")
    found = Measured(share_kept=share_kept([shard.counters for shard in shards if shard.is_finished]))
    if answered < _MIN_MEASURED:
        return found
    real = Tokens(
        _sum(counters, "teacher/prompt_tokens"),
        _sum(counters, "prefix_cache/cached_tokens"),
        _sum(counters, "teacher/answer_tokens"),
    )
    expected = sum((_expected_of_asked(shard) for shard in shards), NO_TOKENS)
    scale = Tokens(
        real.prompt / expected.prompt if expected.prompt else 1.0,
        real.cached / expected.cached if expected.cached else 1.0,
        real.answer / expected.answer if expected.answer else 1.0,
    )
    rate = real.computed / seconds if seconds and real.computed else None
    return replace(found, scale=scale if real.prompt else None, tokens_per_second=rate)


def share_kept(counters: Sequence[Mapping[str, int]]) -> float | None:
    """Return the share of the written tasks' replies that became candidates; None if there are too few replies.

    Args:
        counters: the counters of finished shards. In others, not all replies were judged.
    """
    names = {name for one in counters for name in one if name.startswith("written/") and name.endswith("/asked")}
    answered = _sum(counters, "teacher/asked", "teacher/cached") - _sum(counters, "teacher/failed")
    num_replies = _sum(counters, *names) if names else answered
    return _sum(counters, "kept/written") / num_replies if num_replies >= _MIN_MEASURED else None


def total_of(rounds: Sequence[ExpectedRound]) -> tuple[float, Tokens]:
    """Return the requests and tokens of all rounds."""
    return sum(one.requests for one in rounds), sum((one.tokens for one in rounds), NO_TOKENS)


class _ChatRequests:
    """The requests about one document in chat form."""

    def __init__(self, recipe: SynthesizeRecipe, planned: PlannedRounds, kept: float, assumed: Assumed) -> None:
        teacher, self._segment_tokens = recipe.teacher, recipe.written.segment_tokens
        window, answers_room = window_tokens(recipe), answer_tokens(recipe)
        self._room = max(1, document_tokens(window, answers=answers_room, segment=self._segment_tokens))
        self._planned, self._kept, self._assumed = planned, kept, assumed
        answers = assumed.answer_tokens or _ANSWER_TOKENS
        self._answer_tokens = {one: min(tokens, teacher.max_answer_tokens) for one, tokens in answers.items()}

    def rounds(self, document: DocumentLength) -> list[ExpectedRound]:
        """Return the rounds, with prefixes counted as cached except the first of each piece of the document."""
        planned, assumed = self._planned, self._assumed
        segment = min(_SEGMENT_FILL * self._segment_tokens, document.num_tokens)
        num_segments = math.ceil(document.num_tokens / (_SEGMENT_FILL * self._segment_tokens))
        atoms = min(_share(planned.questions_per_document, document.num_sharing), num_segments)
        merges = min(_share(planned.merges_per_document, document.num_sharing), self._kept * atoms)
        drafts = self._kept * (atoms + merges)
        num_pieces = max(1, math.ceil(document.num_tokens * TOKENIZER_MARGIN / self._room))
        prefix = document.num_tokens / num_pieces
        instruction = assumed.instruction_tokens
        asked = [
            self._round(Round.ATOMS, atoms, prefix, segment + instruction, num_new=min(atoms, num_pieces)),
            self._round(Round.MERGES, merges, prefix, 2 * segment + instruction),
            self._round(Round.ATTEMPTS, drafts * planned.attempts_with_document, prefix, instruction),
            self._round(Round.ATTEMPTS, drafts * planned.attempts_without_document, 0, assumed.closed_book_tokens),
            self._round(
                Round.JUDGE,
                drafts * planned.is_judged,
                prefix,
                assumed.draft_tokens + instruction,
                num_new=min(drafts, num_pieces) * planned.judge_computes_prefixes,
            ),
        ]
        return [one for one in asked if one.requests]

    def _round(
        self, round_: Round, num_requests: float, prefix: float, own: float, *, num_new: float = 0.0
    ) -> ExpectedRound:
        """Return requests with a prefix that the cache holds, except that of the first `num_new`."""
        cached = max(0.0, num_requests - num_new) * prefix
        tokens = Tokens(num_requests * (prefix + own), cached, num_requests * self._answer_tokens[round_])
        return ExpectedRound(round_, num_requests, tokens)


def _completion_requests(document: DocumentLength, recipe: SynthesizeRecipe, planned: PlannedRounds) -> ExpectedRound:
    """Return the requests about one document in completion form, which has one round and shows no document."""
    num_segments = math.ceil(document.num_tokens / (_SEGMENT_FILL * recipe.written.segment_tokens))
    num_requests = min(_share(planned.questions_per_document, document.num_sharing), num_segments)
    answer = min(_COMPLETION_ANSWER_TOKENS, recipe.teacher.max_answer_tokens)
    tokens = Tokens(num_requests * COMPLETION_PROMPT_TOKENS, 0, num_requests * answer)
    return ExpectedRound(Round.ATOMS, num_requests, tokens)


def _share(count: int, num_sharing: int) -> int:
    """Return a document's share of the requests for its row: at least one, as in `members.DocumentView.share_of`."""
    return -(-count // num_sharing)


def _scaled(rounds: list[ExpectedRound], scale: Tokens | None) -> list[ExpectedRound]:
    """Return the rounds with their tokens scaled; no more than all prompt tokens can come from the cache."""
    if scale is None:
        return rounds
    scaled = []
    for one in rounds:
        prompt = one.tokens.prompt * scale.prompt
        cached = min(prompt, one.tokens.cached * scale.cached)
        scaled.append(replace(one, tokens=Tokens(prompt, cached, one.tokens.answer * scale.answer)))
    return scaled


def _expected_of_asked(shard: AskedShard) -> Tokens:
    """Return the tokens that were expected of as many requests as were asked and answered in this shard.

    A shard that is not finished has asked more of the earlier rounds, whose requests have other lengths.
    """
    asked = shard.counters.get("teacher/asked", 0) - shard.counters.get("teacher/failed", 0)
    counts: dict[Round, float] = {one.round: shard.counters.get(f"round/{one.round}", 0) for one in shard.expected}
    if not any(counts.values()):
        counts = {one.round: one.requests for one in shard.expected}
    total = sum(counts.values())
    tokens = NO_TOKENS
    for one in shard.expected:
        share = asked * counts[one.round] / total / one.requests if one.requests else 0.0
        tokens += Tokens(one.tokens.prompt * share, one.tokens.cached * share, one.tokens.answer * share)
    return tokens


def _sum(counters: Sequence[Mapping[str, int]], *names: str) -> int:
    return sum(one.get(name, 0) for one in counters for name in names)
