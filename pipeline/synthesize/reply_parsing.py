"""Parses a teacher's reply in chat form: takes reasoning and one code fence off, and reads the JSON object strictly.

Nothing else is repaired. A reply that the reader cannot use becomes a fault; `{"nothing": true}` says that the segment
holds nothing to ask about; with a schema, the field is there in every reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.records import Dropped

_END_OF_REASONING = "</think>"
_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
"""A reply inside a Markdown code fence."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which cannot be written as UTF-8."""


@dataclass(frozen=True, slots=True)
class AskedAtom:
    """A question with its answer and the quotes that prove it, as the teacher wrote them."""

    question: str
    answer: str
    quotes: tuple[str, ...]


def parse_atom(text: str, *, max_quotes: int) -> AskedAtom | Dropped:
    """Return the question, the answer and the quotes of a reply, or the fault in the reply.

    Args:
        text: the reply.
        max_quotes: maximum number of quotes. A single string as evidence is one quote.
    """
    fields = parse_object(text, ("question", "answer", "evidence"))
    if isinstance(fields, Dropped):
        return fields
    quotes = listed_strings(fields["evidence"])
    if not quotes:
        return Dropped("wrong_fields", "The evidence must be a string, or a list of strings that is not empty.")
    if fault := quotes_fault(quotes, most=max_quotes):
        return fault
    question, answer = fields["question"], fields["answer"]
    if not isinstance(question, str) or not isinstance(answer, str):
        return Dropped("wrong_fields", "The question and the answer must be strings.")
    return AskedAtom(question.strip(), answer.strip(), quotes)


def listed_strings(value: object) -> tuple[str, ...]:
    """Return a list of strings without white space at their ends. A single string is a list of one; all else is empty.

    Models write one quote with and without brackets.
    """
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return ()
    return tuple(item.strip() for item in items)


def quotes_fault(quotes: Sequence[str], *, most: int, of: str = "The evidence") -> Dropped | None:
    """Return a fault if there are too many quotes: a model that quotes everything has not found the proof.

    Args:
        quotes: the quotes.
        most: the maximum number.
        of: what has the quotes, at the beginning of a sentence.
    """
    if len(quotes) <= most:
        return None
    return Dropped("wrong_fields", f"{of} has {len(quotes)} quotes; at most {most} are allowed.")


def parse_summary(text: str) -> str | Dropped:
    """Return the summary of a reply, or the fault in the reply."""
    fields = parse_object(text, ("summary",))
    if isinstance(fields, Dropped):
        return fields
    summary = fields["summary"]
    if not isinstance(summary, str):
        return Dropped("wrong_fields", "The summary must be a string.")
    return summary.strip()


def json_fields(text: str, keys: tuple[str, ...]) -> dict[str, object] | Dropped:
    """Return the JSON object of a reply, which has exactly these keys and no broken text; anything else is a fault."""
    value = _json_of(text)
    if isinstance(value, Dropped):
        return value
    return _with_keys(value, keys)


def parse_object(text: str, keys: tuple[str, ...]) -> dict[str, object] | Dropped:
    """Return the JSON object of a reply as `json_fields` does, or the fault that there is nothing to ask.

    With a schema, the field `nothing` is there in every reply.
    """
    value = _json_of(text)
    if isinstance(value, Dropped):
        return value
    if isinstance(value, dict) and value.get("nothing") is True:
        return Dropped("nothing_to_ask", "The teacher found nothing to ask about.")
    if isinstance(value, dict) and value.get("nothing") is False:
        value = {key: item for key, item in value.items() if key != "nothing"}
    return _with_keys(value, keys)


def _with_keys(value: object, keys: tuple[str, ...]) -> dict[str, object] | Dropped:
    if not isinstance(value, dict) or set(value) != set(keys):
        return Dropped("wrong_fields", f"The reply must be an object with exactly these fields: {', '.join(keys)}.")
    return _not_text(list(_strings_in(value))) or value


def _json_of(text: str) -> object:
    """Return the parsed JSON of a reply, or the fault."""
    try:
        parsed: object = json.loads(_without_wrapping(text))
    except json.JSONDecodeError as error:
        return Dropped("not_json", f"{error.msg} at character {error.pos}.")
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, or brackets nested too deeply
        return Dropped("not_json", f"{type(error).__name__}.")
    return parsed


def _strings_in(value: object) -> Iterator[str]:
    """Yield the strings of a JSON value, which may be nested as deeply as the parser allows."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += [*found, *found.values()]


def _not_text(strings: list[str]) -> Dropped | None:
    if any(_SURROGATE.search(string) for string in strings):
        return Dropped("not_text", "A string holds half of a surrogate pair.")
    return None


def _without_wrapping(text: str) -> str:
    """Return a reply without reasoning that ends with `</think>` and without a code fence around the rest."""
    answer = text.strip()
    if not answer.startswith("{") and _END_OF_REASONING in answer:
        answer = answer.rpartition(_END_OF_REASONING)[2].strip()
    fenced = _FENCE.fullmatch(answer)
    return fenced[1] if fenced else answer
