"""Turns a row of a user's own instruction data into a conversation of user and assistant turns.

Takes a parsed row in one of the usual forms: OpenAI's `messages`, ShareGPT's `conversations`, TRL's `prompt` and
`completion` (texts or messages), Alpaca's `instruction`, `input` and `output`. Used by `stages.short_rows`. A row in
none of these forms, or that would not teach as it is, is dropped with the reason; nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.records import Dropped, Message

_LISTS = ("messages", "conversations")
_PAIRS = (("prompt", "completion"), ("prompt", "response"), ("question", "answer"))
_ANSWERS = ("output", "response")
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
}


def own_conversation(row: object) -> tuple[Message, ...] | Dropped:
    """Return the turns of a row, first the user's, last the assistant's; or why there are none.

    A system message becomes the beginning of the first user message, because not every chat template has one. A user
    message at the end, which nobody answers, is left out.
    """
    if not isinstance(row, Mapping):
        return Dropped("no_conversation", "The row is no object.")
    turns = _turns(row)
    return turns if isinstance(turns, Dropped) else _alternating(turns)


def _turns(row: Mapping[str, object]) -> list[Message] | Dropped:
    for field in _LISTS:
        if isinstance(row.get(field), Sequence) and not isinstance(row.get(field), str):
            return _messages(row[field])
    for asked, answered in _PAIRS:
        if asked in row and answered in row:
            return _pair(row, asked, answered)
    if isinstance(row.get("instruction"), str):
        answer = next((row[name] for name in _ANSWERS if isinstance(row.get(name), str)), None)
        if isinstance(answer, str):
            asked = "\n\n".join(str(row[name]) for name in ("instruction", "input") if _has_text(row.get(name)))
            system = [Message("system", str(row["system"]))] if _has_text(row.get("system")) else []
            return [*system, Message("user", asked), Message("assistant", answer)]
    shown = ", ".join(sorted(str(name)[:40] for name in row)[:8]) or "none"
    wanted = "messages, prompt and completion, or instruction and output"
    return Dropped("no_conversation", f"The row has none of {wanted}; its fields are {shown}.")


def _pair(row: Mapping[str, object], asked: str, answered: str) -> list[Message] | Dropped:
    prompt, completion = row[asked], row[answered]
    if isinstance(prompt, str) and isinstance(completion, str):
        return [Message("user", prompt), Message("assistant", completion)]
    both = [_messages(prompt), _messages(completion)]
    faults = [part for part in both if isinstance(part, Dropped)]
    return faults[0] if faults else [message for part in both if not isinstance(part, Dropped) for message in part]


def _messages(value: object) -> list[Message] | Dropped:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return Dropped("no_conversation", f"The messages are a {type(value).__name__}, not a list.")
    found = []
    for number, item in enumerate(value, start=1):
        if not isinstance(item, Mapping):
            return Dropped("no_conversation", f"Message {number} is no object.")
        named = item.get("role", item.get("from"))
        role = _ROLES.get(str(named).lower())
        if item.get("tool_calls") or item.get("function_call") or str(named).lower() in ("tool", "function"):
            return Dropped("has_tools", f"Message {number} calls a tool or is its result.")
        if role is None:
            return Dropped("unknown_role", f"Message {number} has the role {str(named)[:40]!r}.")
        text = _text(item.get("content", item.get("value")))
        if text is None:
            return Dropped("not_text", f"Message {number} is not only text.")
        found.append(Message(role, text))
    return found


def _text(content: object) -> str | None:
    """Return a message's text: a string, or parts that are all text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return None
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
    kinds = {part.get("type", "text") for part in content if isinstance(part, Mapping)}
    strings = [text for text in texts if isinstance(text, str)]
    return "".join(strings) if len(strings) == len(texts) and kinds <= {"text"} and strings else None


def _alternating(turns: Sequence[Message]) -> tuple[Message, ...] | Dropped:
    system = [turn.content for turn in turns if turn.role == "system" and turn.content.strip()]
    rest = [turn for turn in turns if turn.role != "system"]
    if rest and rest[-1].role == "user":
        rest.pop()
    if any(turn.role == "system" for turn in turns[1:]):
        return Dropped("not_alternating", "A system message is not the first message.")
    if not rest:
        return Dropped("no_conversation", "No user message is answered.")
    if [turn.role for turn in rest] != ["user", "assistant"] * (len(rest) // 2):
        roles = ", ".join(turn.role for turn in rest[:8])
        return Dropped("not_alternating", f"User and assistant do not take turns: {roles}.")
    if empty := next((turn for turn in rest if not turn.content.strip()), None):
        return Dropped("empty_turn", f"A message of the {empty.role} is empty.")
    first = "\n\n".join([*system, rest[0].content])
    return (Message("user", first), *rest[1:])


def _has_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
