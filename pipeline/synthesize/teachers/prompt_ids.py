"""Encodes prompts for a model in this process, so that a document in a prompt can neither begin nor end a turn.

Takes requests and the model's reference; returns token ids. Control tokens come only from the chat template and, in a
completion prompt, from the tokens that the tokenizer puts before every text. Used by the `vllm` and `transformers`
teachers. A server encodes prompts itself: see `servers.harmless`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.build import TemplateValue
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    CompletionPrompt,
    TeacherReply,
    TeacherRequest,
    too_long_reply,
    without_system_role,
)
from pipeline.tokens.conversation import encode_prompt
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.rendering import has_system_role
from pipeline.tokens.tokenizer import leading_ids


def encode_fitting(
    requests: Sequence[TeacherRequest], *, reference: str, max_model_tokens: int
) -> tuple[dict[int, list[int]], dict[int, TeacherReply]]:
    """Encode the prompts that leave room for their answer in the model's window, and refuse the others.

    Returns:
        The token ids of each prompt that fits, and the reply to each request whose prompt does not fit; both by the
        index of the request.

    Raises:
        InputError: as for `prompt_ids`.
    """
    fitting: dict[int, list[int]] = {}
    refused: dict[int, TeacherReply] = {}
    for index, request in enumerate(requests):
        ids = prompt_ids(request.prompt, reference, request.sampling.template_options)
        room = max_model_tokens - request.sampling.max_answer_tokens
        if len(ids) > room:
            refused[index] = too_long_reply(num_prompt_tokens=len(ids), room_tokens=room)
        else:
            fitting[index] = ids
    return fitting, refused


def prompt_ids(
    prompt: ChatPrompt | CompletionPrompt,
    reference: str,
    template_options: Sequence[tuple[str, TemplateValue]] = (),
) -> list[int]:
    """Return the token ids of a prompt.

    A chat prompt ends with the tokens that begin the answer. If the model's chat template has no system role, the
    system message begins the first user message. A completion prompt begins with the tokens that the model expects
    before text.

    Raises:
        InputError: the model has no tokenizer; or the prompt is a chat, and the model has no chat template or its
            template refuses the messages or changes what they say.
    """
    if isinstance(prompt, ChatPrompt):
        messages = prompt.messages if has_system_role(reference) else without_system_role(prompt.messages)
        return list(encode_prompt(messages, reference, template_options).tolist())
    return [*leading_ids(reference), *encode_documents([prompt.text], reference)[0].tolist()]
