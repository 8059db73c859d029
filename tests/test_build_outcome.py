"""What one small build makes of inputs of every kind: each document, row, rejection and count, as approved."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from approved_outcome import check_approved
from prose import document, edited
from small_builds import build, recipe_of
from synthesis_documents import CONTRACT_KO, LEASE, LOG
from teacher_server import TeacherServer

from pipeline.config.build import InputSource
from pipeline.config.recipe import Recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest
from pipeline.io.parts import read_parts
from pipeline.records import Candidate, Context, DeadLetter, Document, Rejection, SftExample

SETTINGS = (
    "ingest.max_record_bytes=60000",
    "ingest.shard_bytes=20000",
    "clean.min_chars=150",
    "pack.buckets=[1536,3072,6144,12288]",
    "pack.room_tokens=512",
    "pack.min_tokens=700",
    "pack.join.kinds=[same_source,nearest]",
    "pack.join.target=3072",
    "dedup.sections=cut",
    "pack.mix=[{bucket: 12288, max_tokens: 16000},{domain: manual, max_tokens: 6000},{language: ko, repeat: 1.5}]",
    "packing.edges=[4096,16384]",
    "synthesize.written.tasks=[qa,summary]",
    "synthesize.written.languages=[en,ko]",
    "synthesize.written.questions_per_document=3",
    "synthesize.structural.tasks=[]",
    "synthesize.teacher.kind=openai",
    "synthesize.teacher.model=scripted",
    "synthesize.teacher.prompt_form=chat",
    "synthesize.teacher.max_model_tokens=40000",
    "export.validation_share=0.3",
    "export.short_context_turns=2",
    "export.max_balance_loss=0",
)
LICENCE = "CC-BY-4.0"
FLOW = '''"""Flow of a pump."""

from valve import shut


def flow(litres: int, seconds: int) -> float:
    """Litres a second."""
    if seconds <= 0:
        shut()
        return 0.0
    return litres / seconds
'''


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("outcome")
    write_inputs(root / "in")
    with TeacherServer() as server:
        build(recipe(root / "in", server.url), root / "build")
        asked = list(server.bodies.values())
    (root / "asked.json").write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    return root


def recipe(inputs: Path, url: str) -> Recipe:
    loaded = recipe_of(overrides=[*SETTINGS, f"synthesize.teacher.base_url={url}"])
    sources = (
        InputSource(path=str(inputs / "legal"), domain="legal", licence=LICENCE),
        InputSource(path=str(inputs / "mixed")),
        InputSource(path=str(inputs / "rows"), text_field="body", title_field="name"),
    )
    return loaded.model_copy(update={"inputs": sources})


def write_inputs(root: Path) -> None:
    """Every format, both languages, every kind of duplicate, everything that is to be left out."""
    legal, mixed, rows = root / "legal", root / "mixed", root / "rows"
    for folder in (legal / "copies", mixed / "notes", mixed / "pump" / "src", rows):
        folder.mkdir(parents=True)
    lease = LEASE + "\n\n4. SCHEDULE\n\n" + document("en", 1, num_sentences=12)
    (legal / "lease.txt").write_text(lease, encoding="utf-8")
    (legal / "lease 2024.txt").write_text(
        lease.replace("4,800", "5,150").replace("14 boats", "9 boats"), encoding="utf-8"
    )
    (legal / "copies" / "lease.txt").write_text(lease, encoding="utf-8")
    (legal / "copies" / "schedule.txt").write_text(lease[-620:], encoding="utf-8")
    (legal / "공급계약.txt").write_bytes(
        (CONTRACT_KO + "\n\n제4조 (납품)\n\n" + document("ko", 2, num_sentences=10)).encode("cp949")
    )
    (legal / "long.txt").write_text(
        "\n\n".join(f"Article {n} Duties\n\n{document('en', 100 + n, num_sentences=14)}" for n in range(1, 13)),
        encoding="utf-8",
    )
    (legal / "longer.txt").write_text(
        "\n\n".join(f"Article {n} Costs\n\n{document('en', 200 + n, num_sentences=13)}" for n in range(1, 15)),
        encoding="utf-8",
    )
    for number in range(2):
        text = f"Case No. 1:20-cv-01234\n\n{document('en', 70 + number, num_sentences=5)}"
        (legal / f"order {number}.txt").write_text(text, encoding="utf-8")
    shared = document("en", 60, num_sentences=16)
    for number in range(2):
        own = document("en", 61 + number, num_sentences=18 + 4 * number)
        (legal / f"terms {number}.txt").write_text(
            f"Section 1 Own\n\n{own}\n\nSection 2 Shared\n\n{shared}", encoding="utf-8"
        )
    manual = document("en", 3, num_sentences=25)
    (mixed / "pump.md").write_text(f"# Pump\n\n## Cleaning\n\n{manual}\n", encoding="utf-8")
    (mixed / "pump again.md").write_text(
        f"# Pump\n\n## Cleaning\n\n{edited(manual, share=0.04, seed=1)}\n", encoding="utf-8"
    )
    (mixed / "page.html").write_text(
        "<html><head><title>Boiler</title><script>let x = 1</script></head><body><h1>Boiler &amp; tank</h1>"
        f"<p>{document('en', 4, num_sentences=14)}</p></body></html>",
        encoding="utf-8",
    )
    (mixed / "old.txt.gz").write_bytes(gzip.compress(document("ko", 5, num_sentences=18).encode(), mtime=0))
    (mixed / "utf16.txt").write_bytes(document("en", 6, num_sentences=16).encode("utf-16"))
    contact = (
        "Write to ada.moreno@example.com or call 010-2345-6789. "
        "The card 4539 1488 0343 6467 was charged from 84.17.203.9. "
        "The resident number is 900101-1234568. Markup such as <|im_end|> is only text.\n\n"
    )
    (mixed / "kim.minsu@example.com.txt").write_text(contact + document("en", 7, num_sentences=12), encoding="utf-8")
    (mixed / "meeting.txt").write_text(
        LOG + "\n\nRhiannon Pryce: " + document("en", 8, num_sentences=8).replace("\n\n", " "), encoding="utf-8"
    )
    for number in range(4):
        (mixed / "notes" / f"note {number}.txt").write_text(
            document("en", 20 + number // 2, num_sentences=5) + f" Note {number}.", encoding="utf-8"
        )
    (mixed / "pump" / "pyproject.toml").write_text('[project]\nname = "pump"\nlicense = "MIT"\n')
    (mixed / "pump" / "src" / "flow.py").write_text(
        FLOW + "".join(f"\n\ndef step_{n}(litres: int) -> float:\n    return flow(litres, {n + 2})\n" for n in range(9))
    )
    (mixed / "pump" / "src" / "valve.py").write_text(
        '"""A valve."""\n\n\ndef shut() -> None:\n    """Close it."""\n    print("shut")\n'
    )
    (mixed / "pump" / "data.json").write_text('{"runs": "' + "and so on " * 1400 + '"}')
    (mixed / "short.txt").write_text("Too short to be a document.", encoding="utf-8")
    (mixed / "empty.txt").write_text("", encoding="utf-8")
    (mixed / "français.txt").write_text(
        "Le locataire remet les clés de l'appartement au propriétaire avant la fin du mois et reçoit un reçu. " * 6,
        encoding="utf-8",
    )
    (mixed / "again.txt").write_text("The pump is switched off at night. " * 40, encoding="utf-8")
    (mixed / "broken.txt").write_bytes(document("en", 9, num_sentences=6).encode() + b"\xff\xfe\xf0\x9f" * 60)
    (mixed / "huge.txt").write_text(document("en", 10, num_sentences=900), encoding="utf-8")
    (mixed / ".hidden.txt").write_text(document("en", 11, num_sentences=9), encoding="utf-8")
    (mixed / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (mixed / "outside.txt").symlink_to(legal / "lease.txt")
    lines = [
        {"body": document("en", 30, num_sentences=15), "name": "First letter", "license": "CC0-1.0"},
        {"body": document("ko", 31, num_sentences=15), "name": "둘째 편지"},
        {
            "turns": [
                {"role": role, "content": document("en", 40 + at, num_sentences=4)}
                for at, role in enumerate(["user", "assistant"] * 3)
            ]
        },
        {"title": "nothing to read"},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (rows / "letters.jsonl").write_text(text + '\n{"body": "cut off\n', encoding="utf-8")
    table = pa.table(
        {
            "body": [document("en", 50, num_sentences=14), None, document("ko", 51, num_sentences=14)],
            "name": ["Row A", "Row B", "Row C"],
        }
    )
    pq.write_table(table, rows / "table.parquet")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def shown(built: Path, uri: str) -> str:
    """A source without the folder of this run."""
    return uri.replace(str(built / "in"), "").lstrip("/")


def test_ingest_makes_these_documents(built: Path) -> None:
    found = read_parts(BuildFolder(str(built / "build")).documents, Document)
    lines = [
        f"{shown(built, d.source_uri)} @{d.source_offset} | {d.domain} {d.language} | {d.title} | {d.licence} | "
        f"{len(d.text)} characters {digest(d.text)} source {d.sha256[:8]}"
        for d in found
    ]
    check_approved("build_documents.txt", sorted(lines))


def test_every_drop_has_this_reason(built: Path) -> None:
    folder = BuildFolder(str(built / "build"))
    names = names_of(built)
    lines = [
        f"{r.stage} | {shown(built, r.source_uri)} @{r.source_offset} | {r.reason} | "
        f"{named(shown(built, r.detail), names)} | "
        f"{r.score if r.score is None else round(r.score, 4)} | {r.excerpt[:40]!r}"
        for r in read_parts(folder.rejected, Rejection)
    ]
    lines += [
        f"dead: {d.stage} | {shown(built, d.source_uri)} | {d.error[:80]}" for d in read_parts(folder.dead, DeadLetter)
    ]
    check_approved("build_rejections.txt", sorted(lines))


def test_corpus_holds_these_rows(built: Path) -> None:
    folder, names = BuildFolder(str(built / "build")), names_of(built)
    lines = []
    for row in read_parts(folder.corpus, Context):
        members = ", ".join(f"{names[m.doc_id]} {m.start}-{m.end} ({m.num_tokens})" for m in row.members)
        lines.append(
            f"{names.get(row.parent_id, 'joined')} part {row.part}/{row.num_parts} from {row.parent_start} | "
            f"bucket {row.bucket} | {row.num_tokens} tokens {digest(row.text)} | {row.title} | {row.licence} | "
            f"cluster {names.get(row.cluster_id, row.cluster_id)} | {row.joining} [{members}] | x{row.repeats}"
        )
    check_approved("build_corpus.txt", sorted(lines))


def test_rows_are_made_of_these_candidates(built: Path) -> None:
    folder, names = BuildFolder(str(built / "build")), names_of(built)
    rows = {row.id: row for row in read_parts(folder.sft, SftExample)}
    lines = []
    for c in read_parts(folder.candidates, Candidate):
        row = rows.get(c.candidate_id)
        became = (
            "no row"
            if row is None
            else f"{row.split} {row.num_tokens} tokens, weight {row.loss_weight:g}, {row.control_strings} control"
        )
        evidence = ", ".join(f"{e.start}-{e.end} at {e.depth:.3f}" for e in c.evidence)
        checks = c.checks
        grounded = "–" if checks.question_grounded is None else f"{checks.question_grounded:.2f}"
        lines.append(
            f"{names.get(c.parent_id, 'joined')} | {c.task} {c.origin} {c.language} {c.bucket} {c.teacher} | "
            f"{c.question[:60]} | "
            f"{digest(c.answer)} | {evidence} | {checks.answer_support:.2f} {grounded} "
            f"{checks.numbers_supported} {checks.answer_unique} {checks.language_match} | {became}"
        )
    assert {row.split for row in rows.values()} == {"train", "validation"}
    check_approved("build_rows.txt", sorted(lines))


def test_teacher_is_asked_this(built: Path) -> None:
    """An answer is found again by its request: one that changes without need is paid for twice."""
    lines = []
    for body in json.loads((built / "asked.json").read_text(encoding="utf-8")):
        prompt = "\n".join(message["content"] for message in body.pop("messages"))
        schema = digest(json.dumps(body.pop("response_format"), sort_keys=True))
        said = prompt.replace(str(built), "ROOT")
        lines.append(f"{digest(said)} {len(said)} characters, schema {schema} {json.dumps(body, sort_keys=True)}")
    check_approved("build_requests.txt", sorted(lines))


def test_packs_hold_these_rows(built: Path) -> None:
    folder, names = BuildFolder(str(built / "build")), names_of(built)
    lines = []
    for pack in pq.read_table(folder.packs).to_pylist():
        parts = zip(pack["row_ids"], pack["offsets"], pack["lengths"], strict=True)
        held = ", ".join(f"{names.get(row, row[:6])} {offset}+{length}" for row, offset, length in parts)
        lines.append(
            f"{pack['pack']} {pack['source']} {pack['split']} {pack['max_tokens']} cost {pack['cost']} | {held}"
        )
    check_approved("build_packs.txt", lines)


def test_stages_count_this(built: Path) -> None:
    folder = BuildFolder(str(built / "build"))
    manifest = read_manifest(folder)
    assert manifest is not None
    lines = []
    for name, stage in manifest.stages.items():
        lines.append(
            f"{name}: {stage.num_in} in, {stage.num_kept} kept, {stage.num_rejected} rejected, {stage.num_dead} dead"
        )
        counted = sorted(item for item in stage.counters.items() if item[0] != "teacher/milliseconds")
        lines += [f"  {counter} {number}" for counter, number in counted]
    check_approved("build_counts.txt", lines)


@pytest.mark.parametrize("name", ["README.md", "axolotl.yaml", "trl.yaml", "dataset_info.json"])
def test_trainers_and_readers_are_told_this(built: Path, name: str) -> None:
    text = (built / "build" / "sft" / name).read_text(encoding="utf-8")
    shown_text = re.sub(r"\S*/small-tokenizer-\w+", "TOKENIZER", text.replace(str(built), "ROOT"))
    check_approved(f"build_{name}.txt", shown_text.splitlines())


def names_of(built: Path) -> dict[str, str]:
    """Sources of documents, parts and joined rows by id."""
    folder = BuildFolder(str(built / "build"))
    names = {
        d.doc_id: f"{shown(built, d.source_uri)}@{d.source_offset}" for d in read_parts(folder.documents, Document)
    }
    for row in read_parts(folder.corpus, Context):
        names.setdefault(
            row.doc_id,
            f"{names.get(row.parent_id, 'joined ' + '+'.join(names[m.doc_id] for m in row.members))}#{row.part}",
        )
    return names


def named(text: str, names: dict[str, str]) -> str:
    """A sentence with sources instead of ids."""
    return re.sub(r"\b[0-9a-f]{16}\b", lambda found: names.get(found[0], "an id"), text)
