"""The words of passkey prompts (Mohtashami & Jaggi 2023, arXiv 2305.16300, section 4.2).

`train.data.passkey` and `evaluate.tasks.passkey` make prompts of them; `decontamination.sets` keeps them out of the
corpus.
"""

INTRODUCTION = (
    "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. "
    "I will quiz you about the important information there."
)
FILLER = (
    " The grass is green.",
    " The sky is blue.",
    " The sun is yellow.",
    " Here we go.",
    " There and back again.",
)
NEEDLE = " The pass key is {key}. Remember it. {key} is the pass key."
# All models get plain text, including chat models. With SmolLM2-135M-Instruct (1,024 to 4,096 tokens, depths 0, 0.1,
# 0.5, 0.9 and 1), this form found the most keys: 27 of 30. Without "number", 24 were found, and none at depth 1. With a
# chat turn and the beginning of the answer, 20 were found, or 26 with "number".
QUESTION = " What is the pass key? The pass key is number"
KEYS = (10_000, 99_999)
"""The smallest and the largest key."""
