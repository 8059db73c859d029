"""More documents that must be kept, written after the first limits were set. Five of them made us change a rule."""

from __future__ import annotations

from .sample import Sample


def _template_agreement() -> str:
    heads = [
        "Purpose",
        "Term",
        "Return of information",
        "No licence",
        "Remedies",
        "Governing law",
        "Assignment",
        "Notices",
    ]
    return (
        "MUTUAL NON-DISCLOSURE AGREEMENT\n\nbetween [NAME OF PARTY A] and [NAME OF PARTY B], dated [DATE]\n\n"
        + "\n\n".join(
            f"{n}. {head}. [NAME OF PARTY A] and [NAME OF PARTY B] each agree that, with respect to [{head.upper()}], the receiving "
            f"party shall act within [NUMBER] days of the notice given under clause {n + 2}, unless [EXCEPTION] applies."
            for n, head in enumerate(heads, 1)
        )
    )


def _docket() -> str:
    acts = "Complaint|Summons issued|Answer|Motion to dismiss|Opposition|Reply|Order denying motion|Notice of deposition|Stipulation|Order"
    return "Docket, case 3:19-cv-01142\n\n" + "\n".join(
        f"{n:3}  {n % 12 + 1:02d}/{n * 3 % 28 + 1:02d}/2019  {act} filed by {'Plaintiff' if n % 2 else 'Defendant'} Harlan Mills. ({n + 4} pages)"
        for n, act in enumerate(acts.split("|") * 2, 1)
    )


def _bilingual() -> str:
    pairs = [
        ("The Seller delivers the Goods to the port of Busan.", "매도인은 물품을 부산항에서 인도한다."),
        ("Risk passes to the Buyer on delivery.", "위험은 인도와 동시에 매수인에게 이전한다."),
        ("The Buyer pays within 30 days of the invoice.", "매수인은 송장일로부터 30일 이내에 대금을 지급한다."),
        ("Defects must be notified within 14 days.", "하자는 14일 이내에 통지하여야 한다."),
        ("This contract is governed by the law of Korea.", "이 계약은 대한민국 법에 따른다."),
        ("Disputes go to the court in Seoul.", "분쟁은 서울중앙지방법원의 관할로 한다."),
    ]
    return "SALES CONTRACT 매매계약서\n\n" + "\n\n".join(
        f"Article {n} 제{n}조\n{english}\n{korean}" for n, (english, korean) in enumerate(pairs, 1)
    )


def _laws_cited() -> str:
    laws = "Clean Water Act|Companies Act 2006|Equality Act 2010|Housing Act 1988|Insolvency Act 1986|Patents Act 1977|Water Act 2003"
    return "Table of statutes\n\n" + "\n".join(
        f"{law}, s. {n * 4 + 1}: paras. {n * 11 + 2}, {n * 11 + 9}, {n * 17 + 30}"
        for n, law in enumerate(laws.split("|") * 2)
    )


def _warnings() -> str:
    actions = [
        "Do not open the housing while the blade turns.", "Keep children away from the cutting area.",
        "Wear ear and eye protection.", "Never reach under the deck.", "Stop the engine before you refuel.",
        "Do not mow on slopes steeper than 15 degrees.", "Let the silencer cool for ten minutes.",
    ]  # fmt: skip
    return "\n\n".join(
        f"WARNING\nRisk of injury!\n{action}\nFailure to follow this warning can cause severe injury."
        for action in actions
    )


def _shortcuts() -> str:
    keys = {
        "Ctrl+C": "Copy", "Ctrl+V": "Paste", "Ctrl+X": "Cut", "Ctrl+Z": "Undo", "Ctrl+Shift+Z": "Redo", "Ctrl+F": "Find",
        "Ctrl+H": "Replace", "Ctrl+S": "Save", "Ctrl+P": "Print", "Alt+F4": "Close the window", "F2": "Rename", "F5": "Reload",
        "F11": "Full screen", "Ctrl+Tab": "Next tab", "Ctrl+W": "Close the tab", "Home": "Start of the line", "End": "End of the line",
    }  # fmt: skip
    return "Keyboard shortcuts\n\nThe keys below work in every window of the program.\n\n" + "\n".join(
        f"{key:14} {use}" for key, use in keys.items()
    )


def _troubleshooting() -> str:
    rows = [
        ("Does not start", "Plug not in the socket", "Push the plug in"), ("Does not start", "Fuse blown", "Replace the fuse"),
        ("Too loud", "Feet uneven", "Turn the feet"), ("Too loud", "Transport bolts still in", "Remove the bolts"),
        ("Leaks", "Hose loose", "Tighten the hose"), ("Leaks", "Seal worn", "Replace the seal"),
        ("Smells", "Filter dirty", "Clean the filter"), ("Smells", "Drum damp", "Leave the door open"),
    ]  # fmt: skip
    return "| Fault | Cause | Remedy |\n| --- | --- | --- |\n" + "\n".join(f"| {a} | {b} | {c} |" for a, b, c in rows)


def _timetable() -> str:
    stops = "Harbour|Market|Church|School|Hospital|Station|Mill|Farm road|Forest|Lake"
    return "Line 14, Monday to Friday, every hour\n\n" + "\n".join(
        f"{stop:10} " + "  ".join(f"{hour:02d}:{n * 4 + 3:02d}" for hour in range(6, 12))
        for n, stop in enumerate(stops.split("|"))
    )


def _status_codes() -> str:
    codes = {
        200: "OK", 201: "Created", 204: "No content", 301: "Moved permanently", 302: "Found", 304: "Not modified", 400: "Bad request",
        401: "Unauthorised", 403: "Forbidden", 404: "Not found", 405: "Method not allowed", 409: "Conflict", 410: "Gone", 413: "Body too large",
        418: "I am a teapot", 429: "Too many requests", 500: "Server error", 502: "Bad gateway", 503: "Unavailable", 504: "Gateway timeout",
    }  # fmt: skip
    return "Answers of the server\n\n" + "\n".join(f"{code}  {name}" for code, name in codes.items())


def _abbreviations() -> str:
    return """List of abbreviations

ABS - anti-lock braking system
CAN - controller area network
DTC - diagnostic trouble code
ECU - engine control unit
EGR - exhaust gas recirculation
ESP - electronic stability programme
HVAC - heating, ventilation and air conditioning
LED - light-emitting diode
MAP - manifold absolute pressure
OBD - on-board diagnostics
PCM - powertrain control module
RPM - revolutions per minute
SRS - supplemental restraint system
TCM - transmission control module
TPS - throttle position sensor
VIN - vehicle identification number
VSS - vehicle speed sensor
"""


def _employment_ko() -> str:
    rows = "근무장소|업무의 내용|소정근로시간|근무일|휴일|임금|상여금|지급일|지급방법|연차유급휴가|사회보험"
    return (
        "표준근로계약서\n\n________(이하 “사업주”라 함)과(와) ________(이하 “근로자”라 함)은 다음과 같이 근로계약을 체결한다.\n\n"
        + "\n".join(f"{n}. {row}: ______________________" for n, row in enumerate(rows.split("|"), 1))
        + "\n\n20__년 __월 __일\n(사업주) 사업체명: __________ (전화: __________)\n(근로자) 주소: __________ 성명: __________ (서명)"
    )


def _penalties_ko() -> str:
    acts = "신고를 하지 않은 경우|기록을 보존하지 않은 경우|검사를 거부한 경우|거짓으로 보고한 경우|표시를 하지 않은 경우|교육을 받지 않은 경우"
    return "[별표 8] 과태료의 부과기준(제40조 관련)\n\n" + "\n".join(
        f"{mark}. 법 제{n + 20}조제{n % 3 + 1}항을 위반하여 {act}: 1차 위반 {n * 10 + 20}만원, 2차 위반 {n * 20 + 40}만원, 3차 이상 위반 {n * 40 + 80}만원"
        for n, (mark, act) in enumerate(zip("가나다라마바", acts.split("|"), strict=True))
    )


def _judgment_order_ko() -> str:
    return """서울중앙지방법원 판결

사건 2023가합51234 손해배상(기)
원고 주식회사 가람
피고 1. 김○○ 2. 이○○ 3. 박○○

주 문

1. 피고 김○○는 원고에게 30,000,000원 및 이에 대하여 2023. 5. 1.부터 갚는 날까지 연 12%의 비율로 계산한 돈을 지급하라.
2. 피고 이○○는 원고에게 20,000,000원 및 이에 대하여 2023. 5. 1.부터 갚는 날까지 연 12%의 비율로 계산한 돈을 지급하라.
3. 피고 박○○는 원고에게 10,000,000원 및 이에 대하여 2023. 5. 1.부터 갚는 날까지 연 12%의 비율로 계산한 돈을 지급하라.
4. 소송비용은 피고들이 부담한다.
5. 제1항 내지 제3항은 가집행할 수 있다.
"""


def _menu_paths_ko() -> str:
    steps = [
        ("알림 끄기", "설정 > 알림 > 앱 알림", "스위치를 끕니다"), ("글자 크기 바꾸기", "설정 > 화면 > 글꼴", "막대를 움직입니다"),
        ("와이파이 연결", "설정 > 연결 > 와이파이", "이름을 누르고 암호를 넣습니다"), ("지문 등록", "설정 > 보안 > 지문", "손가락을 댑니다"),
        ("초기화", "설정 > 일반 > 초기화", "확인을 누릅니다"), ("백업", "설정 > 계정 > 백업", "지금 백업을 누릅니다"),
    ]  # fmt: skip
    return "\n\n".join(f"{title}\n{path}\n{action}." for title, path, action in steps)


def _ingredients_ko() -> str:
    return """원재료 및 함량

정제수 72.5 %, 설탕 9.1 %, 전지분유 6.4 % (국산), 코코아분말 3.2 %, 식물성크림 2.8 %, 카라기난 0.1 %, 정제소금 0.1 %

영양정보 (총 내용량 240 mL당)

열량 165 kcal
나트륨 140 mg 7 %
탄수화물 24 g 7 %
당류 21 g 21 %
지방 5 g 9 %
포화지방 3.5 g 23 %
콜레스테롤 10 mg 3 %
단백질 5 g 9 %

개봉한 뒤에는 바로 마시고, 남은 것은 냉장고에 보관하십시오. 유통기한이 지난 제품은 마시지 마십시오.
"""


_STANDUP = """
standup-bot: Good morning! What did you do yesterday, and what will you do today?
hana: Yesterday I fixed the export of empty tables. Today I review Leo's branch.
leo: Yesterday: tests for the parser. Today: the same. I am blocked by the flaky runner.
standup-bot: Thanks! 2 of 4 people have answered.
mina: I was ill. Today I start with the release notes.
standup-bot: Thanks! 3 of 4 people have answered.
hana: leo, which runner?
leo: number 3, it runs out of disk
hana: I can clear it after lunch
raj: late, sorry. yesterday docs, today docs
standup-bot: Thanks! 4 of 4 people have answered.
mina: raj, can you also describe the new flag?
raj: sure
"""
_QUIZ_KO = """
진행자: 첫 번째 문제입니다. 대한민국에서 가장 긴 강은?
참가자: 낙동강!
진행자: 정답입니다! 10점 드립니다.
진행자: 두 번째 문제입니다. 물의 화학식은?
참가자: H2O요.
진행자: 정답입니다! 10점 드립니다.
진행자: 세 번째 문제입니다. 세종대왕이 만든 글자는?
참가자: 훈민정음입니다.
진행자: 정답입니다! 10점 드립니다.
진행자: 마지막 문제입니다. 지구에서 가장 큰 바다는?
참가자: 음... 대서양?
진행자: 아쉽습니다. 태평양입니다. 오늘 30점을 얻으셨습니다.
"""
_CALL = """
Agent: Thank you for calling Northwind Energy, this is Dana. How can I help you?
Caller: Hi. I got two bills for the same month.
Agent: I am sorry to hear that. May I have your customer number, please?
Caller: It is 4471 0932.
Agent: Thank you. One moment, please.
Caller: Sure.
Agent: Thank you for holding. I see both bills. The second one replaces the first, because the meter was read again.
Caller: So I only pay the second?
Agent: That is right. You only pay the second.
Caller: Okay. And the first?
Agent: It is cancelled. You will get a letter. Is there anything else that I can help you with?
Caller: No, that is all.
Agent: Thank you for calling Northwind Energy. Goodbye.
"""
_WORKFLOW = """
name: tests
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-22.04
    strategy:
      matrix:
        python: ["3.11", "3.12", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      - run: pip install -e .[dev]
      - run: ruff check .
      - run: mypy
      - run: pytest -q
"""
_MAKEFILE = """
CC = cc
CFLAGS = -O2 -Wall -Wextra
OBJECTS = main.o lexer.o parser.o table.o output.o

all: calc

calc: $(OBJECTS)
\t$(CC) $(CFLAGS) -o $@ $(OBJECTS) -lm

main.o: main.c calc.h
lexer.o: lexer.c calc.h
parser.o: parser.c calc.h table.h
table.o: table.c table.h
output.o: output.c calc.h

test: calc
\t./calc < tests/input.txt | diff - tests/expected.txt

clean:
\trm -f calc $(OBJECTS)
"""


def _messages_po() -> str:
    pairs = {
        "File not found": "파일을 찾을 수 없습니다", "Save": "저장", "Cancel": "취소", "Open a file": "파일 열기", "Wrong password": "암호가 틀렸습니다",
        "Disk full": "디스크가 가득 찼습니다", "Try again": "다시 시도", "Print": "인쇄", "Language": "언어", "Sign out": "로그아웃",
    }  # fmt: skip
    return "\n\n".join(
        f'#: src/ui.c:{n * 17 + 20}\nmsgid "{source}"\nmsgstr "{target}"'
        for n, (source, target) in enumerate(pairs.items())
    )


def _assembly() -> str:
    return """
        .text
        .globl  sum
# long sum(const long *values, long count)
sum:
        xorl    %eax, %eax
        testq   %rsi, %rsi
        jle     .done
        leaq    (%rdi,%rsi,8), %rdx
.next:
        addq    (%rdi), %rax
        addq    $8, %rdi
        cmpq    %rdx, %rdi
        jne     .next
.done:
        ret
        .size   sum, .-sum
"""


def _enumeration() -> str:
    names = "Idle Connecting Connected Reading Writing Flushing Closing Closed Failed TimedOut Cancelled Paused Resumed".split()
    return (
        "/// States of a session.\n#[derive(Clone, Copy, Debug, PartialEq)]\npub enum State {\n"
        + "\n".join(f"    /// See section {n + 3} of the protocol.\n    {name} = {n}," for n, name in enumerate(names))
        + "\n}\n"
    )


_SLIDES_EN = """
Market
• Slower growth in Europe
• New entrants from Asia
• Higher energy cost
Strategy
• Cut prices
• Improve the quality of service
• Win back lost customers
Timeline
• Build the system in spring
• Pilot in two shops in summer
• Roll out nationwide
Effects
• Higher sales
• Lower cost
• Happier customers
"""
_SLIDES_KO = """
시장 현황
• 국내 시장 규모 2조 원
• 경쟁사 신제품 출시
• 고객 이탈 증가
대응 전략
• 가격 인하
• 서비스 품질 개선
• 재구매 고객 확대
추진 일정
• 1분기 시스템 구축
• 2분기 시범 운영
• 하반기 전국 확대
기대 효과
• 매출 15% 증가
• 비용 절감
• 고객 만족도 향상
"""


def _ten_parts() -> str:
    return "# Assembly of the ten stations\n\n" + "\n\n".join(
        f"## Part {n}\n\nTools: spanner {n + 7} mm, torque wrench\n\n1. Place the bracket of station {n} on the rail.\n2. Tighten both screws to "
        f"{n * 2 + 10} Nm.\n3. Check the gap with the gauge; it must be {n * 3} mm or less.\n4. Enter the value in line {n} of the sheet."
        for n in range(1, 11)
    )


def _ten_parts_ko() -> str:
    return "펌프 정비 지침\n\n" + "\n\n".join(
        f"{n}. {n}호 펌프\n가. 전원을 내리고 {n * 5}분 동안 기다린다.\n나. 압력이 {n}.5 bar 아래인지 확인한다.\n다. 덮개 볼트 {n + 3}개를 풀어 패킹을 바꾼다.\n"
        f"라. {n * 12} Nm로 조이고 점검표 {n}번 칸에 적는다."
        for n in range(1, 11)
    )


def _tariff() -> str:
    rows = "\n".join(
        f"| Zone {n % 9 + 1} | {n * 5} kg | {n * 3}.{n % 10}0 EUR | {n % 5 + 1} days |" for n in range(1, 37)
    )
    return f"# Parcel tariff\n\nPrices without tax.\n\n| Zone | Up to | Price | Delivery |\n| --- | --- | --- | --- |\n{rows}"


def _repealed_ko() -> str:
    body = "\n".join(f"제{n}조 삭제 <2019. {n % 12 + 1}. {n % 27 + 1}.>" for n in range(4, 15))
    return (
        "시설 운영 규정\n\n제1조(목적) 이 규정은 시설의 운영에 필요한 사항을 정함을 목적으로 한다.\n제2조(정의) 이 규정에서 “시설”이란 별표의 시설을 말한다.\n"
        f"제3조(운영) 시설장은 해마다 운영 계획을 세워 시장에게 보고하여야 한다.\n{body}\n제15조(시행) 이 규정은 공포한 날부터 시행한다."
    )


def _checklist() -> str:
    items = "Guards in place|Emergency stop works|Oil above the lower mark|Belt without cracks|Floor dry|Signs readable|Filter clean|Hoses tight"
    lines = "\n\n".join(
        f"{n}. {item}.\n   Checked by: ________  Date: ________" for n, item in enumerate(items.split("|"), 1)
    )
    return f"Daily safety checklist, press line 4\n\n{lines}"


SAMPLES = [
    Sample("slides", "manual", "en", _SLIDES_EN),
    Sample("slides", "manual", "ko", _SLIDES_KO),
    Sample("agreement with names to fill in", "legal", "en", _template_agreement()),
    Sample("docket", "legal", "en", _docket()),
    Sample("contract in two languages", "legal", "ko", _bilingual()),
    Sample("table of statutes", "legal", "en", _laws_cited()),
    Sample("warnings with one frame", "manual", "en", _warnings()),
    Sample("keyboard shortcuts", "manual", "en", _shortcuts()),
    Sample("faults, causes, remedies", "manual", "en", _troubleshooting()),
    Sample("timetable", "manual", "en", _timetable()),
    Sample("status codes", "manual", "en", _status_codes()),
    Sample("abbreviations", "manual", "en", _abbreviations()),
    Sample("employment form", "legal", "ko", _employment_ko()),
    Sample("table of penalties", "legal", "ko", _penalties_ko()),
    Sample("order of a judgment", "legal", "ko", _judgment_order_ko()),
    Sample("paths through menus", "manual", "ko", _menu_paths_ko()),
    Sample("ingredients", "manual", "ko", _ingredients_ko()),
    Sample("stand-up with a bot", "dialogue", "en", _STANDUP),
    Sample("quiz", "dialogue", "ko", _QUIZ_KO),
    Sample("call with formulas", "dialogue", "en", _CALL),
    Sample("workflow", "code", "en", _WORKFLOW),
    Sample("makefile", "code", "en", _MAKEFILE),
    Sample("translated messages", "code", "ko", _messages_po()),
    Sample("assembly", "code", "en", _assembly()),
    Sample("states", "code", "en", _enumeration()),
    Sample("ten equal parts", "manual", "en", _ten_parts()),
    Sample("ten equal parts", "manual", "ko", _ten_parts_ko()),
    Sample("tariff", "manual", "en", _tariff()),
    Sample("repealed articles", "legal", "ko", _repealed_ko()),
    Sample("checklist", "manual", "en", _checklist()),
]
