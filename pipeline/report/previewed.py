"""Records of a preview: the documents, what the teacher was asked about them, and the rows that came of it.

`pipeline.preview` makes them. `preview_page` shows them, and `request_lines` are the lines of `preview.jsonl`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.io.record_values import json_of
from pipeline.records import Candidate, Context, Dropped
from pipeline.report.page import format_seconds
from pipeline.stages.teacher_plan import TeacherPlan
from pipeline.synthesize.teachers.protocol import ChatPrompt
from pipeline.synthesize.written.draft import Draft, Round
from pipeline.synthesize.written.exchange import Exchange, Fate


@dataclass(frozen=True, slots=True)
class PreviewedDocument:
    """A document, the exchanges about it in the order of the rounds, and its rows."""

    context: Context
    structural: tuple[Candidate, ...]
    exchanges: tuple[Exchange, ...]
    written: Mapping[str, Candidate]
    """The written rows by the key of their draft."""
    later_faults: Mapping[str, Dropped]
    """Why a draft that was kept at first became no row, by the draft's key."""

    def draft_of(self, exchange: Exchange) -> Draft | None:
        """Return the draft that a reply became. None if it became none, and in rounds that only prove drafts."""
        read = exchange.read
        if not isinstance(read, Draft) or read.key in {draft.key for draft in exchange.item.sources}:
            return None
        return read

    def row_of(self, exchange: Exchange) -> Candidate | None:
        """Return the row that a reply became."""
        draft = self.draft_of(exchange)
        return self.written.get(draft.key) if draft else None

    def later_fault_of(self, exchange: Exchange) -> Dropped | None:
        """Return why the draft that a reply became was dropped in a later round."""
        draft = self.draft_of(exchange)
        return self.later_faults.get(draft.key) if draft else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recipe's teacher was asked about a few documents, and what came of it."""

    recipe: str
    teachers: tuple[str, ...]
    """The names of the models that were asked; empty if the recipe asks none."""
    documents: tuple[PreviewedDocument, ...]
    num_read: int
    """Number of records that were read to choose the documents; of a corpus, the number of its rows."""
    is_from_corpus: bool = False
    """Whether the documents are from the corpus of the build in the same folder."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """What the replies cost by currency, stored ones too; empty if the prices are not known."""
    plan: TeacherPlan | None = None
    """What the whole build asks; None without its corpus."""

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges of all documents."""
        return [exchange for document in self.documents for exchange in document.exchanges]


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line of the table: the requests of one task in one round."""

    round: str
    task: str
    asked: int
    kept: int
    rejected: int
    failed: int
    prompt_tokens: int
    cached_tokens: int
    answer_tokens: int
    reasons: Mapping[str, int]
    """Rejections and failures by check or cause, the most frequent first."""


def build_sentence(preview: Preview) -> str:
    """Return one sentence about what the whole build asks, or about how to learn it."""
    plan = preview.plan
    if plan is None:
        return (
            "To learn what the whole build asks and costs, run `pipeline build-sft --plan` with an output folder, and "
            "then the preview with the same --output."
        )
    prompt, cached, answer = (
        sum(getattr(one, name) for one in plan.rounds) for name in ("prompt_tokens", "cached_tokens", "answer_tokens")
    )
    costs = f", {format_costs(plan.costs)}" if plan.costs else ""
    hours = f", {format_seconds(plan.hours * 3600)} of one worker" if plan.hours else ""
    return (
        f"The whole build has {plan.num_documents:,} documents and asks about {plan.requests:,} requests: {prompt:,} "
        f"prompt tokens ({cached:,} of them from the prefix cache), {answer:,} answer tokens{costs}{hours}."
    )


def format_costs(costs: Mapping[str, float]) -> str:
    """Format amounts by currency, such as `1.25 USD`; amounts below one have four decimals."""
    return " + ".join(f"{cost:,.2f} {name}" if cost >= 1 else f"{cost:.4f} {name}" for name, cost in costs.items())


def preview_lines(preview: Preview) -> list[PreviewLine]:
    """Return the table, in the order of the rounds. Tokens are those of replies, with stored ones."""
    groups: dict[tuple[Round, str], list[Exchange]] = {}
    for exchange in preview.exchanges:
        groups.setdefault((exchange.item.round, exchange.item.task), []).append(exchange)
    return [
        _line(round_.value, task, groups[round_, task])
        for round_ in Round
        for task in sorted(task for other, task in groups if other is round_)
    ]


def request_lines(preview: Preview) -> Iterator[dict[str, Any]]:  # Any: JSON
    """Yield one object for each request. `verdict` is `kept`, `rejected` or `failed`, and each request has one.

    A request whose draft was dropped by a later round keeps its verdict, has no `row`, and `dropped_later` says why.
    """
    for document in preview.documents:
        context = document.context
        for exchange in document.exchanges:
            item, reply, read = exchange.item, exchange.reply, exchange.read
            row, later = document.row_of(exchange), document.later_fault_of(exchange)
            yield {
                "doc_id": context.doc_id,
                "title": context.title,
                "source_uri": context.source_uri,
                "domain": context.domain,
                "language": context.language,
                "round": item.round.value,
                "task": item.task,
                "condition": item.condition.name if item.condition else "",
                "about": [draft.question for draft in item.sources],
                "segment": {"start": item.segment.start, "end": item.segment.end},
                "prompt_version": item.request.prompt_version,
                "prompt": _prompt(exchange),
                "reply": reply.text,
                "finish_reason": reply.finish_reason.value,
                "tokens": {
                    "prompt": reply.num_prompt_tokens,
                    "cached": reply.num_cached_tokens,
                    "answer": reply.num_answer_tokens,
                },
                "verdict": exchange.fate.value,
                "reason": exchange.reason,
                "detail": read.detail if isinstance(read, Dropped) else "",
                "dropped_later": {"reason": later.reason, "detail": later.detail} if later else None,
                "row": json_of(row) if row else None,
            }


def _line(round_: str, task: str, exchanges: list[Exchange]) -> PreviewLine:
    fates = Counter(exchange.fate for exchange in exchanges)
    reasons = Counter(exchange.reason for exchange in exchanges if exchange.fate is not Fate.KEPT)
    replies = [exchange.reply for exchange in exchanges]
    return PreviewLine(
        round=round_,
        task=task,
        asked=len(exchanges),
        kept=fates[Fate.KEPT],
        rejected=fates[Fate.REJECTED],
        failed=fates[Fate.FAILED],
        prompt_tokens=sum(reply.num_prompt_tokens for reply in replies),
        cached_tokens=sum(reply.num_cached_tokens for reply in replies),
        answer_tokens=sum(reply.num_answer_tokens for reply in replies),
        reasons=dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _prompt(exchange: Exchange) -> dict[str, Any]:  # Any: JSON
    prompt = exchange.item.request.prompt
    if isinstance(prompt, ChatPrompt):
        return {"messages": [asdict(message) for message in prompt.messages], "answer_schema": prompt.answer_schema}
    return {"text": prompt.text, "stop": list(prompt.stop)}
