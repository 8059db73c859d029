"""Korean sentences about what a document does not have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.ko.particles import attach
from pipeline.languages.ko.versions import VERSIONS


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _behind(word: str, particle: str) -> str:
    """Return the form of a particle that follows a word."""
    return attach(word, particle)[len(word) :]


def _provision(asked: str, first: str, last: str) -> str:
    return f"해당 문서에는 {attach(asked, '이')} 없습니다. 번호는 {first}부터 {last}까지 있습니다."


def _term(asked: str, others: Sequence[str]) -> str:
    return (
        f"해당 문서에는 “{asked}”{_behind(asked, '이라는')} 용어가 나오지 않으며, 그 정의도 없습니다. "
        f"정의된 용어로는 {_quoted(others)} 등이 있습니다."
    )


def _entry(asked: str, others: Sequence[str]) -> str:
    has = f"설명된 것으로는 {_quoted(others)} 등이 있습니다."
    return f"해당 문서에는 “{asked}”에 대한 설명이 없습니다. {has}"


def _function(file: str, asked: str, others: Sequence[str]) -> str:
    names = ", ".join(f"`{name}`" for name in others)
    return (
        f"`{file}`에는 `{asked}`{_behind(asked, '이')} 정의되어 있지 않으며, 해당 문서 어디에도 "
        "그 이름이 나오지 않습니다. "
        f"그 파일에는 {names} 등이 정의되어 있습니다."
    )


def _time(speaker: str, asked: str, before: str, after: str) -> str:
    own = f"{speaker}의 발언은 {before}에 있고, 그다음은 {after}에 있습니다."
    return f"{attach(speaker, '은')} {asked}에 한 말이 없습니다. {own}"


def _speaker(asked: str, others: Sequence[str]) -> str:
    return f"이 대화에는 {attach(asked, '이라는')} 사람의 발언이 없습니다. 발언한 사람은 {', '.join(others)}입니다."


def _field(asked: str, others: Sequence[str]) -> str:
    return f"해당 문서에는 “{asked}” 항목이 없습니다. 첫머리에 있는 항목으로는 {_quoted(others)} 등이 있습니다."


def _section(asked: str, others: Sequence[str]) -> str:
    has = f"있는 부분으로는 {_quoted(others)} 등이 있습니다."
    return f"해당 문서에는 “{asked}”{_behind(asked, '이라는')} 부분이 없습니다. {has}"


def _item(asked: str, title: str, last: str) -> str:
    return f"{asked}번 항목은 없습니다. “{title}”의 번호 목록은 {last}번에서 끝납니다."


def _split_person(name: str) -> tuple[str, str] | None:
    """Return the family name and the given name of a Korean name of three syllables."""
    return (name[:1], name[1:]) if VERSIONS.is_personal_name(name) and len(name) == 3 else None


ABSENCE = AbsenceRules(
    provision=_provision,
    term=_term,
    entry=_entry,
    function=_function,
    time=_time,
    speaker=_speaker,
    head_field=_field,
    section=_section,
    item=_item,
    split_person=_split_person,
    terms=(
        *("간접손해", "개인정보취급자", "계약이행보증금", "공동수급체", "기밀정보", "대리점", "독점판매권", "불가항력"),
        *(
            "비밀정보",
            "선급금",
            "성과보수",
            "실시권자",
            "영업비밀",
            "위약벌",
            "이행지체",
            "저작인접권",
            "제3자",
            "지체상금",
        ),
        *("최소구매량", "특수관계인", "파생상품", "하도급인", "하자보수보증금", "해지환급금"),
    ),
    people=("강민재", "구현아", "남지훈", "도서연", "류태경", "맹소희", "방준석", "선유리", "옥진우", "표가람"),
    roles=("진행자", "관리자", "통역사", "안내원"),
    fields=(
        (("발의연월일", "발의자", "제안자"), ("소관위원회", "심사기간", "회부일", "본회의의결일")),
        (("사건", "원고", "피고", "주문"), ("원심판결", "변론종결", "제1심판결", "보조참가인")),
        (("문서번호", "생산일자", "회신일자"), ("공포번호", "담당부서", "공개구분")),
    ),
    topics=("문제 해결", "자주 묻는 질문", "알려진 제한 사항", "용어집"),
    topics_by_sort=(
        (
            re.compile(
                r"명령|함수|파일|디렉터리|서버|클릭|메뉴|브라우저|소스 코드|소프트웨어|프로그램|데이터베이스"
                r"|컴파일|대화 상자|운영 체제|저장소"
            ),
            (
                *("제거 방법", "백업과 복원", "이전 버전에서 업그레이드하기", "방화벽 설정", "성능 조정", "단축키"),
                "시스템 요구 사항",
            ),
        ),
        (
            re.compile(
                r"전원 코드|플러그|콘센트|배터리|물탱크|모터|감전|노즐|펌프|밸브|나사|세척|헹구|정격|전압|호스|배수"
            ),
            ("품질 보증", "폐기와 재활용", "예비 부품"),
        ),
    ),
    swaps=(
        *(("만들기", "삭제하기"), ("생성하기", "삭제하기"), ("추가하기", "제거하기"), ("설치하기", "제거하기")),
        *(
            ("갱신하기", "복원하기"),
            ("읽기", "쓰기"),
            ("작성하기", "검증하기"),
            ("열기", "닫기"),
            ("저장하기", "복원하기"),
        ),
        *(("실행하기", "중단하기"), ("정의하기", "재정의하기"), ("보내기", "취소하기"), ("켜기", "끄기")),
        *(("생성", "삭제"), ("수정", "삭제"), ("설치", "제거"), ("추가", "제거"), ("실행", "중단"), ("설정", "초기화")),
    ),
    swapped_at=-1,
)
