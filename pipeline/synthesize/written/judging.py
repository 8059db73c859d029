"""Asks a judge about one draft, and reads the verdict: claims, what is missing, other places, attempts.

The judge is the teacher itself or another model. The prompt begins like all prompts about the document. Then come the
rules and a worked example, which are the same for all drafts of a kind, and last the draft; a server therefore computes
most of it once. The judge does not learn what an attempt saw: attempts are named by letters. `verdict.decide` decides
by the verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from pipeline.records import Context, Dropped, Message, TaskFamily
from pipeline.synthesize.evidence import holds_quote, locate_quote, squeezed
from pipeline.synthesize.prompts.chat import document_prefix, object_schema, strict_object
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.reply_parsing import json_fields
from pipeline.synthesize.teachers.protocol import ChatPrompt
from pipeline.synthesize.written.agreement import missing_value_of
from pipeline.synthesize.written.attempts import Attempt
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.verdict import MissingPoint, RatedAttempt, RatedClaim, Verdict

TEMPLATES = "judge"
"""The name of the file of wordings, for `task_templates` and `prompt_version`."""
_MAX_REPEATED_SHARE = 0.5
"""Up to this share of the document, a summary's section is shown again below the document."""
_RATINGS = (0, 0.5, 1)
_ELLIPSIS = re.compile(r"\s*[\[(]?(?:…|\.{3,})[\])]?\s*")
"""What a model leaves out of a quote."""
_STRING = {"type": "string"}
_RATING = {"type": "number", "enum": list(_RATINGS)}


@dataclass(frozen=True, slots=True)
class Submission:
    """A draft with all that a judge needs to see with it."""

    draft: Draft
    family: TaskFamily
    """The family of the draft's task. A summary is judged against its section, without other places and attempts."""
    attempts: tuple[Attempt, ...] = ()
    """At most 26."""
    before: Draft | None = None
    """The draft whose turn comes before a follow-up question."""

    @property
    def is_summary(self) -> bool:
        """Whether the draft is a summary."""
        return self.family is TaskFamily.SUMMARY

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the verdict, in the order in which the judge writes them."""
        if self.is_summary:
            return ("claims", "missing")
        return ("claims", "missing", "uniqueness", *(("attempts",) if self.attempts else ()))


def judge_prompt(submission: Submission, *, context: Context, document: str) -> ChatPrompt:
    """Return the prompt that asks a judge about a draft.

    Args:
        submission: the draft and what belongs to it.
        context: the document.
        document: the document, or the part of it that the judge sees.
    """
    words = task_templates(TEMPLATES, context.language)
    labels = words["labels"]
    system, prefix = document_prefix(document, context.language)
    parts = [
        *_rules(submission, words),
        _example(submission, words),
        labels["reply"],
        _case(submission, context, labels),
    ]
    content = prefix + "\n\n".join(part.strip() for part in parts)
    return ChatPrompt(messages=(system, Message(role="user", content=content)), answer_schema=_schema(submission))


def read_verdict(
    text: str, submission: Submission, *, context: Context, document: str, judge: str
) -> Verdict | Dropped:
    """Return the verdict in a reply, or the fault in the reply.

    The claims together must have every value of the answer that the question does not have: a judge who leaves one out
    has not judged the whole answer. A quote of another place that answers differently counts only if the document has
    it, and not in the draft's evidence or overlapping it. If the judge names no such place, the answer is unique only
    if the judge saw the whole document.

    Args:
        text: the reply.
        submission: what the judge was asked about.
        context: the document.
        document: what the judge saw of it.
        judge: the judge's name.
    """
    values = json_fields(text, submission.fields)
    if isinstance(values, Dropped):
        return values
    claims = _claims(values["claims"], submission, context)
    if isinstance(claims, Dropped):
        return claims
    unrated = missing_value_of(
        submission.draft.answer,
        "\n".join(rated.claim for rated in claims),
        question=submission.draft.question,
        language=context.language,
    )
    if unrated is not None:
        return Dropped("claims_incomplete", f"No claim of the judge has '{unrated}' of the answer.")
    missing = _missing(values["missing"])
    if isinstance(missing, Dropped):
        return missing
    attempts = _attempts(values.get("attempts", []), submission.attempts)
    if isinstance(attempts, Dropped):
        return attempts
    is_unique: bool | None = None
    rationale = other = ""
    if not submission.is_summary:
        found = _texts(values["uniqueness"], ("rationale", "other_answer"))
        if isinstance(found, Dropped):
            return found
        rationale, other = found
        is_unique = _is_unique(other, submission.draft, context, document)
    return Verdict(
        judge=judge,
        family=submission.family,
        claims=claims,
        missing=missing,
        is_unique=is_unique,
        other_answer=other,
        uniqueness_rationale=rationale,
        attempts=attempts,
    )


def _rules(submission: Submission, words: Any) -> list[str]:  # Any: the tree of one YAML file
    """Return the rules for the fields of a verdict, in order."""
    rules = words["rules"]
    shown = [rules["opening"], rules["claims"]]
    if submission.family is TaskFamily.NOT_ANSWERABLE:
        shown.append(rules["not_answerable"])
    if submission.is_summary:
        return [*shown, rules["missing_points"]]
    shown += [rules["missing_parts"], rules["uniqueness"]]
    return [*shown, rules["attempts"]] if submission.attempts else shown


def _example(submission: Submission, words: Any) -> str:
    """Return the worked example, with the fields that the verdict on the draft has."""
    labels = words["labels"]
    if submission.is_summary:
        example = words["examples"]["summary"]
        case = [f"{labels['section']}\n{example['section']}", f"{labels['summary']}\n{example['answer']}"]
    else:
        example = words["examples"]["answer"]
        case = [
            f"{labels['document']}\n{example['document']}",
            f"{labels['question']}\n{example['question']}",
            f"{labels['answer']}\n{example['answer']}",
            _quotes(example["evidence"], labels),
        ]
        if submission.attempts:
            case += _lettered([(one["answer"], one["answerable"]) for one in example["attempts"]], labels)
    verdict = json.loads(example["verdict"])
    shown = json.dumps({name: verdict[name] for name in submission.fields}, ensure_ascii=False)
    return "\n\n".join([labels["example"], *case, f"{labels['verdict']}\n{shown}"])


def _case(submission: Submission, context: Context, labels: Any) -> str:
    """Return the draft with all that belongs to it."""
    draft = submission.draft
    quotes = [context.text[span.start : span.end] for span in draft.evidence]
    if submission.is_summary:
        section = _section(draft, context, labels)
        return f"{labels['section']}\n{section}\n\n{labels['summary']}\n{draft.answer}"
    before = submission.before
    earlier = [f"{labels['earlier']}\n{before.question}\n{before.answer}"] if before is not None else []
    attempts = [(attempt.answer, attempt.answerable) for attempt in submission.attempts]
    parts = [f"{labels['question']}\n{draft.question}", f"{labels['answer']}\n{draft.answer}", _quotes(quotes, labels)]
    return "\n\n".join([*earlier, *parts, *_lettered(attempts, labels)])


def _section(draft: Draft, context: Context, labels: Any) -> str:
    """Return the text that a summary is about; not a second time if it is most of the document."""
    parts = [context.text[span.start : span.end] for span in draft.segments]
    if sum(map(len, parts)) > _MAX_REPEATED_SHARE * len(context.text):
        return str(labels["whole"])
    return "\n\n".join(parts)


def _quotes(quotes: Sequence[str], labels: Any) -> str:
    return "\n".join([labels["evidence"], *(f"- {' '.join(quote.split())}" for quote in quotes)])


def _lettered(attempts: Sequence[tuple[str, bool]], labels: Any) -> list[str]:
    assert len(attempts) <= len(ascii_uppercase), "an attempt is named by a letter"
    shown = []
    for letter, (answer, answerable) in zip(ascii_uppercase, attempts, strict=False):
        refusal = [] if answerable else [labels["not_answerable"]]
        shown.append("\n".join([f"{labels['attempt']} {letter}", *(part for part in (answer, *refusal) if part)]))
    return shown


def _schema(submission: Submission) -> str:
    """Return the JSON schema of a verdict. In each object, the rationale stands before the rating."""
    claim = {"claim": _STRING, "quote": _STRING, "rationale": _STRING, "support": _RATING}
    point = {"point": _STRING, "rationale": _STRING, "important": {"type": "boolean"}}
    attempt = {"attempt": _STRING, "rationale": _STRING, "agreement": _RATING}
    parts: dict[str, object] = {
        "claims": {"type": "array", "items": strict_object(claim)},
        "missing": {"type": "array", "items": strict_object(point)},
        "uniqueness": strict_object({"rationale": _STRING, "other_answer": _STRING}),
        "attempts": {"type": "array", "items": strict_object(attempt)},
    }
    return object_schema({name: parts[name] for name in submission.fields})


def _claims(value: object, submission: Submission, context: Context) -> tuple[RatedClaim, ...] | Dropped:
    items = _items(value, "claims")
    if isinstance(items, Dropped):
        return items
    if not items:
        return Dropped("wrong_fields", "The judge found no claim in the answer.")
    text = squeezed(context.text)
    found = []
    for item in items:
        read = _texts(item, ("claim", "quote", "rationale"), rated="support")
        if isinstance(read, Dropped):
            return read
        claim, quote, rationale = read
        support = _rating(item, "support")
        if isinstance(support, Dropped):
            return support
        needs_none = submission.family is TaskFamily.NOT_ANSWERABLE and not quote
        found.append(RatedClaim(claim, quote, rationale, support, needs_none or _is_quoted(quote, text)))
    return tuple(found)


def _missing(value: object) -> tuple[MissingPoint, ...] | Dropped:
    items = _items(value, "missing")
    if isinstance(items, Dropped):
        return items
    found = []
    for item in items:
        read = _texts(item, ("point", "rationale"), rated="important")
        if isinstance(read, Dropped):
            return read
        important = item["important"]
        if not isinstance(important, bool):
            return Dropped("wrong_fields", "`important` must be true or false.")
        point, rationale = read
        found.append(MissingPoint(point, rationale, important))
    return tuple(found)


def _attempts(value: object, asked: Sequence[Attempt]) -> tuple[RatedAttempt, ...] | Dropped:
    items = _items(value, "attempts")
    if isinstance(items, Dropped):
        return items
    if len(items) != len(asked):
        return Dropped("wrong_fields", f"The judge rated {len(items)} attempts of {len(asked)}.")
    found = []
    for item, attempt, wanted in zip(items, asked, ascii_uppercase, strict=False):
        read = _texts(item, ("attempt", "rationale"), rated="agreement")
        if isinstance(read, Dropped):
            return read
        letter, rationale = read
        if letter != wanted:
            return Dropped("wrong_fields", f"The judge rated attempt '{letter}' where {wanted} is due.")
        agreement = _rating(item, "agreement")
        if isinstance(agreement, Dropped):
            return agreement
        found.append(RatedAttempt(attempt.condition, rationale, agreement))
    return tuple(found)


def _items(value: object, name: str) -> list[dict[str, object]] | Dropped:
    """Return a list of objects."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return Dropped("wrong_fields", f"`{name}` must be a list of objects.")


def _texts(value: object, keys: tuple[str, ...], *, rated: str = "") -> tuple[str, ...] | Dropped:
    """Return the strings of an object that has exactly these keys and perhaps one rating."""
    wanted = {*keys, rated} - {""}
    if not isinstance(value, dict) or set(value) != wanted or not all(isinstance(value[key], str) for key in keys):
        return Dropped("wrong_fields", f"An object must have exactly these fields: {', '.join(sorted(wanted))}.")
    return tuple(value[key].strip() for key in keys)


def _rating(item: dict[str, object], name: str) -> float | Dropped:
    """Return a rating: 1, 0.5 or 0, and no string or boolean in its place."""
    value = item[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in _RATINGS:
        return Dropped("wrong_fields", f"`{name}` must be 1, 0.5 or 0.")
    return float(value)


def _is_unique(other: str, draft: Draft, context: Context, document: str) -> bool | None:
    """Return whether the judge's words show that the answer is unique; None if they show nothing."""
    if not other:
        return True if document == context.text else None
    text, pieces = context.text, _pieces(other)
    for piece in pieces:
        place = locate_quote(piece, text=text, start=0, end=len(text))
        if place is None or any(place[0] < span.end and span.start < place[1] for span in draft.evidence):
            return None
        if any(holds_quote(piece, squeezed_text=squeezed(text[span.start : span.end])) for span in draft.evidence):
            return None
    return False if pieces else None


def _is_quoted(quote: str, squeezed_text: str) -> bool:
    pieces = _pieces(quote)
    return bool(pieces) and all(holds_quote(piece, squeezed_text=squeezed_text) for piece in pieces)


def _pieces(quote: str) -> list[str]:
    """Return the parts of a quote between ellipses, such as `the Tenant … 900 euros`."""
    return [piece for piece in _ELLIPSIS.split(quote) if piece]
