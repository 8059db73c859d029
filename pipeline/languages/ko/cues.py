"""Korean words that show rules, procedures and decisions, and the conclusion about a case."""

from __future__ import annotations

from pipeline.languages.cue_rules import CueRules

CUES = CueRules(
    rule=(
        r"경우|때에?는|이내|이상|이하|미만|초과|까지|다만|아니하|하여야|해야|할\s?수\s?[있없]|면제|제외|않으면|못하면|금지|하지\s?마"
    ),
    order=(
        r"먼저|우선|그런?\s?다음|(?:한|은|된)\s?(?:후|뒤|다음)|이후|후에|전에|마지막으로|거쳐|지체\s?없이|\d+\s?단계|첫째|둘째|셋째"
        r"|(?:접수|신청|제출|심사|통지|통보|고지)(?:하|받|되)"
    ),
    decision=(
        r"결정|하기로|걸로\s?(?:하|정)|정(?:하겠|했|하죠|합시다)|합의|의결|가결|확정|겠습니다|할게요|드릴게요|볼게요|맡[아을기]|담당"
        r"|조치\s?사항|할\s?일|마감|기한|까지\s(?:\S+\s){0,3}\S{0,6}(?:보내|제출|정리|공유|준비|작성|완료|끝내)"
        r"|[가-힣]\s?주(?:세요|십시오|시겠|시면)|부탁"
    ),
    says_no=r"\W*아니[요오]",
    asks_kept=r"(?:기한|기간|한도|범위)\s?(?:안|내|이내)|제때|지킨|지켰|지키|준수|충족|허용\s?범위",
    asks_broken=r"늦[은었게]|지연|연체|위반|초과|넘[은는긴겼]|어긋|어[긴겼]|벗어[난났]",
)
