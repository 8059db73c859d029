"""Which facts of a document become questions: tasks in turn, depths and forms evenly, the same ones on every run.

Comes in: all facts; goes out: at most `max_questions` of them. Greedy, `max_questions` passes over the facts of a task.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from pipeline.config.build import StructuralTask
from pipeline.identity import stable_hash64
from pipeline.synthesize.structural.facts import StructuralFact

_DEPTH_BINS = 5
_MAX_PER_SUBJECT = 3
"""Questions about one procedure, table or provision, so that a document's only table does not fill its share."""
_SUBJECT_SLOTS = ("title", "table", "clause", "label")


def choose_facts(
    *,
    facts: Sequence[StructuralFact],
    num_chars: int,
    max_questions: int,
    is_usable: Callable[[StructuralFact], bool],
    seed: int,
    doc_id: str,
) -> list[StructuralFact]:
    """Facts to ask about, in document order.

    Args:
        facts: what the parsers found, each with a question of its own.
        num_chars: length of the document, to tell depths apart.
        max_questions: most facts to choose.
        is_usable: asked once for each fact that would be chosen; a refused fact is replaced by the next best.
        seed: of the recipe.
        doc_id: of the document; with the seed it decides ties.
    """
    waiting: dict[StructuralTask, list[tuple[int, StructuralFact]]] = defaultdict(list)
    for fact in facts:
        rank = stable_hash64(seed, doc_id, fact.form, *(value for slot in fact.slots for value in slot))
        waiting[fact.form.task].append((rank, fact))
    order = sorted(waiting, key=lambda task: stable_hash64(seed, doc_id, task))
    chosen: list[StructuralFact] = []
    bins: Counter[int] = Counter()
    forms: Counter[str] = Counter()
    subjects: Counter[str] = Counter()

    def fits(fact: StructuralFact) -> bool:
        return subjects[_subject(fact)] < _MAX_PER_SUBJECT and is_usable(fact)

    while order and len(chosen) < max_questions:
        for task in list(order):
            best = _next_usable(waiting[task], bins, forms, num_chars, fits)
            if best is None:
                order.remove(task)
                continue
            chosen.append(best)
            bins[_bin(best, num_chars)] += 1
            forms[best.form] += 1
            subjects[_subject(best)] += 1
            if len(chosen) == max_questions:
                break
    return sorted(chosen, key=lambda fact: (fact.spans, fact.form, fact.slots))


def _next_usable(
    waiting: list[tuple[int, StructuralFact]],
    bins: Counter[int],
    forms: Counter[str],
    num_chars: int,
    is_usable: Callable[[StructuralFact], bool],
) -> StructuralFact | None:
    """Take the best fact that can be used out of `waiting`, and every better one that cannot."""
    while waiting:
        best = min(waiting, key=lambda item: (forms[item[1].form], bins[_bin(item[1], num_chars)], item[0]))
        waiting.remove(best)
        if is_usable(best[1]):
            return best[1]
    return None


def _subject(fact: StructuralFact) -> str:
    """The procedure, table or provision a fact is about; a name of its own for every other fact."""
    slots = dict(fact.slots)
    named = next((slots[name] for name in _SUBJECT_SLOTS if name in slots), None)
    return named if named is not None else f"{fact.form} {fact.slots}"


def _bin(fact: StructuralFact, num_chars: int) -> int:
    return min(_DEPTH_BINS - 1, fact.spans[-1].start * _DEPTH_BINS // max(1, num_chars))
