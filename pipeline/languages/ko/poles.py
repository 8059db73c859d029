"""Korean words that say the opposite of each other, by the name of their scale."""

from __future__ import annotations

from pipeline.languages.statement_rules import Poles

POLES = {
    "time": Poles(
        r"(?:이후|(?<=\s)(?:후|뒤|다음))(?=[에로는부의까\s,.]|$)",
        r"이전(?=[에으의까\s])|(?<=\s)전(?=[에까의])|앞서",
        points=True,
    ),
    "size": Poles(
        r"보다\s?(?:더\s)?(?:크|큰|클|커|많|길|긴|높|무거|무겁|늦|오래|넓)|(?<=[을를이가\s])\s?(?:초과|넘(?!지))|이상(?![가-힣]?하)",
        r"보다\s?(?:더\s)?(?:작|적|짧|낮|가볍|가벼|이르|이른|좁|젊|새로)|미만|이하|(?<=[을를\s])넘지",
        points=True,
    ),
    "order": Poles(
        r"(?<![가-힣])(?:첫\s?번?째?|처음|맨\s?앞|먼저)(?=[\s의에은을이으]|$)", r"마지막|맨\s?(?:뒤|끝)|나중에"
    ),
    "age": Poles(r"최신|가장\s(?:최근|새)", r"가장\s(?:오래|먼저)"),
    "extreme": Poles(r"최대|최고|가장\s(?:큰|많|높|긴|길)", r"최소|최저|가장\s(?:작|적|낮|짧)"),
    "side": Poles(r"왼쪽|좌측", r"오른쪽|우측"),
    "height": Poles(r"위쪽|위로|상단|윗", r"아래쪽|아래로|하단|밑"),
    "change": Poles(
        r"늘(?=[어었리린립려])|증가|인상|높[이인여였]|올[리린려라랐]|오[르른](?=[고는면며])",
        r"줄(?=[어었이인입여])|감소|인하|낮[추춘춰췄]|내[리린려](?=[고는면며다었])|떨어",
    ),
    "opening": Poles(r"(?<![가-힣])(?:열(?=[고면었지리린려어])|여는|엽니다)", r"(?<![가-힣])닫"),
    "adding": Poles(r"추가|더[하해한합](?=[\s고며면여서니는])", r"삭제|제거|(?<![가-힣])빼"),
    "inclusion": Poles(r"포함", r"제외"),
    "sorting": Poles(r"오름차순", r"내림차순"),
    "truth": Poles(r"\bTrue(?![A-Za-z])|(?<![가-힣])참(?=[이을일입])", r"\bFalse(?![A-Za-z])|거짓"),
    "start": Poles(r"시작", r"(?<![가-힣])끝나|종료"),
    "ability": Poles(r"(?<!비)활성화", r"비활성화"),
    "stance": Poles(r"찬성", r"반대[하한했해함](?=[\s고며였습다])"),
    "temperature": Poles(r"뜨거운|더운|온수", r"차가운|찬\s|냉수"),
    "moisture": Poles(r"마른\s|건조한", r"젖은\s"),
    "speed": Poles(r"빠르게|빨리", r"느리게|천천히"),
    "cost": Poles(r"유상", r"무상|무료"),
    "passing": Poles(r"인용|승인|가결|수락", r"기각|각하|반려|부결|거부|거절"),
}
