"""Conversations under a chat template, in which it is known what the template wrote and what the messages say.

In: messages and a model reference. Out: texts in which the template's control tokens have hidden names (`control`) and
whatever looks like one in a message is text. Used by `conversation`.

In the messages that the template is given, the first character of every control token is a *stand-in*, a character that
none of them has, and a stand-in is put before the first and after the last character that is not white space, so that
no token can come about across the edge of a message. So the control tokens that are found in what comes out are the
template's. It sees everything else: it may trim, branch, repeat and leave out. What it must not do is to change what a
message says; that is checked, on each conversation, against the messages rendered as they are.

Cost: two or three renderings and three searches; 5 % of encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.control import ControlTokens, stand_ins
from pipeline.tokens.tokenizer import chat_templates, control_tokens_of, load_tokenizer

Turn = dict[str, str]


@dataclass(frozen=True, slots=True)
class RenderedConversation:
    """Concatenate the parts to the whole conversation."""

    parts: tuple[str, ...]
    """Prompts and answers in turn; control tokens of the template under their hidden names."""
    num_control_strings: int
    """Places in the messages that this tokenizer or one of a common family would read as a control token."""


def render_conversation(messages: Sequence[Message], reference: str) -> RenderedConversation:
    """Up to and with the last assistant's turn; each answer is what follows its prompt, its end of turn included.

    Raises:
        InputError: there is no chat template; or it refuses the messages, changes what they say, or rewrites earlier
            turns.
    """
    last = max((index for index, message in enumerate(messages) if message.role == "assistant"), default=-1)
    rendering = _Rendering(messages[: last + 1], reference)
    parts: list[str] = []
    rendered = ""
    for index, message in enumerate(rendering.messages):
        if message.role != "assistant":
            continue
        before, after = rendering.prompt(index), rendering.whole(index + 1)
        if not (before.startswith(rendered) and after.startswith(before)):
            raise InputError(
                f"The chat template of '{reference}' rewrites earlier turns.",
                remedy="Use rows with one question and one answer, or another template.",
            )
        parts += [before[len(rendered) :], after[len(before) :]]
        rendered = after
    return RenderedConversation(tuple(rendering.hidden(part) for part in parts), rendering.num_control_strings)


def render_prompt(messages: Sequence[Message], reference: str) -> str:
    """The messages and what opens the assistant's turn, control tokens of the template under their hidden names.

    Raises:
        InputError: there is no chat template, or it refuses the messages or changes what they say.
    """
    rendering = _Rendering(messages, reference)
    return rendering.hidden(rendering.prompt(len(messages)))


class _Rendering:
    """One conversation with its stand-ins."""

    def __init__(self, messages: Sequence[Message], reference: str) -> None:
        if not chat_templates(reference):
            raise InputError(
                f"The tokenizer of '{reference}' has no chat template.",
                remedy="Use an instruct model, or one whose tokenizer has a chat_template.",
            )
        self.messages = tuple(messages)
        self._reference = reference
        self._controls: ControlTokens = control_tokens_of(reference)
        contents = [message.content for message in messages]
        self.num_control_strings = sum(
            sum(1 for _ in self._controls.own_or_known.finditer(content)) for content in contents
        )
        firsts = sorted({name[0] for name in self._controls.hidden_names})
        edge, *others = stand_ins(contents, 1 + len(firsts))
        self._edge = edge
        self._stand_ins = dict(zip(firsts, others, strict=True))
        self._marked = [_marked(content, self._controls, self._stand_ins, edge) for content in contents]

    def prompt(self, num_messages: int) -> str:
        """The first messages and what opens the assistant's turn."""
        return self._checked(lambda turns: _render(turns, self._reference, opens_answer=True), num_messages)

    def whole(self, num_messages: int) -> str:
        """The first messages."""
        return self._checked(lambda turns: _render(turns, self._reference, opens_answer=False), num_messages)

    def hidden(self, text: str) -> str:
        """Hide the control tokens of the template, then take the stand-ins back."""
        return self._restored(self._controls.hide(text))

    def _checked(self, render: Callable[[list[Turn]], str], num_messages: int) -> str:
        messages, marked = self.messages[:num_messages], self._marked[:num_messages]
        found = render([{"role": m.role, "content": text} for m, text in zip(messages, marked, strict=True)])
        plain = render([{"role": m.role, "content": m.content} for m in messages])
        if self._restored(found) == plain:
            return found
        if any(self._has_stand_in(text) for text in marked):
            # The template may treat such messages otherwise; all the same it has to leave them as they are.
            is_kept = all(
                text.strip() in found or message.content.strip() not in plain
                for message, text in zip(messages, marked, strict=True)
            )
        else:
            # Without the edges it is the template of always, if these are all of its control tokens.
            own = self._controls.own
            is_kept = [m.group() for m in own.finditer(found)] == [m.group() for m in own.finditer(plain)]
            found = plain
        if is_kept:
            return found
        raise InputError(
            f"The chat template of '{self._reference}' changes what messages say, so that its control tokens cannot be "
            "told from theirs.",
            remedy="Use a template that writes the content of a message as it is, but for white space around it.",
        )

    def _has_stand_in(self, text: str) -> bool:
        return any(stand_in in text for stand_in in self._stand_ins.values())

    def _restored(self, text: str) -> str:
        text = text.replace(self._edge, "")
        for first, stand_in in self._stand_ins.items():
            text = text.replace(stand_in, first)
        return text


def _marked(content: str, controls: ControlTokens, stand_ins: dict[str, str], edge: str) -> str:
    core = content.strip()
    if not core:
        return content
    start = content.index(core)
    before, after = content[:start], content[start + len(core) :]
    # Tokens may overlap, so that one comes to light when the other is gone.
    while controls.own.search(core):
        core = controls.own.sub(lambda found: stand_ins[found.group()[0]] + found.group()[1:], core)
    return f"{before}{edge}{core}{edge}{after}"


def _render(turns: list[Turn], reference: str, *, opens_answer: bool) -> str:
    from jinja2 import TemplateError

    tokenizer: Any = load_tokenizer(reference)
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=opens_answer))
    except TemplateError as error:
        raise InputError(
            f"The chat template of '{reference}' refuses a conversation of {' and '.join(t['role'] for t in turns)}: "
            f"{error}.",
            remedy="Use a model whose template takes these turns.",
        ) from error
