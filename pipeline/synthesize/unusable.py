"""Names of the rejections that say nothing about an answer, so that a useless teacher is noticed."""

UNUSABLE_REPLIES = "teacher/unusable"
"""Counter of replies without an answer that can be checked, such as prose instead of JSON."""
UNUSABLE = frozenset(
    {
        "answer_cut",
        "empty_answer",
        "not_json",
        "not_text",
        "only_reasoning",
        "prompt_too_long",
        "refused",
        "wrong_fields",
    }
)
"""The reasons of rejections that say nothing about the answer: the reply holds none that can be checked."""
