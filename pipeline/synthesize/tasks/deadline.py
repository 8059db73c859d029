"""The task `deadline` asks by when or within what time something must be done, and when something takes effect.

A question names a duty only if the language's rules parse the whole sentence into subject, duty and time (`Landlord
shall answer within twenty (20) Business Days.`). Another question asks for the time limit of a provision that states
only one. Only leaf provisions are read for time limits: those that contain no other provisions. Time is linear in the
length of the text.
"""

from __future__ import annotations

from pipeline.languages import Language, language_rules
from pipeline.languages.legal_rules import DeadlineRules
from pipeline.synthesize.structural import statements
from pipeline.synthesize.structural.amending import amendment_lead
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import ENTRY, Outline, Provision
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.statements import statement_facts
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

DEADLINE_DUTY = Form(
    "deadline.duty",
    {
        "en": (
            "{lead}under {clause}, {when} must {subject} {action}?",
            "{lead}{when} must {subject} {action} according to {clause}?",
        ),
        "ko": (
            "{lead}{clause}에 따르면 {subject} {before}언제까지 {action}?",
            "{lead}{clause}에서 {subject} {before}언제까지 {action}?",
        ),
    },
)
DEADLINE_DUE = Form(
    "deadline.due",
    {
        "en": (
            "{lead}under {clause}, when {verb} {subject} {state}?",
            "{lead}according to {clause}, when {verb} {subject} {state}?",
        ),
        "ko": ("{lead}{clause}에 따르면 {subject} 언제 {state}?",),
    },
)
DEADLINE_ONLY = Form(
    "deadline.only",
    {
        "en": (
            "{lead}which time limit is stated in {clause}?",
            "{lead}what is the only deadline or period stated in {clause}?",
        ),
        "ko": (
            "{lead}{clause}에 나오는 {noun:은} 무엇입니까?",
            "{lead}{clause}에 적힌 {noun:을} 알려 주십시오.",
        ),
    },
    traits=frozenset({Trait.ONLY_VALUE}),
)
DEADLINE_EFFECTIVE = Form(
    "deadline.effective",
    {
        "en": (
            "according to {clause}, when does {what} take effect?",
            "under {clause}, from when is {what} in force?",
        ),
        "ko": (
            "{clause}에 따르면 {what:은} 언제부터 시행됩니까?",
            "{clause}에서 정한 {what}의 시행 시점은 언제입니까?",
        ),
    },
)
_OF_DUTY = {form.name: form for form in (DEADLINE_DUTY, DEADLINE_DUE)}


def deadline_facts(reading: Reading) -> Findings:
    """Return facts about the time limits in leaf provisions, and about when something takes effect."""
    found = _limits(reading.text, reading.provisions, reading.language)
    effective = statement_facts(reading.statements, (DEADLINE_EFFECTIVE,), reading.language)
    return without_markup(Findings(facts=(*found.facts, *effective), unasked=found.unasked))


def _limits(text: str, outline: Outline, language: Language) -> Findings:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    rules = language_rules(language).legal.deadlines
    if rules is None:
        return Findings(facts=(), unasked=())
    for provision in outline.provisions:
        if not provision.is_leaf or provision.is_container:
            continue
        found = _facts(text, provision, rules, {"clause": provision.named, **amendment_lead(provision, language)})
        if found and provision.doubt:
            unasked.append(_refuse(provision))
            continue
        facts.extend(found)
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _facts(text: str, provision: Provision, rules: DeadlineRules, slots: dict[str, str]) -> list[StructuralFact]:
    facts = []
    for span in sentences(text, provision.body.start, provision.body.end):
        duty = rules.read_duty(one_line(quote(text, span)))
        if duty is not None:
            named = {**dict(duty.slots), **slots}
            facts.append(make_fact(form=_OF_DUTY[duty.form], slots=named, answer=duty.limit, spans=[span]))
    is_ruling = provision.noun == ENTRY and not provision.title  # a ruling reports what happened and sets no time limit
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
    return make_fact(form=DEADLINE_ONLY, slots=slots, answer=limit, spans=spans or [provision.body])


def _refuse(provision: Provision) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=provision.label,
        reason=provision.doubt.value,
        detail=provision.doubt_detail,
        span=provision.body,
    )


TASK = StructuralTask(
    name="deadline",
    order=50,
    finds={"legal": deadline_facts},
    forms=(DEADLINE_DUTY, DEADLINE_DUE, DEADLINE_ONLY, DEADLINE_EFFECTIVE),
    thresholds=thresholds_in(vars(statements)),
    frames=lambda rules: (rules.frames.before_amendment,),
)
