"""Korean wordings of the fact-free rows."""

from __future__ import annotations

from pipeline.languages.fact_free_rules import FactFreeRules

_ADJECTIVES = (
    "고요한 굳은 그윽한 기다란 깊은 넓은 노란 높은 눅눅한 느린 단단한 동그란 둥근 "
    "따뜻한 맑은 무거운 밝은 부드러운 붉은 빠른 새하얀 어두운 작은 푸른"
)
_NOUNS = (
    "가위 거울 계단 나침반 다리 달력 담장 돛단배 등대 망치 모자 바늘 바구니 벼루 "
    "사다리 수레 시계 안경 연필 우산 정원 주전자 창문 호수"
)

FACT_FREE = FactFreeRules(
    adjectives=tuple(_ADJECTIVES.split()),
    nouns=tuple(_NOUNS.split()),
    pairs_heading="다음 JSON 객체에는 임의의 키와 값이 들어 있습니다.",
    pair_questions=(
        "키 “{key}”의 값은 무엇입니까?",
        "객체에서 “{key}”에 해당하는 값을 알려 주십시오.",
        "“{key}”의 값을 찾아 주십시오.",
    ),
    pair_answer="“{key}”의 값은 “{value}”입니다.",
    no_pair="객체의 키는 모두 {count}개이며, “{key}” 키는 그중에 없습니다.",
    lines_heading="다음 각 줄에는 이름과 숫자가 하나씩 적혀 있습니다.",
    line="{name} 줄: 숫자는 {value}",
    line_questions=(
        "{name} 줄에 적힌 숫자는 무엇입니까?",
        "‘{name}’ 줄을 찾아 그 숫자를 알려 주십시오.",
        "{name} 줄의 숫자를 말해 주십시오.",
    ),
    line_answer="{name} 줄에 적힌 숫자는 {value}입니다.",
    no_line="{count}개의 줄 가운데 이름이 ‘{name}’인 줄은 없습니다.",
)
