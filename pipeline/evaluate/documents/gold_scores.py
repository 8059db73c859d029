"""The scores of an answer to a question of a row, beside its gold answer. Pure. Used by the tasks that ask rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.scoring.answers import answer_tokens, is_refusal, score_answer

MEASURE = "f1"
MEASURES = ("exact", "numbers", "refused_when_absent", "answered_when_present", "cites_evidence")
"""The other scores.

`numbers`: the answer has the numbers of the gold answer and no others. `refused_when_absent`: it says that the document
does not have what was asked for, and this is so. `answered_when_present`: it says something else, and the document has
it. `cites_evidence`: the share of the evidence quotes that the gold answer cites which the answer cites in the same
words. A score is None for a question that does not have it.
"""
_ABSENT, _PRESENT = "absent", "present"
_MIN_CITED_TOKENS = 4
_MIN_CITED_CHARS = 8
"""A shorter stretch of words that gold answer and evidence have in common may be chance."""


def gold_notes(gold: str, quotes: Sequence[str], *, is_absent: bool) -> Mapping[str, str]:
    """Return the notes of a prompt that its scores need.

    Args:
        gold: the gold answer.
        quotes: the quotes that support it.
        is_absent: whether the document does not have what the question asks for.
    """
    asks = _ABSENT if is_absent and is_refusal(gold) else ""
    if not is_absent and not is_refusal(gold):
        asks = _PRESENT
    return {"asks": asks, "cited": "\n".join(cited_passages(gold, quotes))}


def gold_scores(prompt: Prompt, answer: str) -> Scores:
    """Return all scores of an answer; an empty answer scores 0."""
    score = score_answer(answer, prompt.gold[0])
    asks = prompt.notes["asks"]
    cited = prompt.notes["cited"].split("\n") if prompt.notes["cited"] else []
    return {
        "f1": score.f1,
        "exact": float(score.is_exact),
        "numbers": None if score.has_same_numbers is None else float(score.has_same_numbers),
        "refused_when_absent": float(score.is_refusal) if asks == _ABSENT else None,
        "answered_when_present": float(bool(answer.strip()) and not score.is_refusal) if asks == _PRESENT else None,
        "cites_evidence": cited_share(answer, cited) if cited else None,
    }


def cited_passages(gold: str, quotes: Sequence[str]) -> list[str]:
    """Return the longest stretch of each quote that the gold answer has too, if it is long enough to be no chance.

    A stretch is a run of at least four tokens and eight characters, in the form in which answers are compared, with
    spaces between the tokens.
    """
    wanted = answer_tokens(gold)
    found = []
    for quote in dict.fromkeys(quotes):
        tokens = answer_tokens(quote)
        match = SequenceMatcher(None, wanted, tokens, autojunk=False).find_longest_match()
        run = wanted[match.a : match.a + match.size]
        if len(run) >= _MIN_CITED_TOKENS and sum(map(len, run)) >= _MIN_CITED_CHARS:
            found.append(" ".join(run))
    return list(dict.fromkeys(found))


def cited_share(answer: str, passages: Sequence[str]) -> float:
    """Return the share of passages that an answer has word for word; `passages` as in `cited_passages`."""
    said = f" {' '.join(answer_tokens(answer))} "
    return sum(f" {passage} " in said for passage in passages) / len(passages)
