"""Legal and manual documents in Korean that must be kept, although much in them repeats."""

from __future__ import annotations

from .sample import Sample

_BLANK = "_" * 16


def _form_lease() -> str:
    clauses = [
        f"제{number}조({name}) {payer}은 {thing}(으)로 금 {_BLANK}원을 20__년 __월 __일까지 {payee}에게 지급한다. "
        f"{payer}이 위 금액을 지급하지 아니한 때에는 연 ____%의 지연이자를 가산하여 지급한다."
        for number, (name, payer, payee, thing) in enumerate(
            [
                ("보증금", "임차인", "임대인", "보증금"), ("차임", "임차인", "임대인", "월 차임"),
                ("관리비", "임차인", "임대인", "관리비"), ("주차료", "임차인", "임대인", "주차료"),
                ("수선비", "임대인", "임차인", "수선비"), ("청소비", "임차인", "임대인", "공용부 청소비"),
                ("보험료", "임대인", "보험자", "화재보험료"), ("반환", "임대인", "임차인", "보증금 잔액"),
            ],
            1,
        )
    ]  # fmt: skip
    signatures = [
        f"{who}\n성명: {_BLANK} (인)\n주소: {_BLANK}\n연락처: {_BLANK}" for who in ("임대인", "임차인", "중개인")
    ]
    return "부동산 임대차 계약서\n\n" + "\n\n".join(clauses + signatures)


def _deleted_articles() -> str:
    kept = {
        1: "제1조(목적) 이 영은 양봉산업의 육성에 필요한 사항을 규정함을 목적으로 한다.",
        4: "제4조(등록) 꿀벌을 사육하려는 자는 매년 3월 말일까지 관할 시장에게 등록하여야 한다.",
        9: "제9조(검사) 시장은 필요하다고 인정하는 경우 소속 공무원에게 양봉장을 검사하게 할 수 있다.",
        13: "제13조(과태료) 제4조를 위반한 자에게는 30만원 이하의 과태료를 부과한다.",
    }
    lines = [
        kept.get(n, f"제{n}조 삭제 <2012. {n % 12 + 1}. {n}.>" if n % 2 else f"제{n}조 [삭제]") for n in range(1, 26)
    ]
    return "양봉산업 육성 시행령\n\n" + "\n".join(lines)


def _amendments() -> str:
    changes = [
        ("3조제1항", "15일", "20일"), ("5조", "국세청장", "지방국세청장"), ("7조제2항", "서면", "문서 또는 전자문서"),
        ("9조제1항제2호", "주택", "부동산"), ("10조", "매년", "매 분기"), ("12조제3항", "100만원", "300만원"),
        ("14조", "신청인", "청구인"), ("18조제1항", "할 수 있다", "하여야 한다"), ("21조", "3년", "5년"),
    ]  # fmt: skip
    return (
        "주택임대차 보호법 일부개정법률안\n\n"
        + "\n".join(f"제{place} 중 “{old}”을 “{new}”으로 한다." for place, old, new in changes)
        + "\n\n부칙\n\n이 법은 공포 후 6개월이 경과한 날부터 시행한다."
    )


def _supplementary_provisions() -> str:
    return "\n\n".join(
        f"부칙 <법률 제{8000 + 113 * n}호, {2007 + n}. 12. {n + 10}.>\n제1조(시행일) 이 법은 공포한 날부터 시행한다.\n"
        f"제2조(적용례) 제{n + 3}조의 개정규정은 이 법 시행 후 최초로 신고하는 분부터 적용한다."
        for n in range(1, 13)
    )


_DIGEST = [
    ("농가주택의 부속토지", "같은 울타리 안에 있는 창고는 주택의 부수토지로 본다"),
    ("환급가산금의 기산일", "경정청구를 한 날의 다음 날부터 계산한다"),
    ("배우자 간 증여", "공동 예금으로 취득한 아파트의 절반은 증여로 보지 아니한다"),
    ("면허의 실효", "기간이 지난 뒤에는 다시 신청하여야 한다"),
    ("소프트웨어의 상각", "자체 사용 목적의 프로그램은 5년간 상각한다"),
    ("출장 식비", "차량에서 숙박한 운전원도 일비를 청구할 수 있다"),
    ("본점 소재지", "이사회를 해외에서 두 번 열었다고 하여 본점이 이전된 것은 아니다"),
]


def _rulings_digest() -> str:
    return ("\n" + "─" * 40 + "\n").join(
        f"【제목】 {title}\n【문서번호】 서면-2015-{n * 211}\n【요지】 {answer}\n【회신】 귀 질의의 경우, {answer}. "
        f"관련 법령은 소득세법 제{n + 80}조를 참고하시기 바랍니다."
        for n, (title, answer) in enumerate(_DIGEST, 1)
    )


def _fee_table() -> str:
    rows = [
        f"| {n} | {name} | {n * 1500 + 500}원 | 건당 |"
        for n, name in enumerate(
            "주민등록등본 인감증명서 가족관계증명서 토지대장 건축물대장 지적도 자동차등록증 영업신고 옥외광고 도로점용 "
            "하천점용 폐기물처리 소음측정 식품영업 숙박영업".split(),
            1,
        )
    ]
    return "[별표 3] 수수료(제12조 관련)\n\n| 번호 | 종류 | 금액 | 단위 |\n| --- | --- | --- | --- |\n" + "\n".join(
        rows
    )


def _application_form() -> str:
    fields = "성명 주민등록번호 주소 전화번호 전자우편 상호 사업자등록번호 소재지 업태 종목 개업일 휴업일 폐업일 사유".split()
    return (
        "[별지 제7호서식] 사업 변경 신고서\n\n"
        + "\n".join(f"{field}: {_BLANK}{_BLANK}" for field in fields)
        + "\n\n「부가가치세법」 제8조제6항에 따라 위와 같이 신고합니다.\n\n20__년 __월 __일\n\n신고인 ____________ (서명 또는 인)\n\n"
        "처리기한: 3일\n첨부서류: 사업자등록증 원본, 임대차계약서 사본\n\n○○세무서장 귀하"
    )


def _power_of_attorney() -> str:
    acts = [
        "위 부동산의 매매계약을 체결하는 행위", "매매대금을 수령하는 행위", "소유권이전등기를 신청하는 행위",
        "등기필정보를 수령하는 행위", "취득세를 신고하는 행위", "복대리인을 선임하는 행위", "위 각 행위에 부수하는 모든 행위",
    ]  # fmt: skip
    return (
        "위 임 장\n\n본인은 아래 사람을 대리인으로 정하고 다음 행위를 위임합니다.\n\n"
        + "\n".join(f"{n}. {act}" for n, act in enumerate(acts, 1))
        + f"\n\n위임인: {_BLANK} (인)\n대리인: {_BLANK} (인)\n\n부동산의 표시: 서울특별시 마포구 상암동 1601, 대 330㎡"
    )


_PARTS = {
    "펌프": "아래 물통에서 물을 끌어 올립니다", "히터": "물을 설정한 온도까지 데웁니다", "밸브": "물통이 차면 급수를 막습니다",
    "센서": "물의 경도를 잽니다", "필터": "모래와 녹을 걸러 냅니다", "표시창": "각 부품의 상태를 보여 줍니다",
    "모터": "통을 양쪽으로 돌립니다", "도어록": "운전 중에 문을 잠급니다", "세제함": "알맞은 때에 세제를 넣습니다",
    "배수관": "쓴 물을 내보냅니다",
}  # fmt: skip


def _ten_part_manual() -> str:
    return "\n\n".join(
        f"제{n}부 {part}\n\n용도\n\n{part}는 {use}.\n\n분리 방법\n\n1. 전원을 끄십시오.\n2. 나사 {n + 1}개를 푸십시오.\n"
        f"3. {part}를 앞으로 당겨 빼십시오.\n\n점검\n\n금이 갔는지 살피고 {n * 150}시간마다 교체하십시오.\n\n조립\n\n"
        f"분리의 역순으로 조립하십시오.\n\n조임 토크\n\n{n * 2 + 3} Nm"
        for n, (part, use) in enumerate(_PARTS.items(), 1)
    )


def _faq() -> str:
    pairs = [
        ("VPN client가 connect 되지 않아요.", "Settings > Network에서 proxy를 off로 바꾼 뒤 다시 시도해 주세요."),
        (
            "SSO login 후 blank page가 나옵니다.",
            "browser의 cookie와 cache를 지우고 Chrome 최신 버전으로 접속해 주세요.",
        ),
        ("Outlook add-in이 보이지 않습니다.", "File > Options > Add-ins에서 COM Add-in을 enable 하면 됩니다."),
        ("API key는 어디서 발급하나요?", "Developer Console의 Credentials 메뉴에서 Create key를 누르면 됩니다."),
        ("Webhook이 두 번 호출됩니다.", "retry 정책 때문이며 event id로 중복을 걸러 주세요."),
        ("CSV export가 깨집니다.", "Excel에서 UTF-8 BOM 옵션으로 저장한 파일을 열어 주세요."),
        ("Docker image를 pull 할 수 없습니다.", "registry에 login 한 뒤 docker pull 명령을 다시 실행해 주세요."),
    ]
    return "자주 묻는 질문\n\n" + "\n\n".join(f"Q. {question}\nA. {answer}" for question, answer in pairs)


def _error_codes() -> str:
    rows = [
        ("E01", "급수 이상", "수도꼭지를 열고 호스가 꺾였는지 확인하십시오."), ("E02", "배수 이상", "배수 필터를 청소하십시오."),
        ("E03", "문 열림", "문을 딸깍 소리가 날 때까지 닫으십시오."), ("E04", "거품 과다", "세제의 양을 줄이십시오."),
        ("E05", "센서 고장", "서비스 센터에 연락하십시오."), ("E06", "모터 과열", "한 시간 뒤에 다시 운전하십시오."),
        ("E07", "누수", "수도를 잠그고 서비스 센터에 연락하십시오."), ("E08", "전압 이상", "전기 기사에게 점검을 맡기십시오."),
        ("E09", "히터 고장", "서비스 센터에 연락하십시오."), ("E10", "불균형", "세탁물을 고르게 펴십시오."),
    ]  # fmt: skip
    return "고장 표시\n\n" + "\n".join(f"{code}  {name:8}  {remedy}" for code, name, remedy in rows)


def _specification() -> str:
    values = (
        "모델명: HX-220|정격 전압: 220 V|주파수: 60 Hz|소비 전력: 2,100 W|수압: 0.5~8 bar|용량: 9 kg|탈수 속도: 1,400 rpm|높이: 850 mm"
        "|너비: 598 mm|깊이: 590 mm|무게: 68 kg|전선 길이: 1.5 m|소음(세탁): 52 dB|소음(탈수): 74 dB|에너지 등급: 2등급"
        "|1회 물 사용량: 48 L|코스 수: 14개|보관 온도: -10~50 ℃|사용 온도: 5~35 ℃|습도: 20~85 %|제조국: 대한민국|보증 기간: 2년"
    )
    return "제품 규격\n\n" + values.replace("|", "\n")


def _price_list() -> str:
    goods = "경첩 브래킷 손잡이 자물쇠 선반 레일 바퀴 볼트 와셔 접착제".split()
    rows = [
        f"{4100 + 7 * n}  {name} ({finish})  {450 + 1350 * n:,}원  부가세 별도"
        for n, (name, finish) in enumerate((name, finish) for name in goods for finish in ("강철", "황동", "흑색"))
    ]
    return (
        "2024년 단가표 (3월 1일부터 적용)\n\n" + "\n".join(rows) + "\n\n5만 원 미만 주문에는 배송비 3,000원이 붙습니다."
    )


def _steps() -> str:
    steps = (
        "전원을 끕니다|케이블을 뽑습니다|윗덮개를 엽니다|파란 레버를 올립니다|다 쓴 카트리지를 뺍니다|마른 천으로 롤러를 닦습니다"
        "|새 카트리지를 꺼냅니다|다섯 번 흔듭니다|주황색 띠를 당깁니다|딸깍 소리가 날 때까지 밉니다|파란 레버를 내립니다"
        "|윗덮개를 닫습니다|케이블을 꽂습니다|전원을 켭니다|초록 불이 켜질 때까지 기다립니다|메뉴 단추를 길게 누릅니다"
        "|교체 완료를 고릅니다|확인을 누릅니다|시험 인쇄를 합니다"
    )
    return "카트리지 교체\n\n" + "\n".join(f"{n}. {step}." for n, step in enumerate(steps.split("|"), 1))


def _glossary() -> str:
    entries = {
        "가산세": "신고를 늦게 하면 더 내는 세금.", "결손금": "손금이 익금을 넘는 금액.", "과세표준": "세율을 곱하는 기준 금액.",
        "납세의무자": "세금을 낼 의무가 있는 사람.", "면세": "세금을 물리지 않는 것.", "부가가치": "거래에서 새로 생긴 가치.",
        "세액공제": "계산한 세금에서 빼 주는 금액.", "손금": "법인의 순자산을 줄이는 거래.", "연말정산": "한 해의 세금을 다시 계산하는 일.",
        "원천징수": "돈을 주는 사람이 세금을 미리 떼는 것.", "익금": "법인의 순자산을 늘리는 거래.", "징수": "세금을 거두는 일.",
    }  # fmt: skip
    return "용어 풀이\n\n" + "\n".join(f"{word}: {meaning}" for word, meaning in entries.items())


def _checklist() -> str:
    areas = {
        "제동 장치": ["패드 두께 3 mm 이상", "오일 누유 없음", "레버 작동", "디스크 손상 없음"],
        "등화 장치": ["전조등 점등", "후미등 점등", "반사판 청결", "배선 손상 없음"],
        "타이어": ["홈 깊이 1.6 mm 이상", "공기압 3.5 bar", "갈라짐 없음", "밸브 캡 있음"],
        "차체": ["용접부 녹 없음", "안장 고정", "경음기 작동", "번호판 식별 가능"],
    }
    return "배달 자전거 월간 점검표\n\n" + "\n\n".join(
        f"{area}\n" + "\n".join(f"□ {item}   □ 양호  □ 불량   점검자: ______" for item in items)
        for area, items in areas.items()
    )


def _release_notes() -> str:
    entries = [
        ("3.2.1", "첨부 파일이 열리지 않던 문제를 고쳤습니다."), ("3.2.0", "일정 공유 기능을 추가했습니다."),
        ("3.1.4", "로그인 화면의 오타를 고쳤습니다."), ("3.1.3", "메모리 누수를 고쳤습니다."),
        ("3.1.0", "다크 모드를 지원합니다."), ("3.0.2", "알림이 두 번 울리던 문제를 고쳤습니다."),
        ("3.0.0", "화면을 새로 꾸몄습니다. 안드로이드 8 이하는 더 이상 지원하지 않습니다."), ("2.9.0", "백업 속도를 두 배로 높였습니다."),
        ("2.8.1", "정렬 순서를 고쳤습니다."),
    ]  # fmt: skip
    return "# 변경 이력\n\n" + "\n\n".join(f"## {version}\n\n- {text}" for version, text in entries)


SAMPLES = [
    Sample("form lease with blanks", "legal", "ko", _form_lease()),
    Sample("deleted articles", "legal", "ko", _deleted_articles()),
    Sample("amendments of one act", "legal", "ko", _amendments()),
    Sample("supplementary provisions", "legal", "ko", _supplementary_provisions()),
    Sample("digest of rulings", "legal", "ko", _rulings_digest()),
    Sample("table of fees", "legal", "ko", _fee_table()),
    Sample("application form", "legal", "ko", _application_form()),
    Sample("power of attorney", "legal", "ko", _power_of_attorney()),
    Sample("ten parts, same headings", "manual", "ko", _ten_part_manual()),
    Sample("questions full of Latin words", "manual", "ko", _faq()),
    Sample("error codes", "manual", "ko", _error_codes()),
    Sample("technical data", "manual", "ko", _specification()),
    Sample("price list", "manual", "ko", _price_list()),
    Sample("short steps", "manual", "ko", _steps()),
    Sample("glossary", "manual", "ko", _glossary()),
    Sample("checklist", "manual", "ko", _checklist()),
    Sample("release notes", "manual", "ko", _release_notes()),
]
