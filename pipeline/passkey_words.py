"""The words of passkey prompts (Mohtashami & Jaggi 2023, arXiv 2305.16300, section 4.2).

`train.data.passkey` makes prompts of them; `decontamination.sets` keeps them out of the corpus.
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
