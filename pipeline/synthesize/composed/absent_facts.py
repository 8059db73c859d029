"""Makes the facts of the tasks that ask for something absent, from a near miss and the names that a document has.

Used by the tasks `absent_…`. `read_whole` refuses a part of a longer document, because the name may be in another part,
and a language without sentences for such answers finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from pipeline.identity import stable_hash64
from pipeline.languages import language_rules
from pipeline.languages.absence_rules import AbsenceRules
from pipeline.synthesize.composed.absence import AbsenceReading, near_misses, nearest
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form

_MAX_FACTS = 2
"""How many facts a document may give at most, so that about one answer in sixteen is that something is absent."""
_NUM_NAMED = 3
"""How many existing names an answer gives."""
LEAST_KNOWN = 2
"""The minimum number of names that a document must have before a question asks for one more."""


def read_whole(
    task: str, reading: Reading, find: Callable[[Reading, AbsenceRules], Iterable[StructuralFact | Unasked]]
) -> Findings:
    """Return one or two of the facts that a function finds in a whole document, and what it refuses.

    The document's id decides how many facts are kept, and which.
    """
    rules = language_rules(reading.language).absence
    if rules is None or not reading.text.strip():
        return Findings((), ())
    if reading.context.num_parts > 1:
        detail = f"the text is part {reading.context.part} of {reading.context.num_parts}"
        return Findings((), (refuse(task, reason="part_of_document", detail=detail),))
    found = tuple(find(reading, rules))
    facts = [one for one in found if isinstance(one, StructuralFact)]
    seed = reading.context.doc_id
    ranked = sorted(facts, key=lambda fact: (stable_hash64(seed, "absent", fact.form.name), fact.spans))
    kept = ranked[: 1 + stable_hash64(seed, "unanswerable") % _MAX_FACTS]
    return Findings(
        facts=tuple(kept),
        unasked=tuple(one for one in found if isinstance(one, Unasked)),
    )


def refuse(task: str, *, reason: str, detail: str) -> Unasked:
    """Return the refusal to ask a document for something absent."""
    return not_asked(task=task, subject="absence", reason=reason, detail=detail, span=Span(0, 1))


def near_miss_fact(
    reading: Reading,
    form: Form,
    *,
    ranked: Sequence[Iterable[str]],
    known: Mapping[str, Span],
    answer: Callable[[str, Sequence[str]], str],
    slots: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[StructuralFact]:
    """Yield a fact about the nearest absent name, with the existing names that are most like it; nothing if all exist.

    Args:
        reading: The document.
        form: The form, whose slot `name` receives the absent name.
        ranked: Groups of names to try, the nearest misses first.
        known: Names that the document has, with their evidence.
        answer: Returns the answer for the absent name and the existing names.
        slots: More slots of the question.
    """
    absence = AbsenceReading(reading.text)
    for name in near_misses(ranked=ranked, reading=absence, seed=reading.context.doc_id):
        near = nearest(name, list(known), count=_NUM_NAMED)
        spans = [known[other] for other in near]
        yield make_fact(form=form, slots={"name": name, **slots}, answer=answer(name, near), spans=spans)
