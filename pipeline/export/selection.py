"""Decides which candidates become turns of rows, and in which split, from ids and labels; documents are never read.

The length of a context limits its number of turns, and only a few of them may have the same answer. A written question
is not asked again of a version of its document, nor in the same words of many contexts (see `same_questions`). A
follow-up is chosen only with the question that it follows (see `follow_ups`). `limits` lists the shares that groups of
questions may have or should have, in turns, tokens or tokens of answers. Some always hold; the others yield if there
are too few candidates of other groups (see `balance`). Whole clusters of documents, not single rows, go to validation.
Used by the export stage. Cost: about 1 kB and 0.5 milliseconds per candidate.

`select_rows` decides about all candidates at once. The export stage decides about ranges of clusters instead, which fit
into a process (see `stages.selection_steps`): with `choose_rows`, because shares that hold in every range hold in all;
with `asked_too_often` for questions in the same words, and with `splitting` for the split, which concern all ranges. A
single range gives the same choices as `select_rows`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipeline.config.export import ExportRecipe
from pipeline.config.shares import Measure
from pipeline.export.balance import CONTEXT_FULL, Outcome, choose_balanced
from pipeline.export.capped import Base, Cap, CappedItem, Floor, Weight, Yielding, base_name
from pipeline.export.follow_ups import PARENT_DROPPED, PARENT_DROPPED_DETAIL, unfit_follow_ups
from pipeline.export.limits import Groups, Limit, QuestionKind, depth_bins_of, limits_of
from pipeline.export.reach import Reach
from pipeline.export.same_questions import QuestionWords, RankedQuestion, repeated_questions, too_often
from pipeline.export.splitting import Ordered, Stratum, numbers_to_validate
from pipeline.identity import stable_hash64, unit_interval
from pipeline.records import Dropped, Split

_CHARS = 10_000
ANSWER_REPEATED = "answer_repeated"
"""Reason for dropping a candidate because others of its context have the same answer."""


@dataclass(frozen=True, slots=True)
class CandidateLabels:
    """The properties of a candidate that selection needs."""

    candidate_id: str
    doc_id: str
    """Id of the candidate's context."""
    cluster_id: str
    """Id of the document's cluster. The documents of a cluster, such as versions or the parts of a document, share a
    split."""
    depths: tuple[float, ...]
    """Where each quote of the evidence begins, from 0 to 1."""
    task: str
    family: str
    is_trivial: bool
    """Whether the question looks up a heading or a speaker."""
    origin: str
    language: str
    domain: str
    reach: Reach
    bucket: int
    context_tokens: int
    """Number of tokens of the context."""
    question_tokens: int
    answer_tokens: int
    """Estimated, because nothing is rendered yet: the characters, divided by the characters for each token of the
    context."""
    answer_hash: int
    """Equal for candidates with the same answer."""
    follows: str = ""
    """The id of the candidate that it follows; empty if it is no follow-up."""
    words: QuestionWords | None = None
    """The words of a question that a teacher wrote; None for questions that are not compared."""


class FloorSide(StrEnum):
    """Which questions a floor is for."""

    GROUP = "group"
    """Those of the limit's group."""
    REST = "rest"
    """All others."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision on a candidate; a row of `work/selection/`."""

    candidate_id: str
    split: str
    """Empty if the candidate is dropped."""
    reason: str
    """Reason code of the rejection; empty if the candidate becomes a turn of a row."""
    detail: str


def select_rows(
    candidates: Sequence[CandidateLabels], *, num_chars: Mapping[str, int], recipe: ExportRecipe, seed: int
) -> list[Choice]:
    """Return a choice for every candidate, in the given order; the choices do not depend on that order.

    Args:
        candidates: the labels of all candidates of a build.
        num_chars: the length of each context's text, by `doc_id`.
        recipe: the limits and shares.
        seed: the recipe's seed.
    """
    dropped = choose_rows(candidates, num_chars=num_chars, recipe=recipe, seed=seed)
    kept = [one for one, why in zip(candidates, dropped, strict=True) if why is None]
    splits = split_documents(
        {cluster.cluster_id: (cluster.language, cluster.domain) for cluster in kept_clusters(kept)},
        validation_share=recipe.validation_share,
        seed=seed,
    )
    return [
        Choice(one.candidate_id, splits[one.cluster_id], reason="", detail="")
        if why is None
        else Choice(one.candidate_id, "", why.reason, why.detail)
        for one, why in zip(candidates, dropped, strict=True)
    ]


def choose_rows(
    candidates: Sequence[CandidateLabels],
    *,
    num_chars: Mapping[str, int],
    recipe: ExportRecipe,
    seed: int,
    asked_elsewhere: Collection[str] = (),
) -> list[Dropped | None]:
    """Return why each candidate is dropped, in the given order; None if it becomes a turn of a row.

    Args:
        candidates: the labels of candidates; those of a context are together.
        num_chars: the length of each context's text, by `doc_id`.
        recipe: the limits and shares, which refer to these candidates.
        seed: the recipe's seed.
        asked_elsewhere: the ids of candidates that `asked_too_often` found among these and others.
    """
    room = {candidate.doc_id: max_turns(num_chars[candidate.doc_id], recipe) for candidate in candidates}
    limits = limits_of(recipe)
    floors = _floors(limits)
    different, dropped = _without_repeats(candidates, recipe, seed, asked_elsewhere)
    places = {candidate.candidate_id: index for index, candidate in enumerate(different)}
    outcome = choose_balanced(
        [
            _item(candidate, limits, floors, recipe, seed, follows=places.get(candidate.follows))
            for candidate in different
        ],
        caps=[_cap(limit) for limit in limits],
        room=room,
        max_loss=recipe.max_balance_loss,
        floors=[floor for _, floor, _ in floors],
    )
    for candidate, reason in zip(different, outcome.reasons, strict=True):
        if reason:
            detail = _detail(candidate, reason, outcome, limits, recipe, room)
            dropped[candidate.candidate_id] = Dropped(reason, detail)
    return [dropped.get(candidate.candidate_id) for candidate in candidates]


def kept_clusters(kept: Iterable[CandidateLabels]) -> list[CandidateLabels]:
    """Return one candidate of each cluster, that with the largest id, which stands for the cluster in the split."""
    found: dict[str, CandidateLabels] = {}
    for candidate in kept:
        other = found.setdefault(candidate.cluster_id, candidate)
        if candidate.candidate_id > other.candidate_id:
            found[candidate.cluster_id] = candidate
    return list(found.values())


def ranked_questions(candidates: Iterable[CandidateLabels], recipe: ExportRecipe, seed: int) -> list[RankedQuestion]:
    """Return the written questions of some candidates that are no repeats among these, in the order of their ranks."""
    ranked = sorted((one for one in candidates if one.words), key=lambda candidate: _rank(candidate, seed))
    repeats = repeated_questions(ranked, max_same=recipe.max_same_question, least_likeness=recipe.max_question_likeness)
    return [
        RankedQuestion(candidate.words.text_hash, _rank(candidate, seed) >> 1, candidate.doc_id, candidate.candidate_id)
        for candidate in ranked
        if candidate.words and candidate.candidate_id not in repeats
    ]


def max_turns(num_chars: int, recipe: ExportRecipe) -> int:
    """Return the maximum number of questions about a context of a given length."""
    by_length = max(recipe.short_context_turns, math.ceil(recipe.max_turns_per_10k_chars * num_chars / _CHARS))
    return min(by_length, recipe.max_rows_per_context * recipe.conversations.max_turns)


def split_documents(strata: Mapping[str, tuple[str, str]], *, validation_share: float, seed: int) -> dict[str, str]:
    """Return a split for every document, stratified over language and domain.

    Validation gets at most the number of documents nearest to its share; at least one, if the share is not 0 and there
    are two documents or more. It gets one document of each stratum first, then documents in proportion to the strata.
    A document moves to validation if the train split keeps a document of the same language and domain. If these are too
    few, a document also moves if train keeps one of the same language and one of the same domain. If validation is
    still empty, the first document in the order of hashes moves.

    Args:
        strata: language and domain of each document, or of each cluster of documents that stay together, by id.
        validation_share: share of the documents for validation, from 0 to 1.
        seed: the recipe's seed.
    """
    in_stratum: dict[Stratum, list[tuple[float, str]]] = defaultdict(list)
    for doc_id, stratum in strata.items():
        in_stratum[stratum].append((split_unit(doc_id, seed), doc_id))
    for members in in_stratum.values():
        members.sort()
    first = {
        stratum: Ordered(np.array([unit for unit, _ in members]), np.array([doc_id.encode() for _, doc_id in members]))
        for stratum, members in in_stratum.items()
    }
    sizes = {stratum: len(members) for stratum, members in in_stratum.items()}
    numbers = numbers_to_validate(sizes, first, validation_share=validation_share)
    held_out = {doc_id for stratum, number in numbers.items() for _, doc_id in in_stratum[stratum][:number]}
    return {doc_id: (Split.VALIDATION if doc_id in held_out else Split.TRAIN).value for doc_id in strata}


def split_unit(doc_id: str, seed: int) -> float:
    """Return the random number that decides the order in which the documents of a stratum go to validation."""
    return unit_interval(seed, "split", doc_id)


def kind_of(candidate: CandidateLabels, *, depth_bins: int) -> QuestionKind:
    """Return the properties of a candidate that limits refer to."""
    return QuestionKind(
        task=candidate.task,
        family=candidate.family,
        reach=candidate.reach,
        origin=candidate.origin,
        domain=candidate.domain,
        language=candidate.language,
        bucket=candidate.bucket,
        depth_bins=depth_bins_of(candidate.depths, num_bins=depth_bins),
        is_trivial=candidate.is_trivial,
    )


def _without_repeats(
    candidates: Sequence[CandidateLabels], recipe: ExportRecipe, seed: int, asked_elsewhere: Collection[str]
) -> tuple[list[CandidateLabels], dict[str, Dropped]]:
    """Return the candidates to choose from, by rank, and why the others are dropped, by candidate id.

    The others are repeated questions, repeated answers, and follow-ups that cannot come behind what they follow.
    """
    left = sorted(candidates, key=lambda candidate: _rank(candidate, seed))
    dropped = repeated_questions(left, max_same=recipe.max_same_question, least_likeness=recipe.max_question_likeness)
    asked = too_often(max_same=recipe.max_same_question)
    dropped |= {one.candidate_id: asked for one in left if one.candidate_id in asked_elsewhere}
    left = [candidate for candidate in left if candidate.candidate_id not in dropped]
    dropped |= _repeated_answers(left, max_same=recipe.max_same_answer)
    left = [candidate for candidate in left if candidate.candidate_id not in dropped]
    dropped |= unfit_follow_ups(left, max_turns=recipe.conversations.max_turns)
    return [candidate for candidate in left if candidate.candidate_id not in dropped], dropped


def _repeated_answers(candidates: Sequence[CandidateLabels], *, max_same: int) -> dict[str, Dropped]:
    """Return the candidates beyond `max_same` that have the same answer in a context, in the given order."""
    same: Counter[tuple[str, int]] = Counter()
    dropped = {}
    for candidate in candidates:
        same[candidate.doc_id, candidate.answer_hash] += 1
        if same[candidate.doc_id, candidate.answer_hash] > max_same:
            detail = f"The context has {max_same} other questions with the same answer."
            dropped[candidate.candidate_id] = Dropped(ANSWER_REPEATED, detail)
    return dropped


def _rank(candidate: CandidateLabels, seed: int) -> int:
    return stable_hash64(seed, "rows", candidate.candidate_id)


def _cap(limit: Limit) -> Cap:
    return Cap(limit.name, limit.most, limit.yielding, limit.measure, limit.base)


def _floors(limits: Sequence[Limit]) -> list[tuple[Limit, Floor, FloorSide]]:
    """Return the floors: of groups that have a minimum, and of the rest beside a group whose maximum yields.

    Without the second kind, a maximum that is raised in the end would not even be approached.
    """
    inside = [(limit, Floor(limit.least, limit.measure), FloorSide.GROUP) for limit in limits if limit.least > 0]
    rest = [
        (limit, Floor(1 - limit.most, limit.measure), FloorSide.REST)
        for limit in limits
        if limit.groups is Groups.ONE and limit.yielding is not Yielding.NEVER and limit.most < 1
    ]
    return inside + rest


def _item(
    candidate: CandidateLabels,
    limits: Sequence[Limit],
    floors: Sequence[tuple[Limit, Floor, FloorSide]],
    recipe: ExportRecipe,
    seed: int,
    *,
    follows: int | None,
) -> CappedItem:
    kind = kind_of(candidate, depth_bins=recipe.depth_bins)
    tokens_of_context = candidate.context_tokens // recipe.conversations.max_turns
    return CappedItem(
        context=candidate.doc_id,
        kind=candidate.task,
        is_last_resort=candidate.is_trivial,
        groups=tuple(limit.group_of(kind) for limit in limits),
        rank=_rank(candidate, seed),
        bucket=str(candidate.bucket),
        floors=tuple(bool(limit.group_of(kind)) == (side is FloorSide.GROUP) for limit, _, side in floors),
        weight=Weight(
            turns=1,
            tokens=tokens_of_context + candidate.question_tokens + candidate.answer_tokens,
            loss_tokens=candidate.answer_tokens,
        ),
        follows=follows,
    )


def _detail(
    candidate: CandidateLabels,
    reason: str,
    outcome: Outcome,
    limits: Sequence[Limit],
    recipe: ExportRecipe,
    room: Mapping[str, int],
) -> str:
    if not reason:
        return ""
    if reason == PARENT_DROPPED:
        return PARENT_DROPPED_DETAIL
    if reason == CONTEXT_FULL:
        number = outcome.num_per_context[candidate.doc_id]
        return f"The context has {number} candidates; at most {room[candidate.doc_id]} can become turns."
    limit = next(limit for limit in limits if limit.name == reason)
    group = limit.group_of(kind_of(candidate, depth_bins=recipe.depth_bins))
    share = outcome.shares[reason][base_name(_cap(limit), str(candidate.bucket))]
    whole = {
        Measure.TURNS: "all questions",
        Measure.TOKENS: "all tokens",
        Measure.LOSS_TOKENS: "the tokens of all answers",
    }[limit.measure]
    of_bucket = f" about contexts of the bucket {candidate.bucket}" if limit.base is Base.BUCKET else ""
    return f"Questions {limit.wording.format(group=group)} would be more than {share:.1%} of {whole}{of_bucket}."
