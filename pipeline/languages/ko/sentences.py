"""Korean sentences: the ending 다, labels before a sentence, and words after which a sentence must continue."""

from __future__ import annotations

from pipeline.languages.text_rules import SentenceRules

SENTENCES = SentenceRules(
    unspaced_end=r"(?<=[가-힣]다)\.(?=[가-힣])",
    final_syllables=("다",),
    open_words=r"및|또는",
    item_letters="가-하",
    provision_label=r"제\s?\d+\s?[조항호](?:의\s?\d+)?(?:\s?\([^)\n]*\))?\s*",
    speaker_label=r"[가-힣]{2,4}(?:\ [가-힣]{1,6})?(?:\s?\([^)\n]{1,20}\))?:\s+",
    line_opening=r"제\s?\d",
)
