"""The scores of answers, computed again from the published definitions, without the code of the evaluation.

Used to check that an evaluation's figures are right; not a second opinion on what the scores should be. Where the
evaluation departs from a publication, as SQuAD's tokens for Korean, the documented departure is written out here again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

from pipeline.evaluate.prompt import Prompt

Values = Mapping[str, float | None]
_ARTICLES = ("a", "an", "the")
_SIGNS = "%$€£₩"
_BEFORE_MINUS = "([:=,;~$€£₩"
_NOT_THERE = (
    "does not mention",
    "doesn't mention",
    "does not contain",
    "does not have",
    "does not say",
    "has no section",
    "is not mentioned",
    "not stated in",
    "there is no information",
    "조항이 없습니다",
    "언급되지 않",
    "나와 있지 않",
)


def string_match_all(prompt: Prompt, answer: str) -> Values:
    """RULER, `scripts/eval/synthetic/constants.py`: the share of the references that are part of the prediction."""
    return {"found": sum(1.0 if gold.lower() in answer.lower() else 0.0 for gold in prompt.gold) / len(prompt.gold)}


def first_number_is_the_key(prompt: Prompt, answer: str) -> Values:
    """The first run of digits is the pass key, as a whole."""
    digits = "".join(letter if letter in "0123456789" else " " for letter in answer).split()
    return {"found": float(digits[:1] == list(prompt.gold))}


def last_number_is_the_line(prompt: Prompt, answer: str) -> Values:
    """LongEval, `longeval/utils.py`: the last run of digits has the value of the line."""
    digits = "".join(letter if letter in "0123456789" else " " for letter in answer).split()
    return {"found": float(bool(digits) and int(digits[-1]) == int(prompt.gold[0]))}


def value_is_contained(prompt: Prompt, answer: str) -> Values:
    """Liu et al., `evaluate_kv_responses.py`: the value is part of the response, in lower case."""
    return {"accuracy": float(prompt.gold[0].lower() in answer.lower())}


def mrcr_grade(prompt: Prompt, answer: str) -> Values:
    """OpenAI's `grade` of huggingface.co/datasets/openai/mrcr."""
    asked = prompt.messages[-1].content
    random_string = asked.removeprefix("Prepend ")[:10]
    if not answer.startswith(random_string):
        return {"similarity": 0.0}
    response, right = answer.removeprefix(random_string), prompt.gold[0].removeprefix(random_string)
    return {"similarity": float(SequenceMatcher(None, response, right).ratio())}


def set_f1(prompt: Prompt, answer: str) -> Values:
    """GraphWalks: F1 of the set of nodes in the last list, here also of an answer without a list."""
    lists = re.findall(r"\[[^\[\]]*\]", answer)
    answered, gold = set(_nodes(lists[-1] if lists else answer)), set(prompt.gold)
    return {"f1": _harmonic(len(answered & gold), len(answered), len(gold)), "exact": float(answered == gold)}


def first_named_is_the_topic(prompt: Prompt, answer: str) -> Values:
    """LongEval's topics, without its judge: the first title that the answer names; the longest of those."""
    tokens = squad_tokens(answer)
    titles = prompt.notes["titles"].split("\n")
    for start in range(len(tokens)):
        named = [title for title in titles if tokens[start : start + len(squad_tokens(title))] == squad_tokens(title)]
        if named:
            return {"found": float(max(named, key=len) == prompt.gold[0])}
    return {"found": 0.0}


def best_subspan_and_f1(prompt: Prompt, answer: str) -> Values:
    """Liu et al., `best_subspan_em`, over whole tokens; and SQuAD's F1."""
    return {"accuracy": _contained(answer, prompt.gold[0]), "f1": squad_f1(answer, prompt.gold[0])}


def presence_f1_and_exact(prompt: Prompt, answer: str) -> Values:
    """Giraffe's presence accuracy, over whole tokens; SQuAD's F1 and exact match."""
    exact = float(squad_tokens(answer) == squad_tokens(prompt.gold[0]))
    return {**best_subspan_and_f1(prompt, answer), "exact": exact}


def altered_number(prompt: Prompt, answer: str) -> Values:
    """Giraffe's AltQA: whether the new number was found, or else the original one leaked."""
    (new,) = squad_numbers(prompt.gold[0])
    (old,) = squad_numbers(prompt.notes["original_answer"])
    has_new, has_old = (
        number in squad_numbers(answer) or bool(words and _contained(answer, words))
        for number, words in ((new, prompt.notes.get("new_words")), (old, prompt.notes.get("old_words")))
    )
    return {
        "found": float(has_new),
        "leaked": float(has_old and not has_new),
        "exact": float(squad_tokens(answer) == squad_tokens(prompt.gold[0])),
    }


def f1_exact_and_numbers(prompt: Prompt, answer: str) -> Values:
    """SQuAD's F1 and exact match, and whether the multisets of numbers are equal."""
    gold = prompt.gold[0]
    numbers = squad_numbers(gold)
    return {
        "f1": squad_f1(answer, gold),
        "exact": float(squad_tokens(answer) == squad_tokens(gold)),
        "numbers": float(sorted(squad_numbers(answer)) == sorted(numbers)) if numbers else None,
    }


def row_scores(prompt: Prompt, answer: str, *, quotes: Sequence[str], is_absent: bool) -> Values:
    """The scores of an answer beside that of a row.

    Args:
        prompt: has the row's answer.
        answer: what was answered.
        quotes: the evidence of the row's answer.
        is_absent: whether the document does not have what was asked for.
    """
    cited = {tuple(run) for quote in quotes if (run := _cited(prompt.gold[0], quote))}
    said = squad_tokens(answer)
    return {
        **f1_exact_and_numbers(prompt, answer),
        "refused_when_absent": float(_refuses(answer)) if is_absent else None,
        "answered_when_present": None if is_absent else float(bool(answer) and not _refuses(answer)),
        "cites_evidence": sum(_has_run(said, run) for run in cited) / len(cited) if cited else None,
    }


SCORES: Mapping[str, Callable[[Prompt, str], Values]] = {
    "aggregation": f1_exact_and_numbers,
    "altqa": altered_number,
    "coreference": mrcr_grade,
    "cwe": string_match_all,
    "ffqa": presence_f1_and_exact,
    "fwe": string_match_all,
    "graph_walks": set_f1,
    "key_values": value_is_contained,
    "lines": last_number_is_the_line,
    "niah_multikey": string_match_all,
    "niah_multiquery": string_match_all,
    "niah_multivalue": string_match_all,
    "niah_single": string_match_all,
    "passkey": first_number_is_the_key,
    "position": best_subspan_and_f1,
    "topics": first_named_is_the_topic,
    "vt": string_match_all,
}
"""The scores of all tasks but those that ask rows; see `row_scores`."""


def squad_f1(answer: str, gold: str) -> float:
    """SQuAD's F1 (arXiv 1606.05250, section 4.1 and `evaluate-v1.1.py`), as the mean of precision and recall."""
    left, common = squad_tokens(gold), 0
    for token in squad_tokens(answer):
        if token in left:
            left.remove(token)
            common += 1
    return _harmonic(common, len(squad_tokens(answer)), len(squad_tokens(gold)))


def squad_tokens(text: str) -> list[str]:
    """Words without case, punctuation and articles (SQuAD); each Hangul syllable by itself (KorQuAD, arXiv 1909.07005).

    Signs of currencies and percent count. Numbers are whole, with a minus before them, without thousands separators.
    """
    tokens = _scanned(_without_apostrophes(_folded(text)))
    counted = [token for token in tokens if token not in _ARTICLES]
    return counted or tokens or [letter for letter in _without_apostrophes(_folded(text)) if not letter.isspace()]


def squad_numbers(text: str) -> list[str]:
    """The numbers of a text; an apostrophe ends one."""
    return [token for token in _scanned(_folded(text)) if token.lstrip("-")[:1].isdecimal()]


def _scanned(letters: str) -> list[str]:
    """Read a text from left to right, one token after another."""
    tokens, at = [], 0
    while at < len(letters):
        end = at + 1
        begins_number = letters[at] in "-−" and letters[at + 1 : at + 2].isdecimal()
        if _is_hangul(letters[at]) or letters[at] in _SIGNS:
            tokens.append(letters[at])
        elif letters[at].isdecimal() or (begins_number and (at == 0 or _may_precede_minus(letters[at - 1]))):
            while end < len(letters) and (letters[end].isdecimal() or _joins_digits(letters, end)):
                end += 1
            tokens.append(_without_separators(letters[at:end]))
        elif letters[at].isalnum():
            while end < len(letters) and letters[end].isalnum() and not _is_hangul(letters[end]):
                end += 1
            tokens.append(letters[at:end])
        at = end
    return tokens


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _without_apostrophes(text: str) -> str:
    """Leave out apostrophes inside words."""
    return "".join(
        letter
        for at, letter in enumerate(text)
        if not (letter in "'’" and 0 < at < len(text) - 1 and _is_word(text[at - 1]) and _is_word(text[at + 1]))
    )


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _is_hangul(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("HANGUL SYLLABLE")


def _may_precede_minus(letter: str) -> bool:
    return letter.isspace() or letter in _BEFORE_MINUS


def _joins_digits(letters: str, at: int) -> bool:
    between = letters[at] in ".,:" and at + 1 < len(letters)
    return between and letters[at - 1].isdecimal() and letters[at + 1].isdecimal()


def _without_separators(number: str) -> str:
    plain = number.replace("−", "-")
    whole, _, decimals = plain.lstrip("-").partition(".")
    groups = whole.split(",")
    first, *others = [len(group) if group.isdecimal() else 0 for group in groups]
    is_grouped = 1 <= first <= 3 and set(others) == {3}
    return plain.replace(",", "") if is_grouped and (not decimals or decimals.isdecimal()) else plain


def _harmonic(common: int, num_answered: int, num_gold: int) -> float:
    if common == 0:
        return 0.0
    precision, recall = common / num_answered, common / num_gold
    return 2 * precision * recall / (precision + recall)


def _contained(answer: str, gold: str) -> float:
    return float(_has_run(squad_tokens(answer), squad_tokens(gold)))


def _has_run(tokens: Sequence[str], run: Sequence[str]) -> bool:
    return any(list(tokens[at : at + len(run)]) == list(run) for at in range(len(tokens)))


def _cited(gold: str, quote: str) -> list[str]:
    """The longest run of tokens that a gold answer and a quote have in common; none if it may be chance."""
    said, quoted = squad_tokens(gold), squad_tokens(quote)
    runs = [said[start:end] for start in range(len(said)) for end in range(start + 4, len(said) + 1)]
    common = [run for run in runs if _has_run(quoted, run)]
    longest = max(common, key=len, default=[])
    return longest if len("".join(longest)) >= 8 else []


def _refuses(answer: str) -> bool:
    return any(words in answer.replace("’", "'").lower()[:200] for words in _NOT_THERE)


def _nodes(text: str) -> list[str]:
    return [word for word in re.split(r"\W+|_", text) if len(word) == 8 and set(word) <= set("0123456789abcdef")]
