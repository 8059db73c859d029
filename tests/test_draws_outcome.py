"""Everything that is drawn by a seed, as approved: the same recipe and documents give what they gave before."""

from __future__ import annotations

import random
from collections.abc import Iterator

from approved_outcome import check_approved
from small_student import small_tokenizer

from pipeline.config.export import ExportRecipe
from pipeline.config.finetune import StepOrder
from pipeline.config.pack import MixRule
from pipeline.export.reach import Reach
from pipeline.export.selection import CandidateLabels, select_rows, split_documents
from pipeline.identity import seeded_random
from pipeline.pack.balance import balanced_ranks, epoch_steps
from pipeline.pack.joining import JoinCandidate, JoinRules, join_documents
from pipeline.pack.mixing import MixItem, mix_items
from pipeline.records import JoiningKind
from pipeline.synthesize.segments import Span, choose_spread
from pipeline.train.data.passkey import make_prompts

SEEDS = (3, 4)
NAMES = "abcdefghijklmnopqrstuvwx"


def test_draws_are_those_that_were_approved() -> None:
    lines = [line for seed in SEEDS for line in (f"seed {seed}", *_draws(seed))]
    check_approved("draws.txt", lines)


def _draws(seed: int) -> Iterator[str]:
    yield from _splits(seed)
    yield from _rows(seed)
    yield from _mix(seed)
    yield from _joined(seed)
    yield from _steps(seed)
    yield from _segments(seed)
    yield from _keys(seed)


def _splits(seed: int) -> Iterator[str]:
    strata = {
        name: (("en", "ko")[at % 3 == 0], ("legal", "manual", "code")[at % 5 % 3]) for at, name in enumerate(NAMES)
    }
    for share in (0.0, 0.1, 0.34, 1.0):
        splits = split_documents(strata, validation_share=share, seed=seed)
        yield f"validation of {share}: {''.join(name for name in NAMES if splits[name] == 'validation')}"


def _rows(seed: int) -> Iterator[str]:
    candidates = [
        CandidateLabels(
            candidate_id=f"{parent}{at}",
            doc_id=parent,
            cluster_id="a" if parent in "ab" else parent,
            depths=((at * 0.37 + ord(parent) * 0.11) % 1.0,),
            task=("clause", "duty", "amount")[at % 3],
            family="aggregate",
            is_trivial=at == 5,
            origin=("written", "structural")[at % 2],
            language="en" if parent < "d" else "ko",
            domain="legal",
            reach=Reach.ALL_OF_A_KIND,
            bucket=1024,
            context_tokens=900,
            question_tokens=20,
            answer_tokens=30,
            answer_hash=at,
        )
        for parent in "abcdef"
        for at in range(7)
    ]
    for share, most, bins in ((1.0, 12, 5), (0.3, 4, 5), (0.5, 3, 2)):
        choices = select_rows(
            candidates,
            num_chars=dict.fromkeys("abcdef", 1000),
            recipe=ExportRecipe(
                validation_share=0.3, max_written_share=share, short_context_turns=most, depth_bins=bins
            ),
            seed=seed,
        )
        kept = " ".join(f"{choice.candidate_id}{choice.split[:1]}" for choice in choices if not choice.reason)
        dropped = " ".join(f"{choice.candidate_id}:{choice.reason}" for choice in choices if choice.reason)
        yield f"rows of {share}, {most} a context, {bins} bins: {kept} | {dropped}"
        yield from sorted({choice.detail for choice in choices if choice.detail})


def _mix(seed: int) -> Iterator[str]:
    items = [
        MixItem(name, (1024, 4096)[at % 2], ("legal", "code")[at % 3 == 0], ("en", "ko")[at % 4 == 0], 100 + 37 * at)
        for at, name in enumerate(NAMES)
    ]
    rules = (
        MixRule(domain="code", max_tokens=1500, repeat=2.5),
        MixRule(language="ko", bucket=4096, repeat=3.0),
        MixRule(bucket=1024, repeat=1.3),
    )
    repeats = mix_items(items, rules=rules, seed=seed)
    yield f"repeats: {' '.join(f'{name}{repeats[name]}' for name in NAMES)}"


def _joined(seed: int) -> Iterator[str]:
    candidates = [
        JoinCandidate(
            doc_id=name,
            domain="legal",
            language=("en", "ko")[at % 2],
            num_tokens=60 + 23 * (at % 7),
            source_uri=f"/data/{NAMES[-at]}{at}.txt",
            source_offset=0,
            relation=("", "case 1", "case 2")[at % 4 % 3],
            imports=(),
        )
        for at, name in enumerate(NAMES)
    ]
    kinds = (JoiningKind.SAME_SOURCE, JoiningKind.DISTRACTORS)
    rules = JoinRules(kinds, max_tokens=400, min_tokens=150, max_members=4, min_similarity=0.1)
    for group in join_documents(candidates, rules=rules, minhashes={}, seed=seed):
        yield f"joined as {group.kind}: {''.join(group.doc_ids)}"


def _steps(seed: int) -> Iterator[str]:
    draws = random.Random(seed)
    costs = [draws.randrange(1, 200) for _ in range(13)]
    for order in StepOrder:
        steps = epoch_steps(costs, packs_per_step=4, step_order=order, random=seeded_random(seed, "packs"))
        yield f"steps {order}: {steps}"
        yield f"on three ranks: {[balanced_ranks(step, costs=costs, num_ranks=3) for step in steps]}"


def _segments(seed: int) -> Iterator[str]:
    spans = [Span(at * 50, at * 50 + 40) for at in range(20)]
    scores = [(at * 7 % 11) / 10 for at in range(20)]
    for count in (1, 4, 9):
        chosen = choose_spread(spans, scores=scores, count=count, text_length=1000, seed=seed, doc_id="doc")
        yield f"{count} segments: {chosen}"


def _keys(seed: int) -> Iterator[str]:
    for length, depth in ((500, 0.0), (500, 0.5), (701, 0.5), (701, 1.0)):
        prompts = make_prompts(small_tokenizer(), length=length, depth=depth, samples=2, seed=seed)
        yield f"keys of {length} at {depth}: {[(p.key, len(p.ids), round(p.depth, 4), sum(p.ids)) for p in prompts]}"
