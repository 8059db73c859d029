"""Korean answers: each syllable counts, and how an answer says that a document does not have something."""

from __future__ import annotations

from pipeline.languages.answer_rules import AnswerRules

_TEXT = r"(?:문서|본문|계약서|약관|설명서|회의록|대화|파일|자료|글)"
_TOLD = r"(?:언급|명시|기재|규정|설명|정의|수록|포함|제시|기록|정보|내용|항목|부분|조항|발언|용어|말|답)"
_NOT = r"(?:없|않)(?:습니다|는다|다|음|으며|고|아요|어요)"

ANSWERS = AnswerRules(
    counts_characters=True,
    refusals=(
        rf"{_TEXT}(?:에는|에서는|에서|에|상에는|상)?\s[^\n]{{0,150}}?[이가은는도]?\s{_NOT}"
        rf"|{_TOLD}(?:이|가|은|는|도|한 바가)?\s{_NOT}"
        rf"|{_TOLD}(?:되어|돼|되어서|하고)?\s?(?:있지|하지는?|되지는?)\s?않(?:습니다|는다|다|음|으며|고|아요)"
        rf"|(?:정해(?:져|놓고) 있지|정하고 있지|정하지|밝히고 있지|밝히지|다루고 있지|다루지)(?:는|도)?\s{_NOT}"
        rf"|(?:나와 있지|나오지|적혀 있지|쓰여 있지|찾을 수|확인할 수|알 수)\s{_NOT}"
    ),
)
