"""Natural documents of any length, in English and Korean, and seeded edits of them."""

from __future__ import annotations

import random

_ENGLISH = [
    "On {day} {month} {year} the tenant handed over the keys of flat {n} and received a receipt for them.",
    "The supplier delivers {n} pallets of ceramic tiles to the warehouse in {city} every second {weekday}.",
    "{name} asked whether the invoice of {amount} dollars had already been approved by the finance team.",
    "Before you clean the filter, switch the machine off and let it cool for at least {n} minutes.",
    "The court held that {name} had waited {n} months too long to object to the survey.",
    "Water pressure above {n} bar damages the seal; fit a reducing valve next to the meter.",
    "The committee moved the deadline for applications to {month} {day} after a long discussion.",
    "Replicas in {city} lag behind the primary by {n} seconds when the nightly backup runs.",
    "A late payment bears interest of {n} percent a year from the day after it was due.",
    "{name} explained that the river had flooded the lower car park twice since {year}.",
    "The lamp blinks {n} times when the tank is empty, and stays red when the pump has failed.",
    "Every driver keeps a log of the stops made on the route between {city} and the coast.",
    "The archive holds letters that {name} wrote to the mayor of {city} in the winter of {year}.",
    "Tickets for the museum cost {n} dollars, and children under six enter without charge.",
    "Each cabinet was weighed, photographed and wrapped before the lorry left on {weekday}.",
    "If the display shows code E{n}, unplug the unit and call the service desk in {city}.",
    "The insurer refused the claim because the smoke alarm on floor {n} had no battery.",
    "{name} will prepare a list of the open defects and send it to the landlord by {weekday}.",
    "Turn the dial to {n} degrees and wait until the green light goes out before baking.",
    "The parties appoint an expert from {city}, whose opinion binds both of them.",
]
_KOREAN = [
    "임차인은 {year}년 {m}월 {day}일에 {n}호 열쇠를 돌려주고 그 확인서를 받았다.",
    "공급자는 격주 {weekday}마다 {city} 창고로 타일 {n}상자를 납품하기로 하였다.",
    "{name} 대리는 {amount}원짜리 세금계산서가 이미 결재되었는지 물어보았다.",
    "필터를 청소하기 전에 전원을 끄고 적어도 {n}분 동안 기계를 식히십시오.",
    "법원은 {name} 씨가 측량 결과에 {n}개월이나 늦게 이의를 제기했다고 판단했다.",
    "수압이 {n}바를 넘으면 패킹이 상하므로 계량기 옆에 감압 밸브를 설치해야 합니다.",
    "위원회는 오랜 논의 끝에 신청 마감일을 {m}월 {day}일로 미루기로 했다.",
    "야간 백업이 도는 동안 {city} 복제 서버는 주 서버보다 {n}초 늦게 따라온다.",
    "대금을 늦게 내면 만기 다음 날부터 연 {n}퍼센트의 지연 이자가 붙는다.",
    "{name} 소장은 {year}년 이후 아래쪽 주차장이 두 번이나 물에 잠겼다고 설명했다.",
    "물통이 비면 램프가 {n}번 깜박이고 펌프가 고장 나면 빨간불이 계속 켜져 있다.",
    "기사들은 {city}에서 바닷가까지 가는 길에 들른 곳을 빠짐없이 운행 일지에 적는다.",
    "기록관에는 {name} 선생이 {year}년 겨울 {city} 시장에게 보낸 편지가 남아 있다.",
    "박물관 입장료는 {n}천 원이며 여섯 살이 안 된 어린이는 돈을 내지 않는다.",
    "장롱은 하나씩 무게를 재고 사진을 찍은 다음 {weekday}에 트럭에 실어 보냈다.",
    "화면에 E{n} 오류가 나타나면 플러그를 뽑고 {city} 고객센터로 전화해 주세요.",
    "보험사는 {n}층 화재경보기에 건전지가 없었다는 까닭으로 보험금을 주지 않았다.",
    "{name} 과장이 남은 하자 목록을 정리해서 {weekday}까지 집주인에게 보내기로 했다.",
    "손잡이를 {n}도에 맞추고 초록 불이 꺼질 때까지 기다렸다가 반죽을 넣으면 된다.",
    "양쪽은 {city}에 사는 전문가 한 사람을 정하고 그 의견에 따르기로 약속했다.",
]
_FACTS = {
    "en": {
        "month": ["January", "March", "April", "June", "July", "September", "October", "December"],
        "weekday": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "name": ["Ada Moreno", "Karl Jensen", "Priya Nair", "Tom Whitfield", "Grace Okafor", "Lena Vogel"],
        "city": ["Lisbon", "Tampere", "Bristol", "Ghent", "Porto", "Aarhus", "Leeds", "Bergen"],
    },
    "ko": {
        "weekday": ["월요일", "화요일", "수요일", "목요일", "금요일"],
        "name": ["김서연", "박도윤", "이하준", "최지우", "정민서", "강예린"],
        "city": ["수원", "전주", "강릉", "여수", "춘천", "목포", "진주", "제천"],
    },
}
SENTENCES = {"en": _ENGLISH, "ko": _KOREAN}


def document(language: str, seed: int, *, num_sentences: int) -> str:
    """Paragraphs of five sentences; documents of different seeds share sentence patterns but no facts."""
    rng = random.Random(f"{language}{seed}")
    sentences = [_sentence(rng.choice(SENTENCES[language]), language, rng) for _ in range(num_sentences)]
    return "\n\n".join(" ".join(sentences[start : start + 5]) for start in range(0, num_sentences, 5))


def edited(text: str, *, share: float, seed: int) -> str:
    """The text with a share of its words replaced by other words of it."""
    rng = random.Random(seed)
    words = text.split(" ")
    for index in rng.sample(range(len(words)), round(share * len(words))):
        words[index] = rng.choice(words)
    return " ".join(words)


def _sentence(pattern: str, language: str, rng: random.Random) -> str:
    facts = {slot: rng.choice(values) for slot, values in _FACTS[language].items()}
    return pattern.format(
        day=rng.randint(1, 28),
        m=rng.randint(1, 12),
        n=rng.randint(2, 99),
        year=rng.randint(1950, 2024),
        amount=f"{rng.randint(100, 9999)},{rng.randint(100, 999)}",
        **facts,
    )
