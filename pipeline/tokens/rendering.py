"""Render conversations with a chat template, and keep its control tokens apart from the text of the messages.

Takes messages and a model reference; returns texts in which the template's control tokens have hidden names (`control`)
and anything in a message that looks like one is text. Used by `conversation`.

The template gets changed messages. The first character of every control token in them is replaced by a *stand-in*, a
character that no message contains. Another stand-in is put before the first and after the last character that is not
white space, so that no token can form across the edge of a message. So all control tokens found in the output are the
template's. The template sees everything else: it may trim, branch, repeat and leave out. It must not change what a
message says. Each conversation is checked for this, against the messages rendered unchanged.

Cost: three renderings and three searches; a few percent of encoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.control import ControlTokens, stand_ins
from pipeline.tokens.control_strings import places_of_control_strings
from pipeline.tokens.tokenizer import chat_templates, control_tokens_of, load_tokenizer


@dataclass(frozen=True, slots=True)
class RenderedConversation:
    """A rendered conversation; its parts concatenate to the whole text."""

    parts: tuple[str, ...]
    """Prompts and answers in turn, with hidden names for the template's control tokens."""
    num_control_strings: int
    """Number of places in the messages that this tokenizer or a common model family would read as a control token."""


def render_conversation(messages: Sequence[Message], reference: str) -> RenderedConversation:
    """Return the conversation up to its last assistant turn; each answer includes its end of turn.

    Raises:
        InputError: The tokenizer has no chat template; or the template refuses the messages, changes what they say, or
            rewrites earlier turns.
    """
    last = max((index for index, message in enumerate(messages) if message.role == "assistant"), default=-1)
    rendering = _Rendering(messages[: last + 1], reference)
    if last < 0:
        return RenderedConversation((), rendering.num_control_strings)
    whole = rendering.whole()
    parts: list[str] = []
    rendered = ""
    for index in range(last + 1):
        if messages[index].role != "assistant":
            continue
        before, after = rendering.prompt(index), whole if index == last else rendering.first(index + 1)
        if not (before.startswith(rendered) and after.startswith(before)):
            raise InputError(
                f"The chat template of '{reference}' rewrites earlier turns.",
                remedy="Use rows with one question and one answer, or another template.",
            )
        parts += [before[len(rendered) :], after[len(before) :]]
        rendered = after
    return RenderedConversation(tuple(rendering.hidden(part) for part in parts), rendering.num_control_strings)


def render_prompt(messages: Sequence[Message], reference: str) -> str:
    """Return the messages and the opening of the assistant's turn, with hidden names for the template's control tokens.

    Raises:
        InputError: The tokenizer has no chat template, or the template refuses the messages or changes what they say.
    """
    rendering = _Rendering(messages, reference)
    rendering.whole()
    return rendering.hidden(rendering.prompt(len(messages)))


class _Rendering:
    """One conversation with its stand-ins. Call `whole` first: it checks the stand-ins and may drop them."""

    def __init__(self, messages: Sequence[Message], reference: str) -> None:
        if not chat_templates(reference):
            raise InputError(
                f"The tokenizer of '{reference}' has no chat template.",
                remedy="Use an instruct model, or one whose tokenizer has a chat_template.",
            )
        self._reference = reference
        self._roles = [message.role for message in messages]
        self._contents = [message.content for message in messages]
        controls = self._controls = control_tokens_of(reference)
        self.num_control_strings = sum(len(places_of_control_strings(text, controls.own)) for text in self._contents)
        firsts = sorted({name[0] for name in controls.hidden_names}) if self.num_control_strings else []
        self._edge, *others = stand_ins(self._contents, 1 + len(firsts))
        self._stand_ins = dict(zip(firsts, others, strict=True))
        self._given = [_marked(content, controls, self._stand_ins, self._edge) for content in self._contents]

    def prompt(self, num_messages: int) -> str:
        """Return the first messages and the opening of the assistant's turn."""
        return self._render(self._given[:num_messages], opens_answer=True)

    def first(self, num_messages: int) -> str:
        """Return the first messages."""
        return self._render(self._given[:num_messages], opens_answer=False)

    def whole(self) -> str:
        """Return all messages, rendered.

        Raises:
            InputError: The template changes what the messages say.
        """
        found = self.first(len(self._given))
        plain = self._render(self._contents, opens_answer=False)
        if self._is_verbatim(found):
            # With stand-ins the two may differ: a template may treat a message with `</think>` in a special way.
            if self._has_stand_ins or self._restored(found) == plain:
                return found
            # Some templates look at how a message begins, which the edge hides. Then the plain messages are used, if
            # both renderings have the same control tokens.
            own = self._controls.own
            if [m.group() for m in own.finditer(found)] == [m.group() for m in own.finditer(plain)]:
                self._given = self._contents
                return plain
        raise InputError(
            f"The chat template of '{self._reference}' changes what messages say, so its control tokens cannot be "
            "distinguished from those in the messages.",
            remedy="Use a template that writes the content of a message unchanged, except for white space around it.",
        )

    def hidden(self, text: str) -> str:
        """Return the text with the template's control tokens hidden and the stand-ins replaced by their originals."""
        return self._restored(self._controls.hide(text))

    @property
    def _has_stand_ins(self) -> bool:
        return any(stand_in in text for stand_in in self._stand_ins.values() for text in self._given)

    def _is_verbatim(self, found: str) -> bool:
        """Return whether the rendering holds at least one message, and each message unchanged or not at all."""
        cores = sorted({text.strip() for text in self._given} - {""}, key=len, reverse=True)
        rest = found
        for core in cores:
            rest = rest.replace(core, "")
        is_whole = not any(letter in rest for letter in (self._edge, *self._stand_ins.values()))
        return is_whole and (rest != found or not cores)

    def _render(self, contents: Sequence[str], *, opens_answer: bool) -> str:
        turns = [{"role": role, "content": text} for role, text in zip(self._roles, contents, strict=False)]
        return _render(turns, self._reference, opens_answer=opens_answer)

    def _restored(self, text: str) -> str:
        text = text.replace(self._edge, "")
        for first, stand_in in self._stand_ins.items():
            text = text.replace(stand_in, first)
        return text


def _marked(content: str, controls: ControlTokens, stand_ins: Mapping[str, str], edge: str) -> str:
    core = content.strip()
    if not core:
        return content
    # Control tokens may overlap, so breaking one can reveal another.
    marked = core
    while stand_ins and controls.own.search(marked):
        marked = controls.own.sub(lambda found: stand_ins[found.group()[0]] + found.group()[1:], marked)
    start = 0 if content.startswith(core) else content.index(core)
    return f"{content[:start]}{edge}{marked}{edge}{content[start + len(core) :]}"


def _render(turns: list[dict[str, str]], reference: str, *, opens_answer: bool) -> str:
    from jinja2 import TemplateError

    tokenizer: Any = load_tokenizer(reference)
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=opens_answer))
    except TemplateError as error:
        raise InputError(
            f"The chat template of '{reference}' refuses a conversation of {' and '.join(t['role'] for t in turns)}: "
            f"{error}.",
            remedy="Use a model whose template accepts these turns.",
        ) from error
