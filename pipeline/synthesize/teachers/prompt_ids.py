"""Token ids of a prompt for a model in this process; a document in it can neither open nor end a turn.

In: a prompt and the model's reference. Out: ids, the control tokens among them the chat template's own. Used by the
`vllm` and `transformers` teachers. A server makes ids by itself: see `harmless`.
"""

from __future__ import annotations

from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt
from pipeline.tokens.conversation import encode_prompt
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import leading_ids


def prompt_ids(prompt: ChatPrompt | CompletionPrompt, reference: str) -> list[int]:
    """A chat prompt ends with what opens the answer; a completion prompt begins with what the model wants before text.

    Raises:
        InputError: the prompt is a chat and the model has no chat template, or one that refuses it.
    """
    if isinstance(prompt, ChatPrompt):
        return list(encode_prompt(prompt.messages, reference).tolist())
    return [*leading_ids(reference), *encode_documents([prompt.text], reference)[0].tolist()]
