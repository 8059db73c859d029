"""Renders conversations with a chat template, and keeps the template's control tokens separate from message text.

Takes messages and a model reference; returns texts in which the template's control tokens have hidden names (see
`control`), and in which strings in a message that look like control tokens are plain text. Used by `conversation`.

The template gets modified messages. The first character of every control token in a message is replaced by a
*placeholder*: a character that occurs in none of the messages. A further placeholder, the *edge*, is put before the
first and after the last character that is not white space, so that no token can form across the edge of a message. So
all control tokens in the output come from the template. A template may trim, repeat or omit messages, but it must not
change what they say. For this check, each conversation is also rendered with its original messages.

Cost: a rendering for each turn and one more, plus searches; together a few percent of the time of encoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.control import ControlTokens, unused_characters
from pipeline.tokens.control_strings import control_string_offsets
from pipeline.tokens.tokenizer import chat_templates, control_tokens_of, load_tokenizer

_PROBE = "probe of the system role"


@dataclass(frozen=True, slots=True)
class RenderedConversation:
    """A rendered conversation; its parts concatenate to the whole text."""

    parts: tuple[str, ...]
    """A prompt, its answer, the next prompt and so on, with hidden names for the template's control tokens."""
    num_control_strings: int
    """Number of strings in the messages that this tokenizer or a common model family would read as control tokens."""


def render_conversation(messages: Sequence[Message], reference: str) -> RenderedConversation:
    """Return a conversation up to its last assistant turn; each answer includes its end-of-turn token.

    Raises:
        InputError: The reference has no fast tokenizer; the tokenizer has no chat template; or the template refuses the
            messages, changes what they say, or rewrites earlier turns.
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
                remedy="Use rows with one question and one answer, or a different template.",
            )
        parts += [before[len(rendered) :], after[len(before) :]]
        rendered = after
    return RenderedConversation(tuple(rendering.hidden(part) for part in parts), rendering.num_control_strings)


def render_prompt(
    messages: Sequence[Message], reference: str, template_options: Sequence[tuple[str, object]] = ()
) -> str:
    """Return the messages and the start of an assistant turn, with hidden names for the template's control tokens.

    `template_options` are options of the chat template, such as `enable_thinking`.

    Raises:
        InputError: The reference has no fast tokenizer; the tokenizer has no chat template; or the template refuses the
            messages or changes what they say.
    """
    rendering = _Rendering(messages, reference, template_options)
    rendering.whole()
    return rendering.hidden(rendering.prompt(len(messages)))


@cache
def has_system_role(reference: str) -> bool:
    """Return whether the chat template of a model renders a system message.

    Raises:
        InputError: The reference has no fast tokenizer, or the tokenizer has no chat template.
    """
    if not chat_templates(reference):
        raise _no_template(reference)
    turns = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
    try:
        return _PROBE in _render(turns, reference, opens_answer=True)
    except InputError:
        return False


class _Rendering:
    """A conversation with placeholders. Call `whole` first: it checks the template and may remove the placeholders."""

    def __init__(
        self, messages: Sequence[Message], reference: str, template_options: Sequence[tuple[str, object]] = ()
    ) -> None:
        if not chat_templates(reference):
            raise _no_template(reference)
        self._reference = reference
        self._template_options = dict(template_options)
        self._roles = [message.role for message in messages]
        self._contents = [message.content for message in messages]
        controls = self._controls = control_tokens_of(reference)
        self.num_control_strings = sum(len(control_string_offsets(text, controls.pattern)) for text in self._contents)
        firsts = sorted({name[0] for name in controls.hidden_names}) if self.num_control_strings else []
        self._edge, *others = unused_characters(self._contents, 1 + len(firsts))
        self._placeholders = dict(zip(firsts, others, strict=True))
        self._modified = [
            _with_placeholders(content, controls, self._placeholders, self._edge) for content in self._contents
        ]

    def prompt(self, num_messages: int) -> str:
        """Return the first messages, rendered, and the start of an assistant turn."""
        return self._render(self._modified[:num_messages], opens_answer=True)

    def first(self, num_messages: int) -> str:
        """Return the first messages, rendered."""
        return self._render(self._modified[:num_messages], opens_answer=False)

    def whole(self) -> str:
        """Return all messages, rendered.

        Raises:
            InputError: The template changes what the messages say.
        """
        modified = self.first(len(self._modified))
        original = self._render(self._contents, opens_answer=False)
        if self._is_verbatim(modified):
            # With placeholders the two may differ: a template may treat a message with `</think>` in a special way.
            if self._has_placeholders or self._restored(modified) == original:
                return modified
            # Some templates depend on how a message begins, which the edge hides. The original messages are then used,
            # provided that both renderings have the same control tokens.
            pattern = self._controls.pattern
            if [m.group() for m in pattern.finditer(modified)] == [m.group() for m in pattern.finditer(original)]:
                self._modified = self._contents
                return original
        raise InputError(
            f"The chat template of '{self._reference}' changes what messages say, so its control tokens cannot be "
            "distinguished from those in the messages.",
            remedy="Use a template that writes the content of a message unchanged, except for white space around it.",
        )

    def hidden(self, text: str) -> str:
        """Return a text with hidden names for the template's control tokens and with placeholders replaced back."""
        return self._restored(self._controls.hide(text))

    @property
    def _has_placeholders(self) -> bool:
        return any(placeholder in text for placeholder in self._placeholders.values() for text in self._modified)

    def _is_verbatim(self, rendered: str) -> bool:
        """Return whether a rendering contains at least one message, and each message either unchanged or not at all."""
        cores = sorted({text.strip() for text in self._modified} - {""}, key=len, reverse=True)
        rest = rendered
        for core in cores:
            rest = rest.replace(core, "")
        is_whole = not any(letter in rest for letter in (self._edge, *self._placeholders.values()))
        return is_whole and (rest != rendered or not cores)

    def _render(self, contents: Sequence[str], *, opens_answer: bool) -> str:
        turns = [{"role": role, "content": text} for role, text in zip(self._roles, contents, strict=False)]
        return _render(turns, self._reference, opens_answer=opens_answer, options=self._template_options)

    def _restored(self, text: str) -> str:
        text = text.replace(self._edge, "")
        for first, placeholder in self._placeholders.items():
            text = text.replace(placeholder, first)
        return text


def _with_placeholders(content: str, controls: ControlTokens, placeholders: Mapping[str, str], edge: str) -> str:
    core = content.strip()
    if not core:
        return content
    # Control tokens may overlap, so breaking one can reveal another.
    broken = core
    while placeholders and controls.pattern.search(broken):
        broken = controls.pattern.sub(lambda match: placeholders[match.group()[0]] + match.group()[1:], broken)
    start = 0 if content.startswith(core) else content.index(core)
    return f"{content[:start]}{edge}{broken}{edge}{content[start + len(core) :]}"


def _no_template(reference: str) -> InputError:
    return InputError(
        f"The tokenizer of '{reference}' has no chat template.",
        remedy="Use an instruct model, or a different model whose tokenizer has a chat_template.",
    )


def _render(
    turns: list[dict[str, str]],
    reference: str,
    *,
    opens_answer: bool,
    options: Mapping[str, object] = MappingProxyType({}),
) -> str:
    from jinja2 import TemplateError

    tokenizer: Any = load_tokenizer(reference)
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=opens_answer, **options))
    except TemplateError as error:
        raise InputError(
            f"The chat template of '{reference}' refuses a conversation of {' and '.join(t['role'] for t in turns)}: "
            f"{error}.",
            remedy="Use a model whose template accepts these turns.",
        ) from error
