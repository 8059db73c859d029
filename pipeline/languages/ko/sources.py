"""Korean words in the names and first lines of documents."""

from __future__ import annotations

from pipeline.languages.rules import SourceRules

SOURCES = SourceRules(
    title_boilerplate="대외비|열람 금지",
    numbered_titles=r"[가-힣]{2,12}[ #№]{1,3}제?[\w./#-]*\d[\w./-]*호?",
    title_stamps=(
        r"(?:(?:제?\d차|최종|내부|검토용?) ?)?(?:초안|시안|가안|수정안|최종안|최종본|안)|사 ?본|등본|초본|부본|정본"
        r"|원본(?: ?대조필)?"
        r"|견본|샘플|예시|(?:내부 ?)?검토용|회람용?|배포용|보관용|제출용|참고용|고객용|교부용|열람용|대외비|비밀|극비"
        r"|기밀|사내 ?한|무효"
        r"|.{0,20}원본과 ?(?:같음|상위 ?없음|틀림 ?없음).{0,12}|.{0,12}사본임(?:을|니다|\W*$).{0,12}"
        r"|폐기|번역본|비공식 ?번역본?|복사본|재발행|재교부"
    ),
    case_number=r"((?:19|20)\d{2}[가-힣]{1,3}\d{1,7})",
    thread_label=r"스레드|대화방|채널|상담 ?번호|접수 ?번호|문의 ?번호|회의명|제목",
    language_folders=frozenset({"ko", "kor", "korean", "한국어", "국문"}),
    kind_folders=frozenset({"매뉴얼", "설명서"}),
)
