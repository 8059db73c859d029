"""Korean questions that follow one reference between provisions, or two in a row."""

from __future__ import annotations

from pipeline.languages.question_rules import combined

_ASKED = {
    "clause_text": "@의 내용은 무엇입니까",
    "clause_title": "@의 제목은 무엇입니까",
    "duty_must": "@에 따르면 {subject:은} 어떻게 하여야 합니까",
    "duty_ban": "@에서 {subject:은} 무엇을 할 수 없다고 정하고 있습니까",
    "duty_may": "@에 따르면 {subject:은} 무엇을 할 수 있습니까",
    "duty_penalty": "@에 따르면 {who} 어떤 제재를 받습니까",
    "deadline_duty": "@에 따르면 {subject} {before}언제까지 {action}",
    "deadline_due": "@에 따르면 {subject} 언제 {state}",
    "deadline_only": "@에 나오는 {noun:은} 무엇입니까",
    "deadline_effective": "@에 따르면 {what:은} 언제부터 시행됩니까",
    "amount_named": "@에서 정한 {name:은} 얼마입니까",
    "amount_only": "@에 나오는 금액은 얼마입니까",
    "amount_share": "@에 나오는 비율은 얼마입니까",
}
"""What is asked about the last provision, which `@` stands for, by the form of the fact that answers it."""
_ONCE = (
    ("{source}에서 인용하는 이 문서의 다른 조항은 무엇이며, #?", "그 조항"),
    ("{source:이} 번호로 인용하는 이 문서의 다른 조항을 밝히고 답해 주십시오. #?", "그 조항"),
)
"""The openings of the questions; `#` stands for what is asked, and the second item for the last provision."""
_TWICE = (
    (
        "{source}에서 인용하는 이 문서의 조항은 다시 다른 조항을 인용합니다. 두 조항을 차례로 밝히고 답해 주십시오. #?",
        "마지막 조항",
    ),
    ("{source}의 인용을 따라가면 나오는 조항과, 그 조항이 다시 인용하는 조항은 각각 무엇이며, #?", "뒤의 조항"),
)
FOLLOWED = {
    **combined("followed_reference.", _ONCE, _ASKED),
    **combined("followed_reference.twice_", _TWICE, _ASKED),
}
"""The wordings by the name of their form."""
