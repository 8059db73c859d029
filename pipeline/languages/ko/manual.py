"""Korean words that structure manuals: headings, steps, notes, entries and tables."""

from __future__ import annotations

import re

from pipeline.languages.ko.manual_prose import PROSE
from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.manual_rules import ManualRules

_COLUMN_WORDS = """
이름 명칭 값 종류 유형 형식 기본값 기본 설명 의미 뜻 내용 옵션 매개변수 파라미터 인수 코드 오류 명령 명령어
키 항목 단위 범위 예시 비고 조치 조치방법 원인 해결 해결방법 상태 버전 번호 수량 가격 크기 속성 설정 기능
용어 정의 기호 증상 변수 구분 모델 사양 규격 주소 용도 필수 품명 부품 부품명 연산자
"""
_PAST = "았었했였겠랐렸졌냈됐"
_STATES = "(?:입|있습|없습|됩|집|필요합|가능합|같습|유효합)니다"
_INSTRUCTION = re.compile(
    r"(?:십시오|시오|세요|하라|할 것|도록 함|(?<![가-힣])말 것|기)[.!]?$"
    # A statement has a topic. An instruction in the plain form has an object or a direction before its verb.
    r"|^(?![^,]{0,40}?[가-힣A-Za-z0-9`*)](?:은|는) )"
    rf".*(?:[을를에로]|에서|까지|하게) (?:.* )?(?!\S*{_STATES})\S{{0,7}}(?<![{_PAST}])(?<![{_PAST}]습)"
    r"(?:니다|[는한]다)[.!]?$"
)


def _section_label(number: str, depth: int) -> str:
    return f"{number}장" if depth == 1 else f"{number}절"


def _is_section_label(label: str) -> bool:
    return label.endswith(("절", "장"))


MANUAL = ManualRules(
    section=SectionWords(label=_section_label, is_label=_is_section_label, suffix="장|절"),
    prose=PROSE,
    step_label=r"(\d{1,2})단계[.:)]?",
    instruction=_INSTRUCTION,
    lead_in=r"(?:다음과 같(?:습니다|다|이 (?:합니다|하십시오|하세요|한다))|다음을 (?:수행|실행)합니다)\.?$",
    chapter_number=r"(?:제\s?\d{1,3}\s?[장부편절]|\d{1,2}\s?장|부록\s?[A-Z가-하\d]{1,2})(?=[\s.:]|$)[.:]?",
    collecting=r"점검|가지|규칙|지침|원칙|조건|이유|중 하나|방법들|방법 중|선택할 수|사항|경우|예시",
    table_caption="표",
    column_words=frozenset(_COLUMN_WORDS.split()),
    cell_words=frozenset({"아니오", "아니요", "있음", "없음", "해당 없음", "가능", "불가"}),
    note_words=(
        r"(?:참고(?: ?사항| 아이콘)?|도움말(?: 아이콘)?|팁(?: 아이콘)?|알림|노트|힌트|작은 정보|중요|유의(?: ?사항)?"
        r"|알아두기)"
    ),
    warning_words=r"(?:경고(?: ?사항| 아이콘)?|주의(?: ?사항| 아이콘)?|위험)",
    total_rows=r"합\s*계|총\s*계|소\s*계|누\s*계|^계$|전체|평균|총액",
    numbering_columns=r"번호|순번|연번|코드|연도|년도|버전|페이지|쪽|순위|차수|단계|주소|날짜|일자|전화|모델|유형|형식|값|호$|^연$|^번$",
    additive=r"원$|원\)|금액|명$|명\)|인원|수량|건수|건$|시간|매출|비용|수수료|참가자|방문",
    code_titles=r"오류|에러|코드|상태|경보|고장",
    alternative="또는",
    question_labels=r"(?:질문|문|물음)",
    answer_labels=r"(?:답변|답|대답)",
    question_end=r"(?:까|나요|가요|ㄴ지요|는지요|인지요)$",
    default_values=(
        r"기본(?: ?설정)? ?값(?:은|이|:)?\s*VALUE\s?(?:이다|입니다|이고|이며|임)",
        r"기본(?: ?설정)? ?값\s?[:은=]?\s*VALUE(?=[.,)](?!\w)|$)",
        r"(?:^|[\s(])VALUE\s?(?:이|가) 기본(?: ?설정)? ?값(?:이다|입니다|이고|이며)",
    ),
    conditions=r"(?:경우|때에?는?|(?<![가-힣])만약|하면|되면|으면|라면|다면|지만|예전|이전)",
    announcing=r"(?<![가-힣])다음(?:과 같|을 |의 |은 )",
    example_elsewhere=(
        r"(?:위|앞|이) ?(?:의|에서 (?:본|말한))? ?(?:예제|예시|그림|표)(?:에서|와|처럼|의)|위와 같|위에서 말한"
        r"|(?<![가-힣])(?:위|앞|바로 앞|이전)의? (?:옵션|항목|경우|설명|매개변수|명령)"
        r"|^[^.]{0,80}(?:참고|참조)(?:하십시오|하세요|하시오|하라|바랍니다)?\.?$"
    ),
    openings=(
        r"(?:또|또는|또한|하지만|그래서|그리고|그러면|그런데|그러므로|따라서|즉|예를 들어|여기서|지금은|이제|물론"
        r"|혹시|만약|만일|그러나|다만|아래|위|앞|이런|이러한|그런|그러한|이렇게|그렇게|게다가|먼저|다음으로|마지막으로"
        r"|이 |이는|이를|그 |\(|\[)"
    ),
    furniture=(
        r"(?:다음|이전|처음(?:으로)?|홈|위로|맨 위로|목차(?:로)?|차례|색인|찾아보기|검색|이 페이지 편집|인쇄|공유"
        r"|돌아가기|목록)"
    ),
    furniture_line=r"(?:저작권(?: ?©|ⓒ)|ⓒ|무단 ?전재|최종 ?(?:수정|업데이트)|마지막 ?(?:수정|업데이트))",
    particle_apart=r"(?:은|는|을|를|의|와|과|으로|로|에|에서|란|이란|라|이라|라고|이라고|이라는|라는)",
    under="“{name}”에서 ",
)
