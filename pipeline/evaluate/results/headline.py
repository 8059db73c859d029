"""Describes the main results of an evaluation in plain words.

Takes the content of `evaluation.json`; returns a few sentences. A difference is only claimed if it is clear: the
interval of the paired difference leaves out "no difference", and there are enough documents (`estimates.is_clear`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.evaluate.prompt import Variant
from pipeline.evaluate.results.figures import ROWS_TASK
from pipeline.evaluate.subjects.subject import Role

Section = Mapping[str, Any]  # Any: a part of evaluation.json

_PERPLEXITY_TASK, _POSITION_TASK = "perplexity", "position"
_SCALING_ALONE = "scaling_alone"
_TOO_FEW = "documents to tell a difference from chance"
_MAX_DESCRIBED = 2
"""With more other tasks than this, the headline only says on which of them the models differ."""


def headline(evaluation: Section) -> str:
    """Return the main results of `evaluation.json` in words."""
    return " ".join(findings(evaluation))


def findings(evaluation: Section) -> list[str]:
    """Return the sentences of the headline, the most important one first."""
    says = _Speaker(evaluation)
    return [sentence for sentences in _parts(says).values() for sentence in sentences]


def grouped_findings(evaluation: Section) -> dict[str, list[str]]:
    """Return the sentences of the headline under plain titles; a title without sentences is left out."""
    return {title: sentences for title, sentences in _parts(_Speaker(evaluation)).items() if sentences}


def _parts(says: _Speaker) -> dict[str, list[str]]:
    tasks, forward = says.evaluation["tasks"], says.evaluation["forward"]
    perplexity = forward.get(_PERPLEXITY_TASK)
    return {
        "Answers about documents": _rows(says, tasks.get(ROWS_TASK)),
        "Long contexts": [
            *_effective_length(says),
            *_position(says, tasks.get(_POSITION_TASK)),
            *_other_tasks(says),
            *_perplexity(says, perplexity),
            *_scaling_alone(says, perplexity),
        ],
    }


def subject_words(subjects: Sequence[Section]) -> dict[str, str]:
    """Return what to call each subject in a sentence: by its role if that is clear, else by its name."""
    roles = [subject["role"] for subject in subjects]

    def words(subject: Section) -> str:
        if len(subjects) == 1:
            return "the model"
        is_clear = subject["role"] != Role.OTHER and roles.count(subject["role"]) == 1
        return f"the {subject['role']} model" if is_clear else str(subject["name"])

    return {subject["name"]: words(subject) for subject in subjects}


class _Speaker:
    """Names the two subjects that the headline is about."""

    def __init__(self, evaluation: Section) -> None:
        self.evaluation = evaluation
        words = subject_words(evaluation["subjects"])
        self.main_name: str = evaluation["main"]
        self.main = words[self.main_name]
        other = evaluation["reference"]
        self.reference_name: str | None = None if other == self.main_name else other
        self.reference = "" if self.reference_name is None else words[self.reference_name]

    def of(self, rows: Sequence[Section], subject: str | None, **wanted: Any) -> Section | None:
        """Return the first row of a subject with the given values."""
        return next(
            (row for row in rows if row["subject"] == subject and all(row[key] == wanted[key] for key in wanted)), None
        )

    def figure(self, name: str, subject: str | None) -> Section | None:
        """Return a figure of a subject, or None if it was not measured."""
        found: Section | None = self.evaluation["figures"].get(subject, {}).get(name)
        return found


def _perplexity(says: _Speaker, section: Section | None) -> list[str]:
    results = [row for row in section["results"] if row["subject"] == says.main_name] if section else []
    if not section or not results:
        return []
    longest = max(row["length"] for row in results)
    own = says.of(results, says.main_name, length=longest)
    other = says.of(section["results"], says.reference_name, length=longest)
    sentence = f"At {longest:,} tokens {says.main}'s perplexity is {_with_interval(own, 'perplexity')}"
    comparisons = {
        row["length"]: row
        for row in section["comparisons"]
        if (row["subject"], row["reference"]) == (says.main_name, says.reference_name)
    }
    if other is not None:
        sentence += f", {says.reference}'s {_with_interval(other, 'perplexity')}"
    if longest in comparisons:
        sentence += f": {_ratio_words(comparisons[longest], says.reference)}"
    elif other is not None:
        sentence += "; their tokens differ, so the two cannot be compared"
    sentences = [f"{sentence}."]
    if comparisons and (shortest := min(comparisons)) != longest:
        ratio = _ratio_words(comparisons[shortest], says.reference)
        sentences.append(f"At {shortest:,} tokens {says.main}'s is {ratio}.")
    return sentences


def _scaling_alone(says: _Speaker, section: Section | None) -> list[str]:
    """Say what the scaling does without training, and what training added."""
    found = section.get(_SCALING_ALONE) if section else None
    if not found or not found["results"] or (found["base"], found["tuned"]) != (says.reference_name, says.main_name):
        return []
    first, last = (pick(found["results"], key=lambda row: int(row["length"])) for pick in (min, max))
    perplexity = f"{says.reference}'s perplexity at {last['length']:,} tokens is {_with_interval(last, 'perplexity')}"
    sentences = [f"With the same RoPE scaling and no training at all, {perplexity}: {_steps_words(last)}."]
    if first is not last:
        sentences.append(f"At {first['length']:,} tokens {_steps_words(first)}.")
    return sentences


def _steps_words(row: Section) -> str:
    return f"the scaling alone {_change_words(row['scaling'])}, and training then {_change_words(row['training'])}"


def _change_words(comparison: Section) -> str:
    words = _factor_words(comparison)
    return f"makes it {words}" if words else "changes nothing measurable"


def _rows(says: _Speaker, section: Section | None) -> list[str]:
    own = says.figure("f1", says.main_name)
    if not section or own is None:
        return []
    sentence = f"On held-out rows {says.main}'s answers have an F1 of {_with_interval(own)}"
    if other := says.figure("f1", says.reference_name):
        sentence += f", {says.reference}'s {_with_interval(other)}"
        if row := _difference(says, section, section["measure"], length=None):
            sentence += f": {_difference_words(row)}"
    sentences = [f"{sentence}."]
    control = says.figure("evidence_only", says.main_name)
    cost = says.figure("cost_of_length", says.main_name)
    if control and cost:
        sentences.append(
            f"Given the evidence alone, {says.main} reaches {_with_interval(control)}: {_cost_words(cost)}."
        )
    if blind := says.figure("no_document", says.main_name):
        sentences.append(f"Given no document, {says.main} reaches {_with_interval(blind)}.")
    return [*sentences, *_what_was_learnt(says, section)]


def _what_was_learnt(says: _Speaker, section: Section) -> list[str]:
    """Divide the gain into the part that needs no document and the part that comes from reading it."""
    measure = section["measure"]
    blind = _difference(says, section, measure, length=None, variant=Variant.NO_DOCUMENT)
    if blind is None:
        return []
    is_form = blind["is_clear"] and blind["value"] > 0
    form = ", the form of the answers alone," if is_form else ""
    sentences = [f"Without the document{form} {says.main} is {_compared(blind, says.reference)}."]
    reading = {
        name: row["scores"][measure]
        for name in (says.main_name, says.reference_name)
        if (row := says.of(section["against_variants"], name, control=Variant.NO_DOCUMENT, length=None))
        and measure in row["scores"]
    }
    if len(reading) == 2:
        own, other = (_reading_words(reading[name]) for name in (says.main_name, str(says.reference_name)))
        sentences.append(f"Reading the document adds {own} to {says.main}'s F1, and {other} to {says.reference}'s.")
    return sentences


def _compared(difference: Section, reference: str) -> str:
    words = _difference_words(difference)
    return f"{words} than {reference}" if difference["is_clear"] else f"not measurably different from {reference}"


def _reading_words(difference: Section) -> str:
    if not difference["is_clear"]:
        return "nothing measurable"
    sign = "" if difference["value"] > 0 else "−"
    return f"{sign}{abs(difference['value']):.2f} ({_ends(difference)})"


def _cost_words(cost: Section) -> str:
    if not cost["is_clear"]:
        return f"too few {_TOO_FEW}" if _leaves_out_zero(cost) else "no measurable cost of reading the whole document"
    amount = f"{abs(cost['value']):.2f} ({_ends(cost)})"
    if cost["value"] > 0:
        return f"the whole document costs {amount}"
    return f"the whole document does not cost but adds {abs(cost['value']):.2f}"


def _effective_length(says: _Speaker) -> list[str]:
    own = says.figure("effective_length", says.main_name)
    if own is None:
        return []
    count = len(own["tasks"])
    tasks = "1 task" if count == 1 else f"{count} tasks"
    at = f"at a mean score of {own['threshold']:.1%} on {tasks}"
    sentence = f"{_capital(says.main)}'s effective length, {at}, is {_length_words(own)}"
    if other := says.figure("effective_length", says.reference_name):
        sentence += f"; {says.reference}'s is {_length_words(other)}"
    return [f"{sentence}."]


def _length_words(figure: Section) -> str:
    interval = f"95% interval {figure['low']:,} to {figure['high']:,}"
    if figure["at_least"]:
        return f"at least {figure['value']:,} tokens, the longest tested ({interval})"
    if not figure["value"]:
        return f"below {figure['scores'][0]['length']:,} tokens, the shortest tested ({interval})"
    return f"{figure['value']:,} of {figure['longest_tested']:,} tokens ({interval})"


def _position(says: _Speaker, section: Section | None) -> list[str]:
    if not section:
        return []
    rows = [row for row in section["positions"] if row["variant"] == section["main_variant"] and row["gap"]]
    own = [row for row in rows if row["subject"] == says.main_name]
    if not own:
        return []
    row = max(own, key=lambda row: int(row["length"]))
    gap, best, worst = row["gap"], row["best"], row["worst"]
    where = f"At {row['length']:,} tokens"
    if not gap["is_clear"] or gap["value"] <= 0:
        return [f"{where} the position of the proof makes no measurable difference."]
    return [
        f"{where} the position of the proof matters: the score is {gap['value']:.2f} ({_ends(gap)}) higher at the best "
        f"depth ({best['depth']:.0%}) than at the worst ({worst['depth']:.0%})."
    ]


def _other_tasks(says: _Speaker) -> list[str]:
    tasks = {
        name: section
        for name, section in says.evaluation["tasks"].items()
        if name not in (ROWS_TASK, _POSITION_TASK) and section["cells"]
    }
    if len(tasks) <= _MAX_DESCRIBED:
        return [sentence for section in tasks.values() for sentence in _task_sentence(says, section)]
    if says.reference_name is None:
        return []
    kinds: dict[str, list[str]] = {"better": [], "worse": [], "": []}
    for section in tasks.values():
        if row := _difference(says, section, section["measure"], length=None):
            kinds[_direction(row)].append(section["title"])
    compared = sum(len(titles) for titles in kinds.values())
    if not compared:
        return []
    found = [f"{word} on {_listed(titles)}" for word, titles in kinds.items() if word and titles]
    rest = f"not measurably different on {len(kinds[''])}" if kinds[""] else ""
    said = _listed([part for part in (*found, rest) if part])
    return [f"Of {compared} other tasks, {says.main} is {said}, compared with {says.reference} (95% for each task)."]


def _task_sentence(says: _Speaker, section: Section) -> list[str]:
    measure, variant = section["measure"], section["main_variant"]
    own = [
        row
        for row in section["cells"]
        if (row["subject"], row["variant"]) == (says.main_name, variant) and measure in row["scores"]
    ]
    if not own:
        return []
    row = max(own, key=lambda row: int(row["length"]))
    sentence = (
        f"{section['title']} at {row['length']:,} tokens: {says.main} scores {_with_interval(row['scores'][measure])}"
    )
    other = says.of(section["cells"], says.reference_name, variant=variant, length=row["length"])
    if other and measure in other["scores"]:
        sentence += f", {says.reference} {_with_interval(other['scores'][measure])}"
        if difference := _difference(says, section, measure, length=row["length"]):
            sentence += f": {_difference_words(difference)}"
    return [f"{sentence}."]


def _difference(
    says: _Speaker, section: Section, measure: str, *, length: int | None, variant: str | None = None
) -> Section | None:
    row = says.of(
        section["against_reference"],
        says.main_name,
        reference=says.reference_name,
        variant=variant or section["main_variant"],
        length=length,
    )
    return row["scores"].get(measure) if row else None


def _direction(difference: Section) -> str:
    if not difference["is_clear"]:
        return ""
    return "better" if difference["value"] > 0 else "worse"


def _difference_words(difference: Section) -> str:
    if not difference["is_clear"]:
        return f"too few {_TOO_FEW}" if _leaves_out_zero(difference) else "not measurably different"
    word = "higher" if difference["value"] > 0 else "lower"
    low, high = sorted((abs(difference["low"]), abs(difference["high"])))
    return f"{abs(difference['value']):.2f} {word} ({low:.2f} to {high:.2f})"


def _leaves_out_zero(difference: Section) -> bool:
    return bool(difference["low"] > 0 or difference["high"] < 0)


def _ratio_words(comparison: Section, reference: str) -> str:
    words = _factor_words(comparison)
    return f"{words} than {reference}'s" if words else f"not measurably different from {reference}'s"


def _factor_words(comparison: Section) -> str:
    """Return by how much the first is higher or lower; empty if the interval does not tell."""
    if comparison["low"] <= 1.0 <= comparison["high"]:
        return ""
    ratio = comparison["ratio"]
    word, factor = ("lower", 1 / ratio) if ratio < 1.0 else ("higher", ratio)
    return f"{_number(factor)} times {word}" if factor >= 2.0 else f"{abs(ratio - 1.0):.1%} {word}"


def _with_interval(row: Section | None, name: str = "value") -> str:
    assert row is not None
    return f"{_number(row[name])} (95% interval {_number(row['low'])} to {_number(row['high'])})"


def _ends(row: Section) -> str:
    low, high = (abs(row["high"]), abs(row["low"])) if row["value"] < 0 else (row["low"], row["high"])
    return f"{low:.2f} to {high:.2f}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:] if words.startswith("the ") else words


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
