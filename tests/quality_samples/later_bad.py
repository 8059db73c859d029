"""More junk, written after the first limits were set. Two of the samples made us change a rule."""

from __future__ import annotations

import base64
import hashlib
import random

from .sample import Sample


def _draw(seed: str) -> random.Random:
    return random.Random(f"held out {seed}")


def _bytes(seed: str, length: int) -> bytes:
    return b"".join(hashlib.sha256(f"held out {seed} {n}".encode()).digest() for n in range(length // 32 + 1))[:length]


_SHOP = """
Women
New in
Dresses
Tops
Jeans
Skirts
Coats & jackets
Shoes
Bags
Men
Shirts
Trousers
Suits
Knitwear
Sportswear
Kids
Girls
Boys
Babies
Home & living
Bedding
Curtains
Lamps
Rugs
Sale
Up to 70% off
Gift cards
Store finder
Track my order
Returns
Size guide
Contact us
Follow us
Download our app
Sign in / Register
Wishlist (0)
Cart (0)
Filter by
Sort by price
Colour
Size
Brand
Apply
Clear all
1 2 3 4 5 ... 18 Next
"""
_PORTAL_KO = """
로그인 | 회원가입 | 고객센터 | 사이트맵 | 즐겨찾기 추가
뉴스 스포츠 연예 증권 부동산 자동차 웹툰 쇼핑 지도 사전 메일 카페 블로그 지식
정치 경제 사회 생활 문화 세계 과학 오피니언 포토 TV 랭킹뉴스
많이 본 뉴스 댓글 많은 뉴스 공감 많은 뉴스
이전 다음 처음 끝 더보기 접기 펼치기 닫기
공유 인쇄 스크랩 글자크기 크게 글자크기 작게 음성으로 듣기
회사소개 광고안내 제휴문의 이용약관 청소년보호정책 개인정보처리방침 저작권 안내
모바일버전 PC버전 전체서비스 최신글 인기글 추천글 공지사항 자주하는 질문 문의하기
관련기사 추천기사 실시간 검색어 급상승 검색어 인기검색어 오늘의 날씨 운세 로또
"""


def _hotel_spam() -> str:
    cities = "Paris Rome London Berlin Madrid Vienna Prague Lisbon Athens Dublin".split()
    words = ["cheap hotel", "best hotel", "hotel deals", "hotel booking", "luxury hotel", "last minute hotel"]
    return " - ".join(f"{word} {city}" for city in cities for word in words)


def _comma_keywords_ko() -> str:
    places = "강남 서초 송파 홍대 신촌 일산 분당 수원 인천 부천 안양 천안 대전 대구 부산".split()
    words = "출장마사지 원룸이사 포장이사 용달 에어컨청소 하수구막힘 누수탐지 개인회생 임플란트 성형외과".split()
    return ", ".join(f"{place}{word}" for place in places for word in words)


def _key_block() -> str:
    body = base64.encodebytes(_bytes("key", 1700)).decode().replace("\n", "")
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n"


def _journal() -> str:
    draw = _draw("journal")
    units = ["systemd[1]", "sshd[812]", "cron[77]", "kernel", "NetworkManager[601]", "dbus-daemon[588]"]
    says = [
        "Started Session of user root.", "Connection closed by authenticating user", "Reached target Timers.", "New USB device found",
        "device state change: disconnected -> prepare", "Successfully activated service", "pam_unix(cron:session): session opened",
    ]  # fmt: skip
    return "\n".join(
        f"Nov {n // 60 + 3:2d} 10:{n % 60:02d}:{n * 7 % 60:02d} host {draw.choice(units)}: {draw.choice(says)}"
        for n in range(140)
    )


def _web_log() -> str:
    draw = _draw("web")
    paths = "/ /shop /shop/cart /about /img/logo.png /css/site.css /api/items /login /blog/spring /favicon.ico".split()
    agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Version/17.1 Mobile Safari/604.1", "Googlebot/2.1", "curl/8.4.0",
    ]  # fmt: skip
    return "\n".join(
        f"{draw.randint(1, 223)}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(0, 255)} - - "
        f'[12/Mar/2024:{n // 60:02d}:{n % 60:02d}:11 +0000] "GET {draw.choice(paths)} HTTP/1.1" {draw.choice([200, 200, 304, 404])} '
        f'{draw.randint(200, 90000)} "-" "{draw.choice(agents)}"'
        for n in range(80)
    )


def _application_log_ko() -> str:
    draw = _draw("application")
    says = [
        "주문이 접수되었습니다",
        "결제가 승인되었습니다",
        "재고를 확인합니다",
        "연결 시간이 초과되었습니다",
        "다시 시도합니다",
        "세션이 만료되었습니다",
    ]
    return "\n".join(
        f"2024-06-01 09:{n // 60:02d}:{n % 60:02d},{n * 37 % 1000:03d} [http-nio-8080-exec-{n % 9}] "
        f"{draw.choice(['INFO', 'WARN', 'DEBUG'])} c.e.shop.{draw.choice(['OrderService', 'PayClient', 'StockJob'])} - {draw.choice(says)} id={n * 7919}"
        for n in range(130)
    )


def _stains() -> str:
    draw = _draw("stains")
    return "\n".join(
        " ".join(
            draw.choice(
                [
                    ". ,",
                    "i",
                    "l",
                    "'",
                    "..",
                    "| |",
                    "_",
                    "~",
                    "rn",
                    "»",
                    "t",
                    "}{",
                    "j:",
                    "/'",
                    "I",
                    "^",
                    "ii",
                    "o",
                    ",'",
                    "fl",
                    "°",
                ]
            )
            for _ in range(draw.randint(6, 22))
        )
        for _ in range(70)
    )


def _euc_read_as_latin() -> str:
    text = "이 설명서는 제품을 안전하게 사용하는 방법을 설명합니다. 사용하기 전에 반드시 읽어 주시고 잘 보관하여 주십시오. 고장이 나면 서비스 센터로 연락하십시오. "
    return (text * 4).encode("cp949").decode("latin-1")


_LOREM = (
    "Vivamus vehicula leo a justo. Quisque nec augue. Morbi mauris wisi, aliquet vitae, dignissim eget, sollicitudin molestie, "
    "ligula. In dictum enim sit amet risus. Curabitur vitae velit eu diam rhoncus hendrerit. Vivamus ut elit. Praesent mattis "
    "ipsum quis turpis. Curabitur rhoncus neque eu dui. Etiam vitae magna. Nam ullamcorper. Praesent interdum bibendum magna. "
    "Quisque auctor aliquam dolor. Morbi eu lorem et est porttitor fermentum. Nunc egestas arcu at tortor varius viverra. "
)


def _addresses() -> str:
    return "\n".join(":".join(f"{byte:02x}" for byte in _bytes(f"mac {n}", 6)) for n in range(120))


def _domains() -> str:
    draw = _draw("domains")
    parts = "cloud data tech soft net web shop home green blue red fast smart easy top pro max plus one go".split()
    return "\n".join(
        f"{draw.choice(parts)}{draw.choice(parts)}-{draw.choice(parts)}.{draw.choice(['com', 'net', 'org', 'io', 'co.kr'])}"
        for _ in range(200)
    )


def _barcodes() -> str:
    return "\n".join(f"880{n * 7919 % 10**10:010d}\t{n * 13 % 90}\t{n * 17 % 23}" for n in range(200))


def _staff_names_ko() -> str:
    return "\n".join(
        f"{family}{given}"
        for family in "김이박최정강조윤장임"
        for given in "민준 서연 도윤 하은 지호 수아 예준 지유 건우 채원".split()
    )


def _words_by_letter() -> str:
    stems = "act add aid arm bag bar bed box cap car cat cup dam day den dog ear egg elm eye fan fin fox fun gap gas gem gum hat hen hip hut".split()
    return " ".join(f"{stem}{end}" for stem in stems for end in ("er", "let", "ling", "man", "work"))


def _counters_bot() -> str:
    return "\n".join(
        f"[{n // 60 % 24:02d}:{n % 60:02d}:00] status: cpu {n * 7 % 100}% mem {n * 13 % 100}% disk {n * 3 % 100}% users {n % 17}"
        for n in range(300)
    )


def _stickers_ko() -> str:
    draw = _draw("stickers")
    return "\n".join(
        f"[오후 {n // 60 % 12 + 1}:{n % 60:02d}] {draw.choice(['엄마', '아빠', '누나'])}: {draw.choice(['이모티콘을 보냈습니다.', '사진을 보냈습니다.', '동영상을 보냈습니다.'])}"
        for n in range(240)
    )


def _alerts() -> str:
    draw = _draw("alerts")
    return "\n".join(
        f"alertmanager: [FIRING:{n % 4 + 1}] {draw.choice(['HighLatency', 'DiskFull', 'PodRestart'])} {draw.choice(['api', 'web', 'db'])}-{n % 20} "
        f"is {draw.choice(['critical', 'warning'])}. Runbook: https://wiki.example/runbooks"
        for n in range(250)
    )


def _minified_html() -> str:
    return (
        "<!doctype html><html><head><style>"
        + "".join(f".c{n}{{width:{n}px}}" for n in range(60))
        + "</style></head><body>"
        + "".join(
            f'<div class="c{n} d{n % 7}"><a href="/p/{n}"><img src="/i/{n}.png" alt=""></a><span>{n}</span></div>'
            for n in range(60)
        )
        + "</body></html>"
    )


def _table_csv() -> str:
    draw = _draw("csv")
    return "id,x,y,z,label\n" + "\n".join(
        f"{n},{draw.random():.6f},{draw.random():.6f},{draw.random():.6f},{draw.randint(0, 9)}" for n in range(200)
    )


def _weights_py() -> str:
    draw = _draw("weights")
    return (
        "import numpy as np\n\nW1 = np.array([\n"
        + "\n".join("    [" + ", ".join(f"{draw.gauss(0, 1):+.8e}" for _ in range(5)) + "]," for _ in range(100))
        + "\n])\n"
    )


def _descriptor() -> str:
    data = _bytes("descriptor", 1400)
    rows = "\n".join(
        f"  b'{''.join(f'{chr(92)}x{b:02x}' for b in data[at : at + 20])}'" for at in range(0, len(data), 20)
    )
    return f"DESCRIPTOR = _pool.AddSerializedFile(\n{rows}\n)\n"


def _lock_file() -> str:
    return "\n\n".join(
        f'pkg-{n}@^{n % 5}.{n % 9}.0:\n  version "{n % 5}.{n % 9}.{n % 3}"\n  resolved "https://registry.example/pkg-{n}/-/pkg-{n}-{n % 5}.tgz#'
        f'{hashlib.sha256(str(n).encode()).hexdigest()[:40]}"\n  integrity sha512-{base64.b64encode(_bytes(f"lock {n}", 64)).decode()}'
        for n in range(50)
    )


SAMPLES = [
    Sample("menu of a shop", "manual", "en", _SHOP),
    Sample("bars of a portal", "manual", "ko", _PORTAL_KO),
    Sample("search words for hotels", "manual", "en", _hotel_spam()),
    Sample("search words by town", "manual", "ko", _comma_keywords_ko()),
    Sample("key", "legal", "en", _key_block()),
    Sample("journal", "manual", "en", _journal()),
    Sample("log of a web server", "manual", "en", _web_log()),
    Sample("log of a program", "manual", "ko", _application_log_ko()),
    Sample("stains", "legal", "en", _stains()),
    Sample("CP949 read as Latin-1", "manual", "ko", _euc_read_as_latin()),
    Sample("lorem ipsum, other words", "manual", "en", _LOREM * 2),
    Sample("hardware addresses", "manual", "en", _addresses()),
    Sample("domain names", "manual", "en", _domains()),
    Sample("bar codes", "manual", "en", _barcodes()),
    Sample("names of staff", "manual", "ko", _staff_names_ko()),
    Sample("list of words", "manual", "en", _words_by_letter()),
    Sample("counters of a bot", "dialogue", "en", _counters_bot()),
    Sample("nothing but stickers", "dialogue", "ko", _stickers_ko()),
    Sample("alerts", "dialogue", "en", _alerts()),
    Sample("minified page", "code", "en", _minified_html()),
    Sample("rows of numbers", "code", "en", _table_csv()),
    Sample("weights", "code", "en", _weights_py()),
    Sample("serialised descriptor", "code", "en", _descriptor()),
    Sample("lock file", "code", "en", _lock_file()),
]
