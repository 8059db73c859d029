"""Korean wordings of the questions that compare several documents, by form; see `synthesize.structural.phrasing`.

They are those of the tasks `same_field` and `which_document`, which have a form for each kind of field.
"""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS_ACROSS: Mapping[str, tuple[str, ...]] = {
    "same_field.term": (
        "{documents}에서 “{term}”{term|은} 각각 어떻게 정의되어 있습니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "“{term}”의 정의를 {documents}에서 찾아 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.sum": (
        "{documents}에서 정한 {name:은} 각각 얼마입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 {name:을} 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.sum_under": (
        "{documents}에서 “{heading}”{heading|이라는} 제목의 조항에 적힌 금액은 각각 얼마입니까? "
        "문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 “{heading}” 조항에 나오는 금액을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.share_under": (
        "{documents}에서 “{heading}”{heading|이라는} 제목의 조항에 적힌 비율은 각각 얼마입니까? "
        "문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 “{heading}” 조항에 나오는 비율을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.limit_under": (
        "{documents}에서 “{heading}”{heading|이라는} 제목의 조항에 적힌 기한이나 기간은 각각 "
        "무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 “{heading}” 조항에 나오는 기한이나 기간을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.party": (
        "{documents}에서 {role:은} 각각 누구입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 {role:을} 각각 적어 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.head": (
        "{documents}의 첫머리에 “{field}”{field|으로} 적힌 것은 각각 무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}에 적힌 “{field}” 항목을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.heading": (
        "“{heading}”{heading|이라는} 제목의 조항은 {documents}에서 각각 어느 조항입니까? 문서마다 한 "
        "행씩 표로 답해 주십시오.",
        "{documents}에서 제목이 “{heading}”인 조항의 번호를 각각 적어 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.value": (
        "{documents}의 표에서 “{row}”의 값은 각각 무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 표에 나오는 “{row}” 값을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.cell": (
        "{documents}의 표에서 “{row}”의 “{column}” 값은 각각 무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}의 표에 적힌 “{row}”의 “{column}” 값을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.option": (
        "{documents}에 따르면 “{term}” 옵션은 각각 무엇을 합니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "“{term}” 옵션에 대한 {documents}의 설명을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.code": (
        "{documents}에서 “{term}” 코드는 각각 무엇을 뜻합니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "“{term}” 코드에 대한 {documents}의 설명을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.entry": (
        "{documents}에서 “{term}”{term|은} 각각 어떻게 설명되어 있습니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "“{term}”에 대한 {documents}의 설명을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.item": (
        "{documents}의 “{term}” 항목에는 각각 무엇이라고 적혀 있습니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}에 적힌 “{term}” 항목을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.default": (
        "{documents}에서 “{term}”의 기본값은 각각 무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "{documents}에 적힌 “{term}”의 기본값을 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.function": (
        "{documents}에서 `{name}` 함수의 시그니처는 각각 무엇입니까? 문서마다 한 행씩 표로 답해 주십시오.",
        "`{name}` 함수가 {documents}에서 각각 어떻게 선언되어 있는지 비교해 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "same_field.speakers": (
        "{documents}에서 발언한 사람을 각각 처음 말한 순서대로 모두 적어 주십시오. 문서마다 한 행씩 표로 "
        "답해 주십시오.",
        "{documents}에는 각각 누가 참여합니까? 처음 발언한 순서대로 적어 주십시오. 문서별로 표를 작성해 주십시오.",
    ),
    "which_document.term": (
        "{documents} 가운데 “{term}”{term|을} 정의한 문서는 어느 것이며, 어떻게 정의합니까?",
        "“{term}”{term|은} {documents} 중 어느 문서에서 어떻게 정의되어 있습니까?",
    ),
    "which_document.party": (
        "{documents} 가운데 {role:이} 나오는 문서는 어느 것이며, 누구입니까?",
        "{documents} 중 어느 문서에 {role:이} 있습니까? 이름도 알려 주십시오.",
    ),
    "which_document.head": (
        "{documents} 가운데 첫머리에 “{field}” 항목이 있는 문서는 어느 것이며, 내용은 무엇입니까?",
        "“{field}” 항목은 {documents} 중 어느 문서에 있습니까? 내용도 적어 주십시오.",
    ),
    "which_document.heading": (
        "{documents} 가운데 “{heading}”{heading|이라는} 제목의 조항이 있는 문서는 어느 것이며, 그 번호는 무엇입니까?",
        "제목이 “{heading}”인 조항은 {documents} 중 어느 문서의 어느 조항입니까?",
    ),
    "which_document.value": (
        "{documents} 가운데 표에 “{row}” 항목이 있는 문서는 어느 것이며, 값은 무엇입니까?",
        "“{row}”의 값은 {documents} 중 어느 문서의 표에 있습니까? 값도 적어 주십시오.",
    ),
    "which_document.option": (
        "{documents} 가운데 “{term}” 옵션을 설명하는 문서는 어느 것이며, 무엇을 하는 옵션입니까?",
        "“{term}” 옵션은 {documents} 중 어느 문서에 나오며, 어떻게 설명되어 있습니까?",
    ),
    "which_document.code": (
        "{documents} 가운데 “{term}” 코드를 설명하는 문서는 어느 것이며, 무엇을 뜻합니까?",
        "“{term}” 코드는 {documents} 중 어느 문서에 나오며, 어떻게 설명되어 있습니까?",
    ),
    "which_document.entry": (
        "{documents} 가운데 “{term}”{term|을} 설명하는 문서는 어느 것이며, 어떻게 설명합니까?",
        "“{term}”{term|은} {documents} 중 어느 문서에서 어떻게 설명되어 있습니까?",
    ),
    "which_document.item": (
        "{documents} 가운데 “{term}” 항목이 있는 문서는 어느 것이며, 무엇이라고 적혀 있습니까?",
        "“{term}” 항목은 {documents} 중 어느 문서에 있습니까? 내용도 적어 주십시오.",
    ),
    "which_document.function": (
        "{documents} 가운데 `{name}` 함수를 정의한 문서는 어느 것이며, 시그니처는 무엇입니까?",
        "`{name}` 함수는 {documents} 중 어디에 정의되어 있습니까? 시그니처도 적어 주십시오.",
    ),
    "which_document.words": (
        "{documents} 가운데 “{words}”{words|이라는} 말이 나오는 문서는 어느 것이며, 누가 말했습니까?",
        "“{words}”{words|이라고} 말한 사람은 {documents} 중 어느 문서의 누구입니까?",
    ),
    "which_document.extreme_sum": (
        "{documents} 가운데 {name:이} 가장 {extreme} 문서는 어느 것이며, 얼마입니까?",
        "{name:이} 가장 {extreme} 문서를 {documents} 중에서 고르고 금액도 알려 주십시오.",
    ),
    "which_document.extreme_sum_under": (
        "{documents} 가운데 “{heading}” 조항에 적힌 금액이 가장 {extreme} 문서는 어느 것이며, 얼마입니까?",
        "“{heading}” 조항의 금액이 가장 {extreme} 문서를 {documents} 중에서 고르고 금액도 알려 주십시오.",
    ),
    "which_document.extreme_share_under": (
        "{documents} 가운데 “{heading}” 조항에 적힌 비율이 가장 {extreme} 문서는 어느 것이며, 얼마입니까?",
        "“{heading}” 조항의 비율이 가장 {extreme} 문서를 {documents} 중에서 고르고 비율도 알려 주십시오.",
    ),
    "which_document.extreme_limit_under": (
        "{documents} 가운데 “{heading}” 조항에 적힌 기간이 가장 {extreme} 문서는 어느 것이며, 얼마 동안입니까?",
        "“{heading}” 조항의 기간이 가장 {extreme} 문서를 {documents} 중에서 고르고 기간도 알려 주십시오.",
    ),
    "which_document.extreme_value": (
        "{documents} 가운데 표의 “{row}” 값이 가장 {extreme} 문서는 어느 것이며, 값은 얼마입니까?",
        "“{row}” 값이 가장 {extreme} 문서를 {documents} 중에서 고르고 값도 알려 주십시오.",
    ),
    "which_document.extreme_cell": (
        "{documents} 가운데 표에서 “{row}”의 “{column}” 값이 가장 {extreme} 문서는 어느 것이며, 얼마입니까?",
        "“{row}”의 “{column}” 값이 가장 {extreme} 문서를 {documents} 중에서 고르고 값도 알려 주십시오.",
    ),
}
