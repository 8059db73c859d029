"""Questions in Korean by form, several wordings each. Placeholders: see `synthesize.structural.phrasing`."""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "clause.text": (
        "{lead}{clause}의 내용은 무엇입니까?",
        "{lead}{clause}에는 어떤 내용이 적혀 있습니까?",
        "{lead}{clause}의 본문을 그대로 알려 주십시오.",
    ),
    "clause.title": (
        "{label}의 제목은 무엇입니까?",
        "{label}에는 어떤 제목이 붙어 있습니까?",
    ),
    "clause.number": (
        "“{title}”{title|이라는} 제목은 어느 {noun}에 붙어 있습니까?",
        "제목이 “{title}”인 {noun:은} 어느 것입니까?",
    ),
    "definition.meaning": (
        "{lead}“{term}”의 정의는 무엇입니까?",
        "{lead}이 문서에서 “{term}”{term|이란} 무엇을 말합니까?",
        "{lead}“{term}”{term|은} 어떻게 정의되어 있습니까?",
    ),
    "definition.term": (
        "{lead}“{meaning}”{meaning|으로} 정의된 용어는 무엇입니까?",
        "{lead}어떤 용어가 “{meaning}”{meaning|이라는} 뜻으로 쓰입니까?",
    ),
    "party.role": (
        "이 문서에서 {role:은} 누구입니까?",
        "{role}의 이름 또는 상호는 무엇입니까?",
        "누가 {role}입니까?",
    ),
    "party.name": (
        "{name:은} 이 문서에서 어떤 당사자입니까?",
        "{name}의 당사자 지위는 무엇입니까?",
    ),
    "party.all": (
        "당사자는 각각 누구이며 어떤 지위에 있습니까?",
        "이 문서의 당사자를 지위와 함께 모두 적어 주십시오.",
    ),
    "amount.named": (
        "{lead}{clause}에서 정한 {name:은} 얼마입니까?",
        "{lead}{clause}에 따르면 {name:이} 얼마입니까?",
    ),
    "amount.only": (
        "{lead}{clause}에 나오는 금액은 얼마입니까?",
        "{lead}{clause}에는 어떤 금액이 적혀 있습니까?",
    ),
    "amount.all": (
        "{lead}{clause}에 나오는 금액을 순서대로 모두 적어 주십시오.",
        "{lead}{clause}에는 어떤 금액들이 나옵니까? 나오는 순서대로 답해 주십시오.",
    ),
    "amount.place": (
        "{amount:이라는} 금액은 어느 조항에 나옵니까?",
        "{amount:이} 적힌 조항은 어디입니까?",
    ),
    "deadline.duty": (
        "{lead}{clause}에 따르면 {subject} {before}언제까지 {action}?",
        "{lead}{clause}에서 {subject} {before}언제까지 {action}?",
    ),
    "deadline.due": ("{lead}{clause}에 따르면 {subject} 언제 {state}?",),
    "deadline.only": (
        "{lead}{clause}에 나오는 {noun:은} 무엇입니까?",
        "{lead}{clause}에 적힌 {noun:을} 알려 주십시오.",
    ),
    "deadline.effective": (
        "{clause}에 따르면 {what:은} 언제부터 시행됩니까?",
        "{clause}에서 정한 {what}의 시행 시점은 언제입니까?",
    ),
    "duty.must": (
        "{lead}{clause}에 따르면 {subject:은} 어떻게 하여야 합니까?",
        "{lead}{clause}에서 {subject:이} 하여야 한다고 정한 것은 무엇입니까?",
    ),
    "duty.ban": (
        "{lead}{clause}에서 {subject:은} 어떻게 할 수 없다고 정하고 있습니까?",
        "{lead}{clause}에 따르면 {subject:이} 할 수 없거나 하여서는 안 되는 것은 무엇입니까?",
    ),
    "duty.may": (
        "{lead}{clause}에 따르면 {subject:은} 무엇을 할 수 있습니까?",
        "{lead}{clause}에서 {subject:이} 할 수 있다고 정한 것은 무엇입니까?",
    ),
    "duty.penalty": (
        "{lead}{clause}에 따르면 {who} 어떤 제재를 받습니까?",
        "{lead}{clause}에서 {who} 어떤 처벌이나 제재가 정해져 있습니까?",
    ),
    "clause.amended": (
        "{clause:은} 언제 개정되거나 신설되었습니까? 표시된 날짜를 모두 적어 주십시오.",
        "{clause}에 표시된 개정·신설 날짜는 무엇입니까?",
    ),
    "amount.share": (
        "{lead}{clause}에 나오는 비율은 얼마입니까?",
        "{lead}{clause}에 적힌 비율은 무엇입니까?",
    ),
    "ruling.holding": (
        "{label}에서는 무엇이라고 판단하거나 회신하고 있습니까?",
        "{label}의 판단 또는 회신 내용은 무엇입니까?",
        "{label}에 대한 결론은 무엇이라고 적혀 있습니까?",
    ),
    "ruling.point": (
        "{label}의 요지 가운데 [{number}]에는 무엇이라고 적혀 있습니까?",
        "{label}에서 [{number}]번 요지의 내용은 무엇입니까?",
    ),
    "ruling.order": (
        "{label}의 주문은 무엇입니까?",
        "{label:은} 어떻게 처리되었습니까? 주문을 적어 주십시오.",
    ),
    "ruling.date": (
        "{label}의 날짜는 언제입니까?",
        "이 문서에서 {label}에는 어떤 날짜가 붙어 있습니까?",
    ),
    "ruling.source": (
        "{label}에서 근거로 밝힌 문서의 번호와 날짜는 무엇입니까?",
        "{label}의 끝에 적힌 회신 번호는 무엇입니까?",
    ),
    "ruling.part": (
        "이 문서의 “{part}” 부분에는 무엇이라고 적혀 있습니까?",
        "이 문서에서 “{part}”{part|으로} 적힌 내용은 무엇입니까?",
    ),
    "ruling.field": (
        "이 문서의 첫머리에 “{field}”{field|으로} 적힌 것은 무엇입니까?",
        "이 문서에 적힌 “{field}” 항목의 내용은 무엇입니까?",
    ),
    "cross_reference.to": (
        "이 문서의 다른 {places} 가운데 {label:을} 번호로 언급하는 것을 모두 적어 주십시오.",
        "이 문서에서 {label:을} 번호로 언급하는 {places:은} 어디입니까? 모두 답해 주십시오.",
    ),
    "cross_reference.from": (
        "{label:은} 이 문서의 다른 어떤 {places:을} 번호로 언급합니까?",
        "{label}에서 번호로 언급하는 이 문서의 다른 {places:을} 모두 적어 주십시오.",
    ),
    "cross_reference.law": (
        "{label}에서 인용하는 다른 법령의 조항을 모두 적어 주십시오.",
        "{label:은} 다른 법령의 어느 조항을 언급합니까? 적힌 대로 모두 답해 주십시오.",
    ),
    "steps.all": (
        "“{title}”의 단계를 순서대로 모두 적어 주십시오.",
        "“{title}”에 나온 절차를 번호 순서대로 알려 주십시오.",
        "“{title}” 항목의 모든 단계를 차례대로 답해 주십시오.",
    ),
    "steps.one": (
        "“{title}”의 {number}단계는 무엇입니까?",
        "“{title}”에서 {number}번째로 할 일은 무엇입니까?",
    ),
    "steps.next": (
        "“{title}”에서 “{previous}” 바로 다음 단계는 무엇입니까?",
        "“{title}” 절차에서 “{previous}” 다음에는 무엇을 해야 합니까?",
    ),
    "steps.count": ("“{title}”{title|은} 모두 몇 단계로 되어 있습니까?",),
    "steps.items": (
        "“{title}”에 나오는 번호 목록을 순서대로 모두 적어 주십시오.",
        "“{title}” 항목의 번호 목록에는 무엇무엇이 있습니까? 차례대로 답해 주십시오.",
    ),
    "steps.item": (
        "“{title}”의 번호 목록에서 {number}번은 무엇입니까?",
        "“{title}”에 나오는 번호 목록의 {number}번 항목을 알려 주십시오.",
    ),
    "table_cell.cell": (
        "{table} 표에서 “{row}”의 “{column}” 값은 무엇입니까?",
        "{table} 표에 따르면 “{row}”의 “{column}”에는 무엇이라고 적혀 있습니까?",
    ),
    "table_cell.row": (
        "{table} 표에서 “{row}” 행의 내용을 열마다 모두 알려 주십시오.",
        "{table} 표의 “{row}” 항목을 빠짐없이 적어 주십시오.",
    ),
    "table_cell.filter": (
        "{table} 표에서 “{column}” 열이 “{value}”인 항목을 모두 적어 주십시오.",
        "{table} 표에서 “{column}” 값이 “{value}”인 것은 무엇무엇입니까?",
    ),
    "table_cell.value": (
        "{table} 표에서 “{row}”의 값은 무엇입니까?",
        "{table} 표에 따르면 “{row}”에는 무엇이라고 적혀 있습니까?",
    ),
    "note.text": (
        "“{title}”의 “{label}”에는 어떤 내용이 적혀 있습니까?",
        "“{title}”에서 “{label}”{label|으로} 표시된 내용은 무엇입니까?",
    ),
    "note.warning": (
        "“{title}”에서 주의하라고 한 내용은 무엇입니까?",
        "“{title}”에 적힌 주의 사항은 무엇입니까?",
    ),
    "note.only": (
        "“{title}”에 참고로 적힌 내용은 무엇입니까?",
        "“{title}”에 딸린 참고 사항은 무엇입니까?",
    ),
    "entry.option": (
        "{lead}“{term}” 옵션은 무엇을 합니까?",
        "{lead}“{term}” 옵션은 어떻게 설명되어 있습니까?",
    ),
    "entry.code": (
        "{lead}“{term}” 코드는 무엇을 뜻합니까?",
        "{lead}“{term}” 코드는 어떻게 설명되어 있습니까?",
    ),
    "entry.term": (
        "{lead}“{term}”에 대해 무엇이라고 설명합니까?",
        "{lead}“{term}”{term|은} 어떻게 설명되어 있습니까?",
    ),
    "entry.field": (
        "{lead}“{term}” 항목에는 무엇이라고 적혀 있습니까?",
        "{lead}“{term}” 항목은 어떻게 적혀 있습니까?",
    ),
    "entry.default": (
        "{lead}“{term}”의 기본값은 무엇입니까?",
        "{lead}“{term}”에는 어떤 기본값이 쓰입니까?",
    ),
    "entry.options": (
        "“{title}”에서 설명하는 옵션을 순서대로 모두 적어 주십시오.",
        "“{title}”에는 어떤 옵션들이 나옵니까? 나오는 순서대로 답해 주십시오.",
    ),
    "entry.all": (
        "“{title}”에서 설명하는 항목을 순서대로 모두 적어 주십시오.",
        "“{title}”에는 어떤 항목들이 나옵니까? 나오는 순서대로 답해 주십시오.",
    ),
    "passage.text": (
        "“{title}”에서는 무엇이라고 설명합니까?",
        "“{title}” 부분의 내용은 무엇입니까?",
    ),
    "passage.opening": (
        "“{title}”의 첫 문단에는 어떤 내용이 적혀 있습니까?",
        "“{title}”의 첫 문단에서는 무엇이라고 설명합니까?",
    ),
    "passage.answer": (
        "{question}",
        "“{question}”{question|이라는} 물음에 이 문서는 어떻게 답합니까?",
    ),
    "passage.command": (
        "“{title}”에 나오는 명령은 무엇입니까?",
        "“{title}”에서 보여 주는 명령을 적어 주십시오.",
    ),
    "passage.ban": (
        "“{title}”에서 하지 말라고 한 것은 무엇입니까?",
        "“{title}”에는 무엇을 하면 안 된다고 적혀 있습니까?",
    ),
    "passage.advice": (
        "“{title}”에서 권하는 것은 무엇입니까?",
        "“{title}”에는 무엇을 권한다고 적혀 있습니까?",
    ),
    "case.goal": (
        "{lead}{case} 어떻게 하면 됩니까?",
        "{lead}{case} 무엇을 해야 합니까?",
    ),
    "case.to_do": (
        "{lead}{case} 어떻게 하면 됩니까?",
        "{lead}{case} 무엇을 하면 됩니까?",
    ),
    "case.result": (
        "{lead}{case} 어떻게 됩니까?",
        "{lead}{case} 어떤 일이 일어납니까?",
    ),
    "passage.list": (
        "“{words}”{words|이라는} 말 다음에 나열된 항목은 무엇입니까?",
        "“{words}” 아래에 나열된 항목을 모두 적어 주십시오.",
    ),
    "entry.use": (
        "{lead}“{term}”{term|은} 무엇에 쓰입니까?",
        "{lead}“{term}”{term|을} 사용하여 할 수 있는 일은 무엇입니까?",
    ),
    "entry.role": (
        "{lead}“{term}”{term|은} 무엇을 합니까?",
        "{lead}“{term}”{term|이} 하는 일은 무엇입니까?",
    ),
    "entry.abbreviation": (
        "“{term}”{term|은} 무엇의 약어입니까?",
        "이 문서에서 약어 “{term}”{term|을} 풀어 쓴 말은 무엇입니까?",
    ),
    "passage.trait": (
        "{lead}{case:은} 무엇입니까?",
        "{lead}{case:은} 무엇이라고 설명합니까?",
    ),
    "passage.reason": (
        "{lead}{case} 이유는 무엇입니까?",
        "{lead}{case} 까닭은 무엇이라고 설명합니까?",
    ),
    "entry.meaning": (
        "이 문서에서 “{term}”{term|은} 무엇이라고 설명합니까?",
        "이 문서에 따르면 “{term}”{term|이란} 무엇입니까?",
    ),
    "speaker.at": (
        "{time}에 {speaker:은} 무엇이라고 말했습니까?",
        "{speaker:이} {time}에 한 말은 무엇입니까?",
    ),
    "speaker.who": (
        "“{words}”{words|이라고} 말한 사람은 누구입니까?",
        "누가 “{words}”{words|이라고} 말했습니까?",
    ),
    "speaker.when": (
        "{speaker:이} “{words}”{words|이라고} 말한 시각은 언제입니까?",
        "{speaker:은} 몇 시 몇 분에 “{words}”{words|이라고} 말했습니까?",
    ),
    "speaker.reply": (
        "{speaker:이} “{words}”{words|이라고} 말한 직후 {reply:은} 무엇이라고 말했습니까?",
        "{speaker}의 “{words}”{words|이라는} 말에 이어 {reply:은} 무엇이라고 했습니까?",
    ),
    "speaker.all": (
        "이 대화에서 발언한 사람을 처음 말한 순서대로 모두 적어 주십시오.",
        "누가 이 대화에 참여합니까? 처음 발언한 순서대로 답해 주십시오.",
    ),
    "signature.of": (
        "`{file}`에 있는 `{name}`의 시그니처는 무엇입니까?",
        "`{file}`에서 `{name}` 함수는 어떻게 선언되어 있습니까? 시그니처를 적어 주십시오.",
    ),
    "signature.file": (
        "`{name}` 함수는 어느 파일에 정의되어 있습니까?",
        "`{name}`의 정의가 들어 있는 파일은 무엇입니까?",
    ),
    "signature.methods": (
        "`{file}`의 `{name}` {noun}에 정의된 메서드를 순서대로 모두 적어 주십시오.",
        "`{name}` {noun}(`{file}`){noun|은} 어떤 메서드들을 정의합니까? 나오는 순서대로 답해 주십시오.",
    ),
    "callers.of": (
        "`{name}` 함수를 호출하는 곳을 파일과 함께 모두 적어 주십시오.",
        "`{name}` 함수는 어디에서 호출됩니까? 호출하는 곳을 파일 이름과 함께 모두 답해 주십시오.",
    ),
}
