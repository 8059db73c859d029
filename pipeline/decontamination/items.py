"""Evaluation items: the question, answer, context and text of one row of an evaluation set.

Takes a row (a JSON object or a table row) and the recipe's names of fields; returns the row's parts. The rows of many
published sets are understood without settings: lists of answers, choices as lists or as objects of lists, chat
messages, and questions nested below their context as in SQuAD. Used by `decontamination.sets`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.documents.rows import CONVERSATION_FIELDS

_ID_FIELDS = ("id", "_id", "question_id", "qid", "uid", "task_id", "guid", "idx")
_ROLE_FIELDS = ("role", "from", "speaker", "author")
_WORDS_FIELDS = ("content", "value", "text")
_ANSWERING = frozenset({"assistant", "gpt", "model", "bot", "chatbot"})
_INSTRUCTING = frozenset({"system", "developer", "tool"})
_OWN_ROW = frozenset({"messages", "evidence", "doc_ids"})
"""Fields that all rows of this project's `sft/` have."""
_LONG_MESSAGE_CHARS = 1_000
_MAX_DEPTH = 8


class ItemPart(StrEnum):
    """What a text is in its evaluation item."""

    QUESTION = "question"
    ANSWER = "answer"
    CONTEXT = "context"
    TEXT = "text"
    """A text that is evaluated itself, such as a held-out document."""


@dataclass(frozen=True, slots=True)
class PartText:
    """One text of an item."""

    part: ItemPart
    text: str


@dataclass(frozen=True, slots=True)
class ItemTexts:
    """An item of an evaluation set."""

    item_id: str
    """The row's own id; empty if it has none."""
    texts: tuple[PartText, ...]


def items_of_value(value: object, recipe: DecontaminationRecipe) -> Iterator[ItemTexts]:
    """Yield the items of a JSON value: of a row, of a list of rows, or of questions nested below shared contexts."""
    yield from _items(value, recipe, (), 0)


def _items(
    value: object, recipe: DecontaminationRecipe, inherited: tuple[PartText, ...], depth: int
) -> Iterator[ItemTexts]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for entry in value:
            yield from _items(entry, recipe, inherited, depth + 1)
    elif isinstance(value, Mapping):
        nested = [child for child in value.values() if _has_questions(child, recipe)] if depth < _MAX_DEPTH else []
        if nested and not _has_any(value, recipe.question_fields):
            contexts = inherited + tuple(_parts(value, recipe.context_fields, ItemPart.CONTEXT))
            for child in nested:
                yield from _items(child, recipe, contexts, depth + 1)
        else:
            yield ItemTexts(_id_of(value), (*_row_texts(value, recipe), *inherited))
    elif isinstance(value, str):
        yield ItemTexts("", (PartText(ItemPart.TEXT, value),))


def _has_questions(value: object, recipe: DecontaminationRecipe, depth: int = 0) -> bool:
    """Return whether a value is a list of objects that are, or contain, rows with a question."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or depth > _MAX_DEPTH:
        return False
    first = next((entry for entry in value if isinstance(entry, Mapping)), None)
    if first is None:
        return False
    below = any(_has_questions(child, recipe, depth + 1) for child in first.values())
    return _has_any(first, recipe.question_fields) or below


def _row_texts(row: Mapping[str, object], recipe: DecontaminationRecipe) -> Iterator[PartText]:
    found = [part for field in CONVERSATION_FIELDS for part in _messages(row, field)]
    if not found:
        for fields, part in (
            (recipe.question_fields, ItemPart.QUESTION),
            (recipe.answer_fields, ItemPart.ANSWER),
            (recipe.context_fields, ItemPart.CONTEXT),
            (recipe.text_fields, ItemPart.TEXT),
        ):
            found += _parts(row, fields, part)
    if not any(one.part in (ItemPart.QUESTION, ItemPart.TEXT) for one in found):
        known = {*recipe.answer_fields, *recipe.context_fields, *_ID_FIELDS}
        others = [name for name in row if name not in known]
        found += [PartText(ItemPart.QUESTION, text) for name in others for text in _strings(row[name])]
    yield from found


def _parts(row: Mapping[str, object], fields: Sequence[str], part: ItemPart) -> Iterator[PartText]:
    wanted = set(fields)
    for name, value in row.items():
        if str(name).lower() in wanted:
            for text in _strings(value):
                yield PartText(part, text)
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield PartText(part, str(value))


def _strings(value: object, depth: int = 0) -> Iterator[str]:
    """Yield all strings in a value, in order."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            value = list(value.values())
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            for entry in value:
                yield from _strings(entry, depth + 1)


def _messages(row: Mapping[str, object], field: str) -> Iterator[PartText]:
    value = row.get(field)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return
    long_part = ItemPart.TEXT if set(row) >= _OWN_ROW else ItemPart.CONTEXT
    for message in value:
        if not isinstance(message, Mapping):
            return
        role = next((str(message[name]).lower() for name in _ROLE_FIELDS if message.get(name)), "")
        words = "\n\n".join(next((list(_strings(message[n])) for n in _WORDS_FIELDS if message.get(n)), []))
        if not words or role in _INSTRUCTING:
            continue
        if role in _ANSWERING:
            yield PartText(ItemPart.ANSWER, words)
        elif len(words) < _LONG_MESSAGE_CHARS:
            yield PartText(ItemPart.QUESTION, words)
        else:
            before, _, last = words.rstrip().rpartition("\n\n")
            if before:
                yield PartText(long_part, before)
            yield PartText(ItemPart.QUESTION, last)


def _has_any(row: Mapping[str, object], fields: Sequence[str]) -> bool:
    return any(str(name).lower() in fields for name in row)


def _id_of(row: Mapping[str, object]) -> str:
    return next((str(row[name]) for name in _ID_FIELDS if isinstance(row.get(name), str | int)), "")
