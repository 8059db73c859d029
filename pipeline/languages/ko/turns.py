"""Korean words in chats, minutes and transcripts."""

from __future__ import annotations

from pipeline.languages.turn_rules import ClockRules, ExportWords, TurnRules

_LABELS = """
가격 개선 결과 결석 결정 경고 계 관련 관련법령 구분 규격 근거 금지 기간 기능 기록 기록자 기타 날짜 내용 단점
담당 담당자 대상 덧붙임 메일 모델 모델명 목적 문서번호 문의 문의유형 문제 발신 방법 배경 번호 변경 보기 불참
불참자 붙임 비고 비용 사양 삭제 상담번호 상태 성명 소속 수량 수수료 수신 수정 순서 시간 시행 시행일 신청방법
신청서류 쓰임 안건 알림 예 예시 요건 요약 용도 원산지 위험 유의 유의사항 이름 일시 일자 작성 작성자 장소 장점
재료 전화 전화번호 절차 접수번호 정답 정리 정의 제목 제조사 조건 종류 주 주소 주의 주의사항 주제 준비물 중요
중요사항 증명 직위 참가자 참고 참석 참석자 참조 채널 처리기한 첨부 추가 출석 출처 특징 팁 팩스 풀이 항목 해설서
형식 회의명 효과
"""

TURNS = TurnRules(
    labels=frozenset(_LABELS.split()),
    question_labels=frozenset({"질문", "답변"}),
    sentence_ends=frozenset({"다", "요"}),
    clock=ClockRules(
        before=r"오전|오후",
        morning=r"오전",
        afternoon=r"오후",
        date=r"\d{4}년[ ]\d{1,2}월[ ]\d{1,2}일",
        weekday=r"[월화수목금토일]요일",
        relative_day=r"오늘|어제",
    ),
    agenda=r"제\d{1,3}(?:회|차)|\(?\d{1,2}시[ ]?\d{1,2}분",
    scene=r"씬[ ]?\#?\d",
    unseen=r"소리|효과",
    kakaotalk=ExportWords(
        saved=r"저장한 날짜",
        notice=(
            r".{1,60}(?:님이 (?:들어왔습니다|나갔습니다|.{1,200}(?:초대|내보냈|임명)\S*|방장이 되었\S*)"
            r"|님을 내보냈습니다)\.?"
            r"|채팅방 관리자가 메시지를 가렸습니다\."
        ),
        notice_marks=frozenset({"님", "채팅"}),
        attachment=(
            r"사진(?: \d+장)?|동영상|이모티콘|음성\s?메시지|삭제된 메시지입니다\.?"
            r"|라이브톡 .{0,20}|(?:보이스톡|페이스톡).{0,30}"
            r"|(?:파일|지도|연락처|프로필|투표|일정|샵검색)\s?: ?.*|<사진 읽지 않음>"
        ),
    ),
    line=ExportWords(attachment=r"\[(?:사진|동영상|스티커|파일|음성 메시지)\]"),
    whatsapp=ExportWords(
        attachment=(
            r"<[^<>]{0,40}(?:미디어|생략|제외)[^<>]{0,60}>"
            r"|(?:사진|이미지|동영상|음성|오디오|스티커|문서|GIF)(?: 파일)?(?:이|을|를)? ?(?:생략|제외)\S*"
            r"|[^\n]{1,80}\.\w{2,5} \(파일 첨부됨\)"
            r"|(?:이 메시지는 삭제되었습니다|삭제된 메시지입니다|메시지를 삭제했습니다)\.?.{0,60}"
            r"|.{0,40}종단간 암호화.*"
        ),
        edited=r"수정된 메시지|편집된 메시지",
    ),
)
