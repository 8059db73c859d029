"""English documents for the benchmark of rows: written ones, or a sample of a folder of real ones.

Takes a seed, or a folder with a folder for each domain; writes a folder of files per domain, which a build then reads.
Written documents are contracts, manuals and minutes of one to two pages, with the things that people ask about:
definitions, references between clauses, amounts, tables, numbered steps and speakers. Words and numbers are drawn, so
no two share a sentence. Of real documents, short files and short JSON lines are drawn; a long text file is cut after
its first whole paragraphs, and only that part is used, so no two documents are parts of one file. Used by `rows`.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.identity import seeded_random, stable_hash64

LANGUAGE = "en"
"""The embedded model writes English only."""
_MAX_CHARS = 5_200
"""The length of a document; longer text files are cut, longer files of other kinds are not drawn."""
_MAX_MARKUP_CHARS = 12_000
"""The same for markup, most of which is no text."""
_MAX_RECORDS = 120
"""The maximum number of JSON lines that are drawn from a file."""
_CUT_SUFFIXES = frozenset({".txt", ".md", ".rst"})
_MARKUP_SUFFIXES = frozenset({".html", ".htm", ".xml"})


def _words(text: str) -> list[str]:
    return text.split()


def _names(text: str) -> list[str]:
    return text.split("|")


_QUALITIES = _words("inner outer upper lower rear front spare heavy narrow coastal annual regional certified painted")
_NOUNS = _words(
    "pump valve filter sensor motor housing bearing gasket panel cable relay fan drum belt nozzle cabinet trolley "
    "harness scaffold boiler conveyor mast turbine dryer press lathe crane hatch ladder antenna"
)
_ACTS = _words("inspects repairs cleans replaces measures ships stores paints tests labels weighs records seals lifts")
_PLACES = _words("Harrow Leith Dunmore Ashby Kelso Wexford Tarbert Moreton Selby Corby Norden Halden Bray Perth")
_TRADES = _words("Marine Timber Optics Foundry Textiles Dairy Robotics Ceramics Logistics Printing Solar Instruments")
_SURNAMES = _words(
    "Lindqvist Osei Rao Ikande Beaulieu Novak Tanaka Moreau Castell Duarte Fenwick Gruber Haldane Iversen Jansen "
    "Kowalski Lorenz Madsen Okafor Petrov Quirke Rossi Sandoval Thorne Ueda Varga Whitlock Yilmaz Zeller Abbott"
)
_GIVEN = _words(
    "Mara Declan Tomasz Priya Hannah Samuel Ines Viktor Lucia Owen Greta Nadia Felix Ruth Emil Clara Jonas Petra"
)
_TERMS = _names(
    "Acceptance Date|Base Fee|Call-Off Notice|Delivery Bay|Excess Charge|Field Crew|Grace Period|Handover Pack|"
    "Idle Rate|Joint Store|Key Site|Late Credit|Main Works|Night Shift|Order Form|Price List|Quality Plan|Rent Day|"
    "Safety File|Test Batch|Unit Store|Volume Band|Work Log|Yard Permit"
)
_TITLES = _names(
    "Fees|Delivery|Inspection|Storage|Insurance|Records|Access|Warranty|Termination|Notices|Subcontracting|Training|"
    "Confidentiality|Spare Parts|Site Rules|Penalties|Deposits|Transport|Reporting|Returns"
)
_SECTIONS = _names(
    "Unpacking|Mounting|First start|Daily care|Draining|Calibration|Cold weather|Transport|Long storage|Changing the "
    "filter|Resetting the alarm|Cleaning the housing|Replacing the belt|Testing the brake|Connecting the supply"
)
_STEPS = _names(
    "Close|Open|Turn|Press|Lift|Remove|Loosen|Tighten|Dry|Grease|Check|Align|Hold|Lower|Rinse|Mark|Release|Fit"
)
_MONTHS = _words("January February March April May June July August September October November December")
_TOPICS = _names("budget|launch date|supplier|warehouse|test rig|packaging|training plan|hiring|website|insurance")


def write_documents(folder: Path, *, num_documents: int, seed: int) -> None:
    """Write documents, in turn a contract, a manual and the minutes of a meeting."""
    makers = (("legal", _contract, "txt"), ("manual", _manual, "md"), ("dialogue", _minutes, "txt"))
    for number in range(num_documents):
        domain, make, suffix = makers[number % len(makers)]
        path = folder / domain / f"document-{number:04d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(seeded_random(seed, "rows", number)), encoding="utf-8")


def draw_documents(data: Path, folder: Path, *, documents_per_domain: int, seed: int) -> None:
    """Write documents of each domain, drawn in an order by seed.

    If the folder of a domain has a folder `en`, documents are drawn from that.

    Raises:
        InputError: the folder has no folder named after a domain with readable documents in it.
    """
    num_files = 0
    for domain in domain_names():
        roots = [root for root in (data / domain / LANGUAGE, data / domain) if root.is_dir()]
        drawn = _drawn(roots[0], seed) if roots else iter(())
        for name, text in islice(drawn, documents_per_domain):
            path = folder / domain / f"{num_files:05d}-{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            num_files += 1
    if not num_files:
        raise InputError(
            f"{data} has no folder named {', '.join(domain_names())} with short text documents.",
            remedy="Give such a folder with --data, or leave it out to use written documents.",
        )


def _drawn(root: Path, seed: int) -> Iterator[tuple[str, str]]:
    """Yield names and texts: of each file of JSON lines some lines, and the other files, in turn."""
    found = sorted(path for path in root.rglob("*") if path.is_file())
    found.sort(key=lambda path: stable_hash64(seed, path.relative_to(root).as_posix()))
    records = [record for path in found if ".jsonl" in path.suffixes for record in _records(path, seed)]
    singles = ((path.name, text) for path in found if ".jsonl" not in path.suffixes and (text := _short_text(path)))
    for pair in zip_longest(records, singles):
        yield from (document for document in pair if document is not None)


def _records(path: Path, seed: int) -> list[tuple[str, str]]:
    """Return some short lines of a file of JSON lines, each as a file of its own."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        lines = [line for line in file if line.strip() and len(line) <= _MAX_CHARS]
    lines.sort(key=lambda line: stable_hash64(seed, line))
    return [(f"{number}.jsonl", line) for number, line in enumerate(lines[:_MAX_RECORDS])]


def _short_text(path: Path) -> str:
    """Return a file's text, cut after whole paragraphs if it is long text; empty if it is long, or no UTF-8 text."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    if len(text) <= (_MAX_MARKUP_CHARS if path.suffix in _MARKUP_SUFFIXES else _MAX_CHARS):
        return text
    end = max((match.end() for match in re.finditer(r"\n\s*\n", text[:_MAX_CHARS])), default=0)
    return text[:end] if path.suffix in _CUT_SUFFIXES else ""


def _thing(draw: random.Random) -> str:
    return f"{draw.choice(_QUALITIES)} {draw.choice(_NOUNS)}"


def _firm(draw: random.Random) -> str:
    return f"{draw.choice(_PLACES)} {draw.choice(_TRADES)} {draw.choice(('Limited', 'LLC', 'Inc.'))}"


def _date(draw: random.Random) -> str:
    return f"{draw.randrange(1, 29)} {draw.choice(_MONTHS)} {draw.randrange(2015, 2026)}"


def _remark(draw: random.Random) -> str:
    return (
        f"The {draw.choice(_PLACES)} crew {draw.choice(_ACTS)} each {_thing(draw)} before the {_thing(draw)} leaves "
        f"the {draw.choice(_PLACES)} yard."
    )


def _contract(draw: random.Random) -> str:
    first, second = _firm(draw), _firm(draw)
    terms = draw.sample(_TERMS, 5)
    titles = draw.sample(_TITLES, 6)
    lines = [
        f"{draw.choice(_PLACES).upper()} {draw.choice(_TRADES).upper()} {draw.choice(('SERVICES', 'SUPPLY', 'HIRE'))} "
        "AGREEMENT",
        f"This agreement is made on {_date(draw)} between {first}, a company with its office at "
        f'{draw.randrange(2, 240)} {draw.choice(_PLACES)} Lane ("Supplier"), and {second}, a company with its office '
        f'at {draw.randrange(2, 240)} {draw.choice(_PLACES)} Street ("Customer").',
        "1. Definitions",
        *(f'1.{number} "{term}" means {_meaning(draw)}.' for number, term in enumerate(terms, start=1)),
    ]
    for number, title in enumerate(titles, start=2):
        lines.append(f"{number}. {title}")
        for part in range(1, draw.randrange(3, 5)):
            lines.append(f"{number}.{part} {_provision(draw, number, part, terms)}")
    return "\n\n".join(lines) + "\n"


def _meaning(draw: random.Random) -> str:
    return draw.choice(
        (
            f"the {_thing(draw)} that the Supplier keeps at {draw.choice(_PLACES)}",
            f"a period of {draw.randrange(3, 90)} days after the {_thing(draw)} is delivered",
            f"a sum of USD {draw.randrange(12, 990)}0 for each {_thing(draw)}",
            f"the list of every {_thing(draw)} that the parties sign on {_date(draw)}",
        )
    )


def _provision(draw: random.Random, number: int, part: int, terms: Sequence[str]) -> str:
    earlier = f"clause {draw.randrange(1, number)}.{draw.randrange(1, 3)}"
    return draw.choice(
        (
            f"The Customer shall pay USD {draw.randrange(2, 900)},{draw.randrange(100, 999)} for the {_thing(draw)} "
            f"within {draw.randrange(5, 60)} days after {_date(draw)}.",
            f"The Supplier shall deliver the {_thing(draw)} to {draw.choice(_PLACES)} no later than {_date(draw)}, as "
            f"{earlier} provides.",
            f"Subject to {earlier}, the Customer may return any {_thing(draw)} that fails the {draw.choice(terms)} "
            f"within {draw.randrange(5, 60)} days.",
            f"The Supplier shall keep a {draw.choice(terms)} for each {_thing(draw)} at {draw.choice(_PLACES)}. "
            f"{_remark(draw)}",
            f"If a {_thing(draw)} is lost, the party that holds it shall pay USD {draw.randrange(2, 99)},"
            f"{draw.randrange(100, 999)} in accordance with {earlier}.",
        )
    )


def _manual(draw: random.Random) -> str:
    name = f"{draw.choice(_PLACES)} {draw.choice(_NOUNS).capitalize()} {draw.choice('ABCDEFGH')}{draw.randrange(2, 99)}"
    lines = [f"# {name} Manual", _remark(draw)]
    sections = draw.sample(_SECTIONS, 5)
    for number, title in enumerate(sections, start=1):
        lines.append(f"## {number}. {title}")
        lines.append(f"{_remark(draw)} See section {draw.randrange(1, len(sections) + 1)} for the {_thing(draw)}.")
        steps = [
            f"{at}. {draw.choice(_STEPS)} the {_thing(draw)} for {draw.randrange(2, 90)} seconds."
            for at in range(1, draw.randrange(4, 8))
        ]
        lines.append("\n".join(steps))
    codes = draw.sample(range(10, 99), 6)
    lines += ["## 6. Error codes", _table(("Code", "Meaning", "Action"), [_error(draw, code) for code in codes])]
    parts = draw.sample(_NOUNS, 6)
    lines += ["## 7. Spare parts", _table(("Part", "Price", "Weight"), [_part(draw, part) for part in parts])]
    return "\n\n".join(lines) + "\n"


def _error(draw: random.Random, code: int) -> Sequence[str]:
    return f"E{code}", f"{_thing(draw).capitalize()} blocked", f"{draw.choice(_STEPS)} the {_thing(draw)}"


def _part(draw: random.Random, part: str) -> Sequence[str]:
    return (
        f"{draw.choice(_QUALITIES).capitalize()} {part}",
        f"USD {draw.randrange(3, 400)}",
        f"{draw.randrange(2, 90)} kg",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _minutes(draw: random.Random) -> str:
    people = [
        f"{given} {surname}" for given, surname in zip(draw.sample(_GIVEN, 4), draw.sample(_SURNAMES, 4), strict=True)
    ]
    hour, minute = draw.randrange(8, 17), draw.randrange(0, 20)
    lines = [
        f"{draw.choice(_PLACES)} {draw.choice(_TRADES)} steering group: minutes of meeting no. {draw.randrange(2, 80)}",
        f"Date: {_date(draw)}\nPlace: {draw.choice(_PLACES)} Room",
    ]
    for _ in range(draw.randrange(14, 19)):
        minute += draw.randrange(1, 3)
        clock = f"{hour + minute // 60:02d}:{minute % 60:02d}"
        lines.append(f"[{clock}] {draw.choice(people)}: {_statement(draw)}")
    return "\n\n".join(lines) + "\n"


def _statement(draw: random.Random) -> str:
    return draw.choice(
        (
            f"On the {draw.choice(_TOPICS)}, we spent USD {draw.randrange(2, 90)},{draw.randrange(100, 999)} on the "
            f"{_thing(draw)} in {draw.choice(_PLACES)}.",
            f"I will send the {draw.choice(_TOPICS)} paper for the {_thing(draw)} by {_date(draw)}.",
            f"The {draw.choice(_PLACES)} team found {draw.randrange(2, 60)} faults in the {_thing(draw)}. "
            f"{_remark(draw)}",
            f"Can we move the {draw.choice(_TOPICS)} to {_date(draw)}? {_remark(draw)}",
            f"My answer on the {draw.choice(_TOPICS)} is no, because the {_thing(draw)} weighs "
            f"{draw.randrange(20, 900)} kilograms.",
        )
    )


def describe(data: Path | None) -> str:
    """Return one sentence about where the documents come from."""
    if data is None:
        return "Contracts, manuals and minutes that the benchmark writes; no two share a sentence."
    return "Short files and JSON lines drawn from the given folder, and the first paragraphs of long text files."
