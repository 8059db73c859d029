"""Renders the page of a preview: what the teacher was asked about a few documents, what it replied, what came of it.

Takes a `Preview`; returns one HTML file. Prompts that show a document begin alike, so the page has that beginning once
for each document, and of each prompt the rest. Documents and replies are untrusted, so the template escapes them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields

from pipeline.records import Candidate, Checks, Dropped
from pipeline.report.build_samples import Quote, quote_of
from pipeline.report.page import format_count, format_plural, format_share, render_page
from pipeline.report.previewed import Preview, PreviewedDocument, build_sentence, format_costs, preview_lines
from pipeline.synthesize.written.draft import Round
from pipeline.synthesize.written.exchange import Exchange, Fate

_HEAD_CHARS, _TAIL_CHARS = 600, 1400
"""What is shown of a longer text before it is unfolded."""
_MAX_WHOLE_CHARS = 60_000
"""The maximum length of a text that the page holds whole; `preview.jsonl` has longer ones."""
_MAX_STRUCTURAL = 3
_MAX_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text, and its head and tail if it is long."""

    num_chars: int
    head: str
    tail: str
    """Empty if the head is all of the text."""
    whole: str
    """Empty if the head is all of the text, or if the text is too long for the page."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A question and its answer."""

    task: str
    question: str
    answer: str
    quotes: tuple[Quote, ...]
    num_more_quotes: int
    checks: tuple[tuple[str, str], ...]
    """The name and the result of each check that was made."""


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """A request on the page."""

    number: int
    """The line of the request in `preview.jsonl`, from 1."""
    exchange: Exchange
    has_beginning: bool
    """Whether the prompt starts with the beginning that the page shows once for the document."""
    prompt: Excerpt
    """The prompt, without that beginning."""
    row: ShownRow | None
    later: Dropped | None
    """Why the draft that the reply became was dropped in a later round."""


@dataclass(frozen=True, slots=True)
class ShownRound:
    """The requests of one round about one document."""

    name: str
    explained: str
    exchanges: tuple[ShownExchange, ...]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document on the page."""

    document: PreviewedDocument
    beginning: Excerpt | None
    """How most prompts begin: with the document, unless it is shown in pieces. None if they share no line."""
    structural: tuple[ShownRow, ...]
    rounds: tuple[ShownRound, ...]


def render_preview(preview: Preview) -> str:
    """Return the HTML page of a preview."""
    exchanges = preview.exchanges
    num_written = sum(len(document.written) for document in preview.documents)
    prompt_tokens = sum(exchange.reply.num_prompt_tokens for exchange in exchanges)
    cached_tokens = sum(exchange.reply.num_cached_tokens for exchange in exchanges)
    documents = []
    number = 1
    for document in preview.documents:
        documents.append(_shown_document(document, number))
        number += len(document.exchanges)
    return render_page(
        "preview.html",
        preview=preview,
        headline=_headline(preview, num_written),
        figures=[
            ("Documents", format_count(len(preview.documents))),
            ("Requests", format_count(len(exchanges))),
            ("Written rows", format_count(num_written)),
            ("Structural questions", format_count(sum(len(document.structural) for document in preview.documents))),
            ("Prompt tokens", format_count(prompt_tokens)),
            ("Answer tokens", format_count(sum(exchange.reply.num_answer_tokens for exchange in exchanges))),
            *([("Cost", format_costs(preview.costs))] if preview.costs else []),
            *([("From prefix cache", format_share(cached_tokens / prompt_tokens))] if cached_tokens else []),
        ],
        lines=preview_lines(preview),
        build_sentence=build_sentence(preview) if exchanges else "",
        documents=documents,
        fates=Fate,
    )


def excerpt_of(text: str) -> Excerpt:
    """Return a text with its head and tail, for a page."""
    if len(text) <= _HEAD_CHARS + _TAIL_CHARS:
        return Excerpt(len(text), text, "", "")
    whole = text if len(text) <= _MAX_WHOLE_CHARS else ""
    return Excerpt(len(text), text[:_HEAD_CHARS], text[-_TAIL_CHARS:], whole)


def common_beginning(prompts: Sequence[str]) -> str:
    """Return the longest beginning, of whole lines, of the first prompt that most of the others have too.

    Example:
        >>> common_beginning(["Lease\\nQuestion one", "Lease\\nQuestion two", "Recall it"])
        'Lease\\n'
    """
    shared = sorted((_num_shared(prompts[0], other) for other in prompts[1:]), reverse=True)
    if not shared:
        return ""
    length = shared[(len(shared) - 1) // 2]
    return prompts[0][: prompts[0].rfind("\n", 0, length) + 1]


def _num_shared(one: str, other: str) -> int:
    """Return the number of characters with which both texts begin."""
    return bisect_left(range(1, min(len(one), len(other)) + 1), True, key=lambda end: one[:end] != other[:end])


def _headline(preview: Preview, num_written: int) -> str:
    documents = format_plural(len(preview.documents), "document")
    exchanges = preview.exchanges
    if not exchanges:
        return f"The recipe asks no teacher about these {documents}."
    num_failed = sum(exchange.fate is Fate.FAILED for exchange in exchanges)
    failed = (
        f" {format_plural(num_failed, 'request')} failed or wait{'s' if num_failed == 1 else ''}." if num_failed else ""
    )
    became = f"{format_plural(len(exchanges), 'request')} about {documents} became {format_plural(num_written, 'row')}."
    return became + failed


def _shown_document(document: PreviewedDocument, first_number: int) -> ShownDocument:
    prompts = [exchange.prompt for exchange in document.exchanges]
    beginning = common_beginning(prompts) if prompts else ""
    shown = [
        _shown_exchange(document, exchange, number, beginning)
        for number, exchange in enumerate(document.exchanges, start=first_number)
    ]
    rounds = []
    for round_ in Round:
        of_round = tuple(one for one in shown if one.exchange.item.round is round_)
        if of_round:
            rounds.append(ShownRound(round_.value, _ROUND_WORDS.get(round_.value, ""), of_round))
    return ShownDocument(
        document=document,
        beginning=excerpt_of(beginning) if beginning else None,
        structural=tuple(_shown_row(document, row) for row in _spread(document.structural)),
        rounds=tuple(rounds),
    )


def _shown_exchange(document: PreviewedDocument, exchange: Exchange, number: int, beginning: str) -> ShownExchange:
    row, prompt = document.row_of(exchange), exchange.prompt
    has_beginning = bool(beginning) and prompt.startswith(beginning)
    return ShownExchange(
        number=number,
        exchange=exchange,
        has_beginning=has_beginning,
        prompt=excerpt_of(prompt.removeprefix(beginning) if has_beginning else prompt),
        row=_shown_row(document, row) if row else None,
        later=document.later_fault_of(exchange),
    )


def _shown_row(document: PreviewedDocument, row: Candidate) -> ShownRow:
    quotes = tuple(
        quote_of(document.context, evidence.start, evidence.end, evidence.depth)
        for evidence in row.evidence[:_MAX_QUOTES]
    )
    return ShownRow(
        task=row.task,
        question=row.question,
        answer=row.answer,
        quotes=quotes,
        num_more_quotes=len(row.evidence) - len(quotes),
        checks=tuple(_results(row.checks)),
    )


def _results(checks: Checks) -> list[tuple[str, str]]:
    """Return the checks that were made, with their results."""
    found = []
    for field in fields(checks):
        value = getattr(checks, field.name)
        if value is None or value == "":
            continue
        name = field.name.replace("_", " ")
        said = ("yes" if value else "no") if isinstance(value, bool) else value if isinstance(value, str) else ""
        found.append((name, said or format_share(value)))
    return found


def _spread(rows: Sequence[Candidate]) -> list[Candidate]:
    """Return at most three rows, of different tasks if possible, from the beginning to the end of the document."""
    firsts = list({row.task: row for row in reversed(rows)}.values())
    others = [row for row in rows if row not in firsts]
    pool = sorted(firsts, key=rows.index) if len(firsts) >= _MAX_STRUCTURAL else [*firsts, *others]
    count = min(_MAX_STRUCTURAL, len(pool))
    chosen = [pool[index * len(pool) // count] for index in range(count)]
    return sorted(chosen, key=rows.index)


_ROUND_WORDS = {
    "atoms": "Questions, answers and summaries about one segment each.",
    "merges": "Questions made of kept drafts.",
    "attempts": "Questions answered again by a teacher that does not see the answer.",
    "judge": "A judge's verdict on each draft.",
}
