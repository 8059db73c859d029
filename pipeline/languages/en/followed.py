"""English questions that follow one reference between provisions, or two in a row."""

from __future__ import annotations

from pipeline.languages.question_rules import combined

_ASKED = {
    "clause_text": "what does @ say",
    "clause_title": "how is @ headed",
    "duty_must": "what does @ require {subject} to do",
    "duty_ban": "what does @ forbid {subject} to do",
    "duty_may": "what does @ allow {subject} to do",
    "duty_penalty": "what punishment or penalty does @ set for {who}",
    "deadline_duty": "{when} must {subject} {action} under @",
    "deadline_due": "when {verb} {subject} {state} under @",
    "deadline_only": "which time limit does @ state",
    "deadline_effective": "when does {what} take effect according to @",
    "amount_named": "how much is the {name} under @",
    "amount_only": "which amount of money does @ state",
    "amount_share": "which percentage does @ state",
}
"""What is asked about the last provision, which `@` stands for, by the form of the fact that answers it."""
_ONCE = (
    ("which other provision of this document does {source} refer to, and #?", "it"),
    ("to which other provision of this document does {source} refer, and #?", "that provision"),
)
"""The openings of the questions; `#` stands for what is asked, and the second item for the last provision."""
_TWICE = (
    (
        "the provision of this document that {source} refers to refers to one further provision. Name both in turn: #?",
        "the last one",
    ),
    (
        "follow the reference in {source} to another provision of this document, "
        "and the one there to the next. Which two provisions are these, and #?",
        "the second one",
    ),
)
FOLLOWED = {
    **combined("followed_reference.", _ONCE, _ASKED),
    **combined("followed_reference.twice_", _TWICE, _ASKED),
}
"""The wordings by the name of their form."""
