"""Questions in English and Korean for each `QuestionForm`, several wordings each.

`phrase` takes a fact, a language and a number that depends on the document only, and gives the question. Placeholders:
`{name}` the slot, `{name:은}` the slot with the particle form that fits it, `{name|은}` the particle alone (after a
closing quotation mark). `{lead}` opens a question with a qualification and may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.records import Language
from pipeline.synthesize.structural.facts import QuestionForm, StructuralFact
from pipeline.synthesize.structural.particles import attach

PROMPT_VERSION = "structural-2"
"""Written on every row; raise it when a template or the wording of an answer changes."""

_PLACEHOLDER = re.compile(r"\{(\w+)(?:([:|])(\w+))?\}")

TEMPLATES: Mapping[QuestionForm, Mapping[Language, tuple[str, ...]]] = {
    QuestionForm.CLAUSE_TEXT: {
        Language.ENGLISH: (
            "{lead}what does {clause} say?",
            "{lead}what is the full text of {clause}?",
            "{lead}what does {clause} provide? Quote it in full.",
        ),
        Language.KOREAN: (
            "{lead}{clause}의 내용은 무엇입니까?",
            "{lead}{clause}에는 어떤 내용이 적혀 있습니까?",
            "{lead}{clause}의 본문을 그대로 알려 주세요.",
        ),
    },
    QuestionForm.CLAUSE_TITLE: {
        Language.ENGLISH: ("what is the heading of {label}?", "how is {label} headed?"),
        Language.KOREAN: ("{label}의 제목은 무엇입니까?", "{label}에는 어떤 제목이 붙어 있나요?"),
    },
    QuestionForm.CLAUSE_NUMBER: {
        Language.ENGLISH: ("which {noun} is headed “{title}”?", "what is the number of the {noun} headed “{title}”?"),
        Language.KOREAN: (
            "“{title}”{title|이라는} 제목은 어느 {noun}에 붙어 있습니까?",
            "제목이 “{title}”인 {noun:은} 어느 것입니까?",
        ),
    },
    QuestionForm.DEFINITION_MEANING: {
        Language.ENGLISH: (
            "{lead}how is “{term}” defined?",
            "{lead}what does “{term}” mean in this document?",
            "{lead}what is the definition of “{term}”?",
        ),
        Language.KOREAN: (
            "{lead}“{term}”의 정의는 무엇입니까?",
            "{lead}이 문서에서 “{term}”{term|이란} 무엇을 말합니까?",
            "{lead}“{term}”{term|은} 어떻게 정의되어 있나요?",
        ),
    },
    QuestionForm.DEFINITION_TERM: {
        Language.ENGLISH: (
            "{lead}which term is defined as “{meaning}”?",
            "{lead}which defined term has the meaning “{meaning}”?",
        ),
        Language.KOREAN: (
            "{lead}“{meaning}”{meaning|으로} 정의된 용어는 무엇입니까?",
            "{lead}어떤 용어가 “{meaning}”{meaning|이라는} 뜻으로 쓰입니까?",
        ),
    },
    QuestionForm.PARTY_ROLE: {
        Language.ENGLISH: ("who is the {role}?", "which party is the {role}?", "what is the name of the {role}?"),
        Language.KOREAN: (
            "이 문서에서 {role:은} 누구입니까?",
            "{role}의 이름 또는 상호는 무엇입니까?",
            "누가 {role}입니까?",
        ),
    },
    QuestionForm.PARTY_NAME: {
        Language.ENGLISH: (
            "in what capacity does {name} appear in this document?",
            "which party is {name}?",
        ),
        Language.KOREAN: (
            "{name:은} 이 문서에서 어떤 당사자입니까?",
            "{name}의 당사자 지위는 무엇입니까?",
        ),
    },
    QuestionForm.PARTY_ALL: {
        Language.ENGLISH: (
            "who are the parties, and in what capacity does each appear?",
            "name every party together with its role.",
        ),
        Language.KOREAN: (
            "당사자는 각각 누구이며 어떤 지위에 있습니까?",
            "이 문서의 당사자를 지위와 함께 모두 적어 주세요.",
        ),
    },
    QuestionForm.AMOUNT_NAMED: {
        Language.ENGLISH: (
            "{lead}how much is the {name} under {clause}?",
            "{lead}what is the amount of the {name} in {clause}?",
        ),
        Language.KOREAN: (
            "{lead}{clause}에서 정한 {name:은} 얼마입니까?",
            "{lead}{clause}에 따르면 {name:이} 얼마인가요?",
        ),
    },
    QuestionForm.AMOUNT_ONLY: {
        Language.ENGLISH: (
            "{lead}which amount of money does {clause} state?",
            "{lead}what sum of money is named in {clause}?",
        ),
        Language.KOREAN: (
            "{lead}{clause}에 나오는 금액은 얼마입니까?",
            "{lead}{clause}에는 어떤 금액이 적혀 있습니까?",
        ),
    },
    QuestionForm.AMOUNT_ALL: {
        Language.ENGLISH: (
            "{lead}which amounts of money does {clause} state? List them in order.",
            "{lead}list every sum of money named in {clause}, in order.",
        ),
        Language.KOREAN: (
            "{lead}{clause}에 나오는 금액을 순서대로 모두 적어 주세요.",
            "{lead}{clause}에는 어떤 금액들이 나옵니까? 나오는 순서대로 답해 주세요.",
        ),
    },
    QuestionForm.AMOUNT_PLACE: {
        Language.ENGLISH: ("which provision states the amount of {amount}?", "where is the sum of {amount} stated?"),
        Language.KOREAN: ("{amount:이라는} 금액은 어느 조항에 나옵니까?", "{amount:이} 적힌 조항은 어디입니까?"),
    },
    QuestionForm.DEADLINE_DUTY: {
        Language.ENGLISH: (
            "{lead}under {clause}, {when} must {subject} {action}?",
            "{lead}{when} must {subject} {action} according to {clause}?",
        ),
        Language.KOREAN: (
            "{lead}{clause}에 따르면 {subject} {before}언제까지 {action}?",
            "{lead}{clause}에서 {subject} {before}언제까지 {action}?",
        ),
    },
    QuestionForm.DEADLINE_DUE: {
        Language.ENGLISH: (
            "{lead}under {clause}, when {verb} {subject} {state}?",
            "{lead}according to {clause}, when {verb} {subject} {state}?",
        ),
        Language.KOREAN: ("{lead}{clause}에 따르면 {subject} 언제 {state}?",),
    },
    QuestionForm.DEADLINE_ONLY: {
        Language.ENGLISH: (
            "{lead}which time limit does {clause} set?",
            "{lead}what is the only deadline or period stated in {clause}?",
        ),
        Language.KOREAN: (
            "{lead}{clause}에서 정한 기한은 무엇입니까?",
            "{lead}{clause}에 나오는 기한을 알려 주세요.",
        ),
    },
    QuestionForm.REFERENCE_TO: {
        Language.ENGLISH: (
            "which other {places} refer to {label} by number?",
            "where else in the document is {label} referred to by its number? List all the places.",
        ),
        Language.KOREAN: (
            "{label:을} 번호로 언급하는 다른 {places:을} 모두 적어 주세요.",
            "이 문서에서 {label:을} 번호로 언급하는 {places:은} 어디입니까? 모두 답해 주세요.",
        ),
    },
    QuestionForm.REFERENCE_FROM: {
        Language.ENGLISH: (
            "to which other {places} of the document does {label} refer?",
            "which other {places} does {label} mention by number?",
        ),
        Language.KOREAN: (
            "{label:은} 이 문서의 다른 어떤 {places:을} 언급합니까?",
            "{label}에서 번호로 언급하는 다른 {places:을} 모두 적어 주세요.",
        ),
    },
    QuestionForm.STEPS_ALL: {
        Language.ENGLISH: (
            "list the steps under “{title}” in order.",
            "what are the numbered steps given under “{title}”, in order?",
            "which steps does “{title}” consist of? Give them all, in order.",
        ),
        Language.KOREAN: (
            "“{title}”의 단계를 순서대로 모두 적어 주세요.",
            "“{title}”에 나온 절차를 번호 순서대로 알려 주세요.",
            "“{title}” 항목의 모든 단계를 차례대로 답해 주세요.",
        ),
    },
    QuestionForm.STEPS_ONE: {
        Language.ENGLISH: ("what is step {number} under “{title}”?", "under “{title}”, what does step {number} say?"),
        Language.KOREAN: ("“{title}”의 {number}단계는 무엇입니까?", "“{title}”에서 {number}번째로 할 일은 무엇인가요?"),
    },
    QuestionForm.STEPS_NEXT: {
        Language.ENGLISH: (
            "under “{title}”, which step comes right after “{previous}”?",
            "in the procedure “{title}”, what is to be done directly after “{previous}”?",
        ),
        Language.KOREAN: (
            "“{title}”에서 “{previous}” 바로 다음 단계는 무엇입니까?",
            "“{title}” 절차에서 “{previous}” 다음에는 무엇을 해야 합니까?",
        ),
    },
    QuestionForm.STEPS_COUNT: {
        Language.ENGLISH: ("how many numbered steps are there under “{title}”?",),
        Language.KOREAN: ("“{title}”{title|은} 모두 몇 단계로 되어 있습니까?",),
    },
    QuestionForm.STEPS_ITEMS: {
        Language.ENGLISH: (
            "give the numbered list under “{title}” in full.",
            "which items does the numbered list under “{title}” contain, in order?",
        ),
        Language.KOREAN: (
            "“{title}”에 나오는 번호 목록을 순서대로 모두 적어 주세요.",
            "“{title}” 항목의 번호 목록에는 무엇무엇이 있습니까? 차례대로 답해 주세요.",
        ),
    },
    QuestionForm.STEPS_ITEM: {
        Language.ENGLISH: (
            "what is number {number} of the list under “{title}”?",
            "under “{title}”, what does item {number} of the numbered list say?",
        ),
        Language.KOREAN: (
            "“{title}”의 목록에서 {number}번은 무엇입니까?",
            "“{title}”에 나오는 번호 목록의 {number}번 항목을 알려 주세요.",
        ),
    },
    QuestionForm.TABLE_CELL: {
        Language.ENGLISH: (
            "according to the table {table}, what is given as “{column}” for “{row}”?",
            "in the table {table}, what does the column “{column}” say for “{row}”?",
        ),
        Language.KOREAN: (
            "{table} 표에서 “{row}”의 “{column}” 값은 무엇입니까?",
            "{table} 표에 따르면 “{row}”의 “{column}”에는 무엇이라고 적혀 있습니까?",
        ),
    },
    QuestionForm.TABLE_ROW: {
        Language.ENGLISH: (
            "what does the table {table} say about “{row}”? Give every column.",
            "give the complete entry for “{row}” in the table {table}.",
        ),
        Language.KOREAN: (
            "{table} 표에서 “{row}” 행의 내용을 열마다 모두 알려 주세요.",
            "{table} 표의 “{row}” 항목을 빠짐없이 적어 주세요.",
        ),
    },
    QuestionForm.TABLE_FILTER: {
        Language.ENGLISH: (
            "in the table {table}, which entries have “{value}” in the column “{column}”? List all of them.",
            "which entries of the table {table} show “{value}” under “{column}”? Name them all.",
        ),
        Language.KOREAN: (
            "{table} 표에서 “{column}” 열이 “{value}”인 항목을 모두 적어 주세요.",
            "{table} 표에서 “{column}” 값이 “{value}”인 것은 무엇무엇입니까?",
        ),
    },
    QuestionForm.SPEAKER_AT: {
        Language.ENGLISH: ("what did {speaker} say {time}?", "{time}, what did {speaker} say?"),
        Language.KOREAN: ("{time}에 {speaker:은} 무엇이라고 말했습니까?", "{speaker:이} {time}에 한 말은 무엇입니까?"),
    },
    QuestionForm.SPEAKER_WHO: {
        Language.ENGLISH: ("who said “{words}”?", "which participant said “{words}”?"),
        Language.KOREAN: ("“{words}”라고 말한 사람은 누구입니까?", "누가 “{words}”라고 말했나요?"),
    },
    QuestionForm.SPEAKER_WHEN: {
        Language.ENGLISH: ("when did {speaker} say “{words}”?", "at what time did {speaker} say “{words}”?"),
        Language.KOREAN: (
            "{speaker:이} “{words}”라고 말한 시각은 언제입니까?",
            "{speaker:은} 몇 시 몇 분에 “{words}”라고 말했습니까?",
        ),
    },
    QuestionForm.SPEAKER_REPLY: {
        Language.ENGLISH: (
            "what did {reply} say directly after {speaker} said “{words}”?",
            "after {speaker} said “{words}”, what did {reply} say next?",
        ),
        Language.KOREAN: (
            "{speaker:이} “{words}”라고 말한 직후 {reply:은} 무엇이라고 말했습니까?",
            "{speaker}의 “{words}”라는 말에 이어 {reply:은} 뭐라고 했나요?",
        ),
    },
    QuestionForm.SPEAKER_ALL: {
        Language.ENGLISH: (
            "who speaks in this conversation? List everyone in the order of their first words.",
            "name all the speakers, in the order in which they first speak.",
        ),
        Language.KOREAN: (
            "이 대화에서 발언한 사람을 처음 말한 순서대로 모두 적어 주세요.",
            "누가 이 대화에 참여합니까? 처음 발언한 순서대로 답해 주세요.",
        ),
    },
    QuestionForm.SIGNATURE_OF: {
        Language.ENGLISH: (
            "what is the signature of `{name}` in `{file}`?",
            "how is `{name}` declared in `{file}`? Give its signature.",
        ),
        Language.KOREAN: (
            "`{file}`에 있는 `{name}`의 시그니처는 무엇입니까?",
            "`{file}`에서 `{name}` 함수는 어떻게 선언되어 있습니까? 시그니처를 적어 주세요.",
        ),
    },
    QuestionForm.SIGNATURE_FILE: {
        Language.ENGLISH: ("in which file is `{name}` defined?", "which file contains the definition of `{name}`?"),
        Language.KOREAN: (
            "`{name}` 함수는 어느 파일에 정의되어 있습니까?",
            "`{name}`의 정의가 들어 있는 파일은 무엇인가요?",
        ),
    },
    QuestionForm.SIGNATURE_METHODS: {
        Language.ENGLISH: (
            "which methods does the {noun} `{name}` in `{file}` define? List them in order.",
            "list the methods of the {noun} `{name}` (`{file}`) in the order of their definition.",
        ),
        Language.KOREAN: (
            "`{file}`의 `{name}` {noun}에 정의된 메서드를 순서대로 모두 적어 주세요.",
            "`{name}` {noun}(`{file}`){noun|은} 어떤 메서드들을 정의합니까? 나오는 순서대로 답해 주세요.",
        ),
    },
    QuestionForm.CALLERS_OF: {
        Language.ENGLISH: (
            "which functions call `{name}`? List all of them with their files.",
            "where is `{name}` called? Name every calling function and its file.",
        ),
        Language.KOREAN: (
            "`{name}` 함수를 호출하는 함수를 파일과 함께 모두 적어 주세요.",
            "어떤 함수들이 `{name}` 함수를 호출합니까? 파일 이름과 함께 모두 답해 주세요.",
        ),
    },
}


def phrase(*, fact: StructuralFact, language: Language, choice: int) -> str:
    """The question that a fact answers.

    Args:
        fact: its form picks the templates, its slots fill them; a missing `lead` is empty.
        language: of the question.
        choice: any number; the wording is `choice` modulo the number of wordings.
    """
    templates = TEMPLATES[fact.form][language]
    values = {"lead": "", **dict(fact.slots)}
    return _capitalize(_PLACEHOLDER.sub(lambda match: _fill(match, values), templates[choice % len(templates)]))


def _fill(match: re.Match[str], values: Mapping[str, str]) -> str:
    name, kind, particle = match.groups()
    value = values[name]
    if kind is None:
        return value
    whole = attach(value, particle)
    return whole if kind == ":" else whole[len(value) :]


def _capitalize(question: str) -> str:
    return question[:1].upper() + question[1:]
