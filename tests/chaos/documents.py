"""Generated documents to build from: contracts, manuals, source trees and conversations, English and Korean.

Every document is drawn from the seed and its own number, so a larger set starts with the documents of a smaller one.
Some are copies of others, some are broken. The texts are varied enough to pass the quality filters and to be no
duplicates of each other. Used by the harnesses and by `benchmarks.build_cost`.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path


def _listed(words: str) -> list[str]:
    return words.split(",")


_PARTIES = _listed(
    "Harbour Board,Kittiwake Club,Aldgate Mills,Brandt Foundry,Corvid Systems,Dunmore Estates,Esker Dairy,"
    "Fenwick Trust,Garnet Press,Halvorsen Marine,Ivybridge College,Juniper Labs,Kestrel Freight,Lomond Glass,"
    "Marlow Quarry,Norwood Bakery,Orchard Housing,Pellworm Ferries,Quayside Bank,Redfern Tools"
)
_THINGS = _listed(
    "boiler,turbine,slipway,warehouse,ledger,conveyor,compressor,scaffold,reservoir,gearbox,archive,generator,greenhouse,"
    "lathe,kiln,pontoon,signal box,switchboard,tannery,weighbridge,ventilator,valve,winch,furnace,hoist,cistern"
)
_ADJECTIVES = _listed(
    "northern,refurbished,leased,insulated,portable,licensed,brick,hydraulic,spare,unfinished,certified,coastal,disused,"
    "emergency,flooded,guarded,heated,inspected,painted,rented,sealed,temporary,upper,western"
)
_SENTENCES = (
    "{p} shall deliver {n} {a} units of the {t} to {q} within {d} days after the order is confirmed",
    "A late payment for the {a} {t} bears interest of {r} percent per year until {q} receives it",
    "The {t} was inspected by {p} on {d} {month} {year}, and {n} defects were listed in the annex",
    "{q} may refuse the {a} {t} if its weight exceeds {n} kilograms at the gate",
    "The rent for the {a} {t} is GBP {m} a quarter and rises by {r} percent every second year",
    "Before {d} {month} {year} every {a} {t} must carry the seal of {p}",
    "{p} keeps at least {n} spare parts for the {t} and replaces a {a} one at its own cost",
    "Notice under this clause reaches {q} when it is handed over at the {t}, or {d} days after posting",
    "The deposit of GBP {m} is returned once the {a} {t} has been cleared by {p}",
    "No more than {n} visitors enter the {a} {t} while {q} repairs the roof",
    "Set the pressure of the {t} to {n} kilopascals, then wait {d} minutes for the {a} lamp",
    "When the {a} {t} shows error {m}, open the lower panel and reset relay {n}",
    "{p} insured the {t} against fire for GBP {m} through {q}",
    "The surveyor measured {n} metres between the {a} {t} and the eastern wall of {p}",
    "Training for the {t} lasts {d} hours and is repeated after {n} weeks of absence",
    "{q} records each reading of the {a} {t} in a table of {n} columns",
    "An appeal against the decision on the {t} is filed by {d} {month} {year} with {p}",
    "The parties agreed that {n} tonnes of material stay beside the {a} {t} during winter",
)
_MONTHS = _listed("January,February,March,April,May,June,July,August,September,October,November,December")
_KO_PARTIES = _listed("한빛정밀,대림상사,서진테크,온누리전자,누리물산,동해조선,백두건설,청솔식품,금강운수,미래화학")
_KO_THINGS = _listed("보일러,창고,압축기,발전기,냉각탑,변압기,컨베이어,저수조,계량기,승강기,배전반,온실,금형,분쇄기")
_KO_ADJECTIVES = _listed("신규,임대한,예비,수리된,이동식,북측,방수형,검사된,임시,폐쇄된,고압,난방용")
_KO_SENTENCES = (
    "{p}은 {q}에게 {a} {t} {n}대를 주문 확인일부터 {d}일 이내에 인도하여야 한다",
    "{a} {t}의 대금 지급이 늦어지면 {p}은 연 {r}퍼센트의 지연이자를 부담한다",
    "{q}은 {year}년 {mm}월 {d}일에 {t}를 점검하고 결함 {n}건을 별지에 적었다",
    "{t}의 월 사용료는 {m}원이며 두 해마다 {r}퍼센트씩 오른다",
    "{p}은 {a} {t}의 예비 부품을 {n}개 이상 보관하고 고장이 나면 무상으로 교체한다",
    "{t}의 압력을 {n}킬로파스칼로 맞춘 뒤 {d}분 동안 표시등을 확인한다",
    "{q}이 보증금 {m}원을 돌려받으려면 {a} {t}를 {d}일 전에 비워야 한다",
    "{year}년 {mm}월까지 모든 {t}에는 {p}의 봉인이 있어야 하며 위반하면 {m}원을 낸다",
    "{a} {t} 앞에는 겨울 동안 자재 {n}톤을 둘 수 있다고 {p}과 {q}이 합의하였다",
    "{t} 교육은 {d}시간이며 {n}주 이상 쉬면 다시 받는다",
)
_SPEAKERS = ("Rhiannon Pryce", "Owain Tudor", "Mara Lind", "Tomas Okafor", "김서연", "박준호")


@dataclass(frozen=True, slots=True)
class WrittenDocuments:
    """What `write_documents` wrote."""

    num_distinct: int
    num_copies: int
    """Exact and edited copies of some of them."""
    num_broken: int
    """Empty, too short, not decodable, cut off."""


def write_documents(
    folder: Path, *, count: int, seed: int, min_chars: int = 1500, max_chars: int = 12_000
) -> WrittenDocuments:
    """Write `count` distinct documents below a folder, and some copies and broken files.

    Sizes are drawn log-uniformly between the two bounds. Contracts are txt, manuals md, conversations jsonl of
    twenty records a file, code one source tree for every forty documents.
    """
    conversations: list[str] = []
    num_copies = 0
    for number in range(count):
        draw = random.Random(f"{seed}/{number}")
        num_chars = int(min_chars * (max_chars / min_chars) ** draw.random())
        korean, kind = draw.random() < 0.4, draw.choices(("legal", "manual", "dialogue", "code"), (5, 3, 3, 1))[0]
        at = folder / kind / ("ko" if korean else "en")
        if kind == "dialogue":
            conversations.append(_conversation(draw, number, num_chars, korean=korean))
        elif kind == "code":
            _write(at / f"tree{number // 40:05d}" / "module" / f"part{number:05d}.py", _source(draw, number, num_chars))
            _write(at / f"tree{number // 40:05d}" / "pyproject.toml", f'[project]\nname = "tree{number // 40}"\n')
        else:
            text = _contract(draw, number, num_chars, korean=korean, markdown=kind == "manual")
            suffix = "txt" if kind == "legal" else "md"
            _write(at / f"set{number // 500:03d}" / f"document{number:05d}.{suffix}", text)
            if draw.random() < 0.04:
                _write(at / "copies" / f"document{number:05d}-copy.{suffix}", _copied(draw, text))
                num_copies += 1
    for start in range(0, len(conversations), 20):
        _write(
            folder / "dialogue" / f"chats{start // 20:05d}.jsonl", "\n".join(conversations[start : start + 20]) + "\n"
        )
    return WrittenDocuments(
        num_distinct=count, num_copies=num_copies, num_broken=_write_broken(folder / "broken", seed)
    )


def _contract(draw: random.Random, number: int, num_chars: int, *, korean: bool, markdown: bool) -> str:
    kind = ("설명서" if markdown else "계약서") if korean else ("MANUAL" if markdown else "AGREEMENT")
    subject = draw.choice(_KO_THINGS if korean else _THINGS)
    title = f"{subject} {kind} {number}" if korean else f"{subject.upper()} {kind} {number}"
    blocks, written, section = [f"# {title}" if markdown else title], 0, 0
    while written < num_chars:
        section += 1
        if korean:
            heading = f"제{section}조 ({draw.choice(_KO_ADJECTIVES)} {draw.choice(_KO_THINGS)})"
        else:
            heading = f"{section}. {draw.choice(_ADJECTIVES)} {draw.choice(_THINGS)}".upper()
        blocks.append(f"## {heading}" if markdown else heading)
        for _ in range(draw.randint(1, 3)):
            block = _paragraph(draw, korean=korean)
            blocks.append(block)
            written += len(block)
    return "\n\n".join(blocks) + "\n"


def _paragraph(draw: random.Random, *, korean: bool) -> str:
    return " ".join(f"{_sentence(draw, korean=korean)}." for _ in range(draw.randint(2, 5)))


def _sentence(draw: random.Random, *, korean: bool) -> str:
    parties, things, adjectives = (
        (_KO_PARTIES, _KO_THINGS, _KO_ADJECTIVES) if korean else (_PARTIES, _THINGS, _ADJECTIVES)
    )
    p, q = draw.sample(parties, 2)
    return draw.choice(_KO_SENTENCES if korean else _SENTENCES).format(
        p=p,
        q=q,
        t=draw.choice(things),
        a=draw.choice(adjectives),
        n=draw.randint(2, 980),
        d=draw.randint(1, 28),
        r=draw.randint(2, 19),
        m=draw.randint(11, 99) * 100 + draw.randint(0, 99),
        mm=draw.randint(1, 12),
        month=draw.choice(_MONTHS),
        year=draw.randint(1990, 2025),
    )


def _conversation(draw: random.Random, number: int, num_chars: int, *, korean: bool) -> str:
    speakers = _SPEAKERS[4:] if korean else _SPEAKERS[:4]
    turns: list[dict[str, str]] = []
    written = 0
    while written < num_chars:
        text = f"{_sentence(draw, korean=korean)}."
        turns.append({"speaker": speakers[len(turns) % len(speakers)], "text": text})
        written += len(text)
    title = f"회의 {number}" if korean else f"Meeting {number}"
    return json.dumps({"title": title, "turns": turns}, ensure_ascii=False)


def _source(draw: random.Random, number: int, num_chars: int) -> str:
    blocks, written = [f'"""Readings of part {number}, kept for {draw.choice(_PARTIES)}."""\n'], 0
    while written < num_chars:
        name = f"{draw.choice(_THINGS)}_{draw.choice(_ADJECTIVES)}_{draw.randint(1, 999)}".replace(" ", "_")
        block = (
            f"\ndef read_{name}(level: int, limit: int = {draw.randint(10, 999)}) -> int:\n"
            f'    """{_sentence(draw, korean=False)}."""\n'
            f"    if level > limit:\n"
            f'        raise ValueError("the {name.replace("_", " ")} is above {draw.randint(10, 999)}")\n'
            f"    return level * {draw.randint(2, 99)} + {draw.randint(2, 999)}\n"
        )
        blocks.append(block)
        written += len(block)
    return "".join(blocks)


def _copied(draw: random.Random, text: str) -> str:
    """The text itself, or with one word in fifty replaced."""
    if draw.random() < 0.5:
        return text
    words = text.split(" ")
    for at in range(draw.randint(0, 49), len(words), 50):
        words[at] = str(draw.randint(2, 980))
    return " ".join(words)


def _write_broken(folder: Path, seed: int) -> int:
    draw = random.Random(f"{seed}/broken")
    whole = gzip.compress(_conversation(draw, 0, 3000, korean=False).encode() + b"\n", mtime=0)
    broken = {
        "empty.txt": b"",
        "short.txt": b"Too short to keep.",
        "noise.txt": bytes(draw.randrange(128, 256) for _ in range(4000)),
        "cut.jsonl.gz": whole[: len(whole) // 2],
        "lines.jsonl": b'{"text": "no end\n{"title": 3}\nnot json at all\n',
        "nul.txt": b"A line with a zero byte.\x00\n" * 8,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    return len(broken)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
