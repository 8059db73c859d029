"""Facts of the task `deadline`: by when, or within what time, something is to be done.

Comes in: text, its `Outline` and language; goes out: `Findings`. A duty is asked about only where the language reads
the whole sentence as subject, duty and time (`Landlord shall answer within twenty (20) Business Days.`); otherwise the
question is for the only time that a provision states. Linear.
"""

from __future__ import annotations

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, language_rules
from pipeline.languages.legal_rules import DeadlineRules
from pipeline.synthesize.structural.clauses import amendment_lead
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.provisions import ENTRY, Outline, Provision


def deadline_facts(*, text: str, outline: Outline, language: Language) -> Findings:
    """Facts about the deadlines that leaf provisions set."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    rules = language_rules(language).legal.deadlines
    if rules is None:
        return Findings(facts=(), refusals=())
    for provision in outline.provisions:
        if not provision.is_leaf or provision.is_container:
            continue
        found = _facts(text, provision, rules, {"clause": provision.named, **amendment_lead(provision, language)})
        if found and provision.doubt:
            refusals.append(_refuse(provision))
            continue
        facts.extend(found)
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _facts(text: str, provision: Provision, rules: DeadlineRules, slots: dict[str, str]) -> list[StructuralFact]:
    facts = []
    for span in sentences(text, provision.body.start, provision.body.end):
        duty = rules.read_duty(one_line(quote(text, span)))
        if duty is not None:
            form = QuestionForm(duty.form)
            facts.append(make_fact(form=form, slots={**dict(duty.slots), **slots}, answer=duty.limit, spans=[span]))
    is_ruling = provision.noun == ENTRY and not provision.title  # it tells what was the case, and sets no time
    if is_ruling or provision.is_long:
        return facts
    limit = rules.only_limit(one_line(quote(text, provision.body)))
    if limit:
        facts.append(_only_fact(text, provision, limit, {"noun": rules.noun(limit), **slots}))
    return facts


def _only_fact(text: str, provision: Provision, limit: str, slots: dict[str, str]) -> StructuralFact:
    first_word = limit.split()[0]
    spans = [
        span
        for span in sentences(text, provision.body.start, provision.body.end)
        if limit in one_line(quote(text, span)) or limit.replace(first_word, "", 1) in one_line(quote(text, span))
    ]
    return make_fact(form=QuestionForm.DEADLINE_ONLY, slots=slots, answer=limit, spans=spans or [provision.body])


def _refuse(provision: Provision) -> Refusal:
    return Refusal(
        task=StructuralTask.DEADLINE,
        subject=provision.label,
        reason=provision.doubt.value,
        detail=provision.doubt_detail,
        span=provision.body,
    )
