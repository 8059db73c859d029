"""Encode a prompt for a model in this process, so that a document in the prompt can neither begin nor end a turn.

In: a prompt and the model's reference. Out: token ids; only the chat template adds control tokens. Used by the `vllm`
and `transformers` teachers. A server encodes prompts itself: see `harmless`.
"""

from __future__ import annotations

from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt
from pipeline.tokens.conversation import encode_prompt
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import leading_ids


def prompt_ids(prompt: ChatPrompt | CompletionPrompt, reference: str) -> list[int]:
    """Return the token ids of a prompt.

    A chat prompt ends with the tokens that begin the answer. A completion prompt begins with the tokens that the model
    expects before text.

    Raises:
        InputError: the prompt is a chat, and the model has no chat template or its template refuses the prompt.
    """
    if isinstance(prompt, ChatPrompt):
        return list(encode_prompt(prompt.messages, reference).tolist())
    return [*leading_ids(reference), *encode_documents([prompt.text], reference)[0].tolist()]
