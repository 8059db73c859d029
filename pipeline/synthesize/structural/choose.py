"""Chooses the facts of a document that become candidates.

Takes all facts; returns at most `max_questions` of them, the same ones on every run. No two chosen facts ask about the
same evidence. Tasks take turns, and each task chooses its least used form and depth (position in the document) first.
A fact with a later `task.Preference`, such as a look-up of a heading, is chosen only if there are too few others. The
facts are sorted once; each attempt takes time proportional to the number of forms and depths of a task.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from pipeline.identity import stable_hash64
from pipeline.synthesize.structural.facts import StructuralFact
from pipeline.synthesize.structural.overlap import AskedEvidence
from pipeline.synthesize.structural.task import Form

_MAX_DEPTH_BINS = 10
_LEAST_PER_SUBJECT = 3
_SUBJECT_SHARE = 4
"""At most a quarter of the questions, or three if that is more, may be about the same procedure, table or provision.

This limit keeps the only table of a document from supplying all questions of its task.
"""
_SUBJECT_SLOTS = ("title", "table", "clause", "label")

_Cells = dict[tuple[Form, int], list[tuple[int, StructuralFact]]]
"""The facts of a task with their ranks, by form and depth; each list ends with the lowest rank, which is the best."""


def choose_facts(
    *,
    facts: Sequence[StructuralFact],
    num_chars: int,
    max_questions: int,
    is_usable: Callable[[StructuralFact], bool],
    seed: int,
    doc_id: str,
) -> list[StructuralFact]:
    """Return the facts to ask about, in document order.

    Args:
        facts: The facts that the tasks found, each with a different question.
        num_chars: The length of the document in characters, used to compute depths.
        max_questions: The maximum number of facts to choose.
        is_usable: A check that is called once for each fact about to be chosen; if it fails, the next fact is tried.
        seed: The recipe's seed.
        doc_id: The document's id; the seed and the id determine the rank of each fact and the order of the tasks.
    """
    choice = _Choice(num_chars, max_questions, is_usable)
    ranked = [
        (stable_hash64(seed, doc_id, fact.form.name, *(value for slot in fact.slots for value in slot)), fact)
        for fact in facts
    ]
    for preference in sorted({fact.form.preference for fact in facts}):
        wanted = [item for item in ranked if item[1].form.preference == preference]
        tasks = {item[1].form.task for item in wanted}
        choice.fill(wanted, order=sorted(tasks, key=lambda task: stable_hash64(seed, doc_id, task)))
    return sorted(choice.chosen, key=lambda fact: (fact.spans, fact.form.name, fact.slots))


class _Choice:
    """The facts chosen so far, with their counts by form, depth and subject."""

    def __init__(self, num_chars: int, max_questions: int, is_usable: Callable[[StructuralFact], bool]) -> None:
        self.chosen: list[StructuralFact] = []
        self._num_chars = num_chars
        self._max_questions = max_questions
        self._max_per_subject = max(_LEAST_PER_SUBJECT, max_questions // _SUBJECT_SHARE)
        self._num_bins = min(_MAX_DEPTH_BINS, max_questions)
        self._is_usable = is_usable
        self._bins: Counter[int] = Counter()
        self._forms: Counter[Form] = Counter()
        self._subjects: Counter[str] = Counter()
        self._asked = AskedEvidence()

    def fill(self, ranked: Iterable[tuple[int, StructuralFact]], *, order: Sequence[str]) -> None:
        """Choose one fact of each task in turn until there are enough facts or none are left."""
        waiting: dict[str, _Cells] = {task: defaultdict(list) for task in order}
        for rank, fact in sorted(ranked, key=lambda item: (-item[0], item[1].spans)):
            waiting[fact.form.task][fact.form, self._bin(fact)].append((rank, fact))
        tasks = list(order)
        while tasks and len(self.chosen) < self._max_questions:
            for task in list(tasks):
                if len(self.chosen) == self._max_questions:
                    break
                if not self._take(waiting[task]):
                    tasks.remove(task)

    def _take(self, cells: _Cells) -> bool:
        """Choose the best usable fact, drop the unusable ones before it, and return whether a fact was chosen."""
        while cells:
            key = min(cells, key=lambda key: (self._forms[key[0]], self._bins[key[1]], cells[key][-1][0]))
            _, fact = cells[key].pop()
            if not cells[key]:
                del cells[key]
            subject = _subject(fact)
            if self._subjects[subject] >= self._max_per_subject or self._asked.holds(fact):
                continue
            if not self._is_usable(fact):
                continue
            self.chosen.append(fact)
            self._asked.add(fact)
            self._forms[fact.form] += 1
            self._bins[key[1]] += 1
            self._subjects[subject] += 1
            return True
        return False

    def _bin(self, fact: StructuralFact) -> int:
        """Return a fact's depth: the index of the tenth of the document in which its evidence begins.

        With fewer than ten questions, there are as many equal parts as questions.
        """
        return min(self._num_bins - 1, fact.spans[0].start * self._num_bins // max(1, self._num_chars))


def _subject(fact: StructuralFact) -> str:
    """Return the procedure, table or provision that a fact is about; for any other fact, a name that only it has."""
    slots = dict(fact.slots)
    named = next((slots[name] for name in _SUBJECT_SLOTS if name in slots), None)
    return named if named is not None else f"{fact.form.name} {fact.slots}"
