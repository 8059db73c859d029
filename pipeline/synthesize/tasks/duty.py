"""The task `duty` asks what provisions require, forbid, allow and punish.

`structural.statements` finds the sentences. A sentence is used only if it is the only one in its provision about its
subject.
"""

from __future__ import annotations

from pipeline.synthesize.structural import statements
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.statements import statement_facts
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

DUTY_MUST = Form(
    "duty.must",
    {
        "en": (
            "{lead}under {clause}, what must {subject} do?",
            "{lead}what does {clause} require {subject} to do?",
        ),
        "ko": (
            "{lead}{clause}에 따르면 {subject:은} 어떻게 하여야 합니까?",
            "{lead}{clause}에서 {subject:이} 하여야 한다고 정한 것은 무엇입니까?",
        ),
    },
)
DUTY_BAN = Form(
    "duty.ban",
    {
        "en": (
            "{lead}under {clause}, what must {subject} not do?",
            "{lead}what does {clause} forbid {subject} to do?",
        ),
        "ko": (
            "{lead}{clause}에서 {subject:은} 무엇을 할 수 없다고 정하고 있습니까?",
            "{lead}{clause}에 따르면 {subject:이} 할 수 없거나 하여서는 안 되는 것은 무엇입니까?",
        ),
    },
)
DUTY_MAY = Form(
    "duty.may",
    {
        "en": (
            "{lead}under {clause}, what may {subject} do?",
            "{lead}what does {clause} allow {subject} to do?",
        ),
        "ko": (
            "{lead}{clause}에 따르면 {subject:은} 무엇을 할 수 있습니까?",
            "{lead}{clause}에서 {subject:이} 할 수 있다고 정한 것은 무엇입니까?",
        ),
    },
)
DUTY_PENALTY = Form(
    "duty.penalty",
    {
        "en": (
            "{lead}under {clause}, what punishment or penalty is there for {who}?",
            "{lead}according to {clause}, what penalty does {who} face?",
        ),
        "ko": (
            "{lead}{clause}에 따르면 {who} 어떤 제재를 받습니까?",
            "{lead}{clause}에서 {who} 어떤 처벌이나 제재가 정해져 있습니까?",
        ),
    },
)
_FORMS = (DUTY_MUST, DUTY_BAN, DUTY_MAY, DUTY_PENALTY)


def duty_facts(reading: Reading) -> Findings:
    """Return facts about what provisions require, forbid, allow and punish."""
    facts = statement_facts(reading.statements, _FORMS, reading.language)
    return without_markup(Findings(facts=tuple(facts), unasked=()))


TASK = StructuralTask(
    name="duty",
    order=60,
    finds={"legal": duty_facts},
    forms=_FORMS,
    thresholds=thresholds_in(vars(statements)),
    frames=lambda rules: (rules.frames.before_amendment,),
)
