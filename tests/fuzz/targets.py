"""What is fuzzed: each target takes bytes and returns how they ended, or raises where a promise is broken.

A promise is: only the errors that are ours, and every record of an input in exactly one pile.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, PromptForm, WrittenRecipe
from pipeline.config.load import load_recipe
from pipeline.documents.names import printable_name
from pipeline.errors import InputError, PipelineError
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.manifest import read_manifest
from pipeline.io.packs import PackTable, PackTerms, PackWriter, read_pack_terms, read_packs
from pipeline.io.parts import read_parts
from pipeline.records import Candidate, Context, DeadLetter, Document, Rejection, RowSource, SourcePath, Split
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.synthesize.evidence import locate_quote
from pipeline.synthesize.teachers.protocol import FinishReason, Sampling, TeacherReply
from tests.written_requests import judge_written, plan_written


class UnaccountedError(AssertionError):
    """A record is in no pile, in two, or in one it cannot be read back from."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that reads hostile bytes."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], str]
    """Returns a word for the outcome; any exception is a crash, `UnaccountedError` a lost record."""


_PROSE = "The tenant shall pay the rent on the first day of every month, and the landlord shall keep the roof tight. "
_LEASE = (
    f"LEASE\n\n1. RENT\n\n{_PROSE * 3}The rent is GBP 900 a month.\n\n"
    "제2조 (보증금)\n\n을은 보증금 30,000,000원을 지급한다. 010-2946-7103\n"
)
_TURNS = [{"speaker": name, "text": "The left earbud drops out every few minutes."} for name in ("Ana", "Bo") * 3]


def _ingest_target(name: str, suffix: str, seeds: Callable[[], Sequence[bytes]]) -> Target:
    def run(data: bytes) -> str:
        with _folder() as root:
            (root / "in").mkdir()
            (root / "in" / f"input.{suffix}").write_bytes(data)
            return _ingested(root)

    return Target(name=f"reader {name}", seeds=seeds, run=run)


def _run_names(data: bytes) -> str:
    """Bytes as file names, each of a small file."""
    with _folder() as root:
        (root / "in").mkdir()
        made = 0
        for name in data.replace(b"\0", b"").split(b"/")[:6]:
            path = root / "in" / os.fsdecode(name[:255])
            if name not in (b"", b".", b"..") and not path.exists():
                path.write_text(_LEASE, encoding="utf-8")
                made += 1
        return _ingested(root) if made else "no name"


def _ingested(root: Path) -> str:
    sources = (InputSource(path=str(root / "in")),)
    ingest = IngestRecipe(max_record_bytes=1 << 20, max_inflation_ratio=50)
    clean = CleanRecipe(min_chars=20, quality_filters=(), max_replacement_share=0.5)
    try:
        plan = plan_ingest(sources=sources, ingest=ingest, clean=clean)
    except InputError:
        return "no document"
    folder = BuildFolder(str(root / "out"))
    work = IngestWork(sources=sources, ingest=ingest, clean=clean, skipped=plan.skipped, fingerprint="f")
    for shard in plan.shards:
        with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    reports = read_shard_reports(folder, "ingest", "f").values()
    documents = list(read_parts(folder.documents, Document))
    piles = [
        (sum(report.num_kept for report in reports), len(documents)),
        (sum(report.num_rejected for report in reports), len(list(read_parts(folder.rejected, Rejection)))),
        (sum(report.num_dead for report in reports), len(list(read_parts(folder.dead, DeadLetter)))),
    ]
    if any(counted != written for counted, written in piles) or not sum(written for _, written in piles):
        raise UnaccountedError(f"counted and written: {piles}")
    uris = [row.source_uri for row in read_parts(str(root / "out" / "work" / "sources"), SourcePath)]
    if len(set(uris)) != len(uris) or any(printable_name(uri) != uri for uri in uris if "\\" not in uri):
        raise UnaccountedError("names are not printable and unique")
    if any(document.sections[-1].end != len(document.text) for document in documents):
        raise UnaccountedError("sections do not cover their text")
    return "kept" if documents else "dropped"


def _run_recipe(data: bytes) -> str:
    with _folder() as root:
        (root / "recipe.yaml").write_bytes(data)
        try:
            load_recipe(str(root / "recipe.yaml"), overrides=[])
        except PipelineError:
            return "refused"
    return "loaded"


def _run_override(data: bytes) -> str:
    try:
        load_recipe(None, overrides=[data.decode("utf-8", "surrogateescape")])
    except PipelineError:
        return "refused"
    return "loaded"


def _run_reply(data: bytes) -> str:
    """A teacher's reply: a candidate or a rejection for each request, which can be written."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace") if _decodes(data) else repr(data)
    outcomes = []
    for form in (PromptForm.CHAT, PromptForm.COMPLETION):
        planned = _planned(form)
        replies = [TeacherReply(text, FinishReason.STOP, 1, 0, 1, "") for _ in planned]
        candidates, rejections = judge_written(
            context=_context(),
            planned=planned,
            replies=replies,
            teacher="told",
            questions_taken=(),
            recipe=WrittenRecipe(),
        )
        if len(candidates) + len(rejections) != len(planned):
            raise UnaccountedError(f"{len(planned)} replies, {len(candidates)} kept, {len(rejections)} dropped")
        _written_back(candidates, Candidate)
        _written_back(rejections, Rejection)
        outcomes.append("kept" if candidates else "rejected")
    return outcomes[0]


def _run_evidence(data: bytes) -> str:
    """The located span is in the text and has the letters and digits of the quote."""
    text = data.decode("utf-8", "replace")
    cut = len(text) // 2
    for quote in (text[cut : cut + 40], text[:20] + " \n" + text[20:30], text[-5:] * 2):
        found = locate_quote(quote, text=text, start=0, end=len(text))
        if found is not None:
            start, end = found
            if _letters(text[start:end]) != _letters(quote):
                raise UnaccountedError("the evidence is not the quote")
    verbatim = text[cut : cut + 40]
    if len(_letters(verbatim)) > 1 and locate_quote(verbatim, text=text, start=0, end=len(text)) is None:
        raise UnaccountedError("a verbatim quote was not found")
    return "located"


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _run_packs(data: bytes) -> str:
    with _folder() as root:
        path = str(root / "packs.parquet")
        (root / "packs.parquet").write_bytes(data)
        try:
            read_pack_terms(path)
            for source in RowSource:
                for split in Split:
                    table = read_packs(path, source=source, split=split)
                    if table.starts[-1] != len(table.lengths_N) or len(table.row_ids_N) != len(table.lengths_N):
                        raise UnaccountedError("rows of packs are missing")
        except PipelineError:
            return "refused"
    return "read"


def _run_checked_json(data: bytes) -> str:
    with _folder() as root:
        (root / "manifest.json").write_bytes(data)
        outcomes = []
        for read in (lambda: read_checked(str(root / "manifest.json")), lambda: read_manifest(BuildFolder(str(root)))):
            try:
                read()
                outcomes.append("read")
            except PipelineError:
                outcomes.append("refused")
    return outcomes[0]


@cache
def _context() -> Context:
    text = _LEASE
    return Context(
        doc_id="d", text=text, domain="legal", language="en", title="LEASE", licence="unknown", source_uri="in/a.txt",
        source_offset=0, sha256="0" * 64, num_tokens=99, bucket=4096, cluster_id="d", sections=(), parent_id="d",
        parent_start=0, heading_path=(), part=1, num_parts=1, joining="none", members=(), repeats=1,
    )  # fmt: skip


@cache
def _planned(form: PromptForm):
    return plan_written(
        context=_context(),
        tasks=("qa", "summary") if form is PromptForm.CHAT else ("qa",),
        form=form,
        questions_per_document=3,
        segment_tokens=64,
        max_model_tokens=4096,
        sampling=Sampling(temperature=0.0, max_answer_tokens=64, seed=1),
    )


def _written_back(records: Sequence[object], kind: type) -> None:
    with _folder() as root:
        from pipeline.io.parts import write_part

        write_part(str(root / "part.parquet"), records, kind)
        if len(list(read_parts(str(root), kind))) != len(records):
            raise UnaccountedError(f"a {kind.__name__} was not written")


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _text_seeds() -> Sequence[bytes]:
    return (
        _LEASE.encode(),
        _LEASE.encode("cp949", "replace"),
        _LEASE.encode("utf-16"),
        b"\xef\xbb\xbf" + _LEASE.encode(),
    )


def _html_seeds() -> Sequence[bytes]:
    page = (
        f"<html><head><title>Pump</title></head><body><h1>Pump</h1><p>{_PROSE}</p><table><tr><td>a</td><td>1</td></tr>"
        f"</table><pre><code class='language-c'>int x;</code></pre><ol><li>{_PROSE}</li></ol></body></html>"
    )
    return (page.encode(), f"<p>{_PROSE}".encode(), b"<div>" * 50 + _PROSE.encode())


def _markdown_seeds() -> Sequence[bytes]:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    return (f"# Pump\n\n{_PROSE}\n\n```c\nint x;\n```\n\n{table}\n\n## 1. Start\n\n{_PROSE}".encode(),)


def _row_seeds() -> list[object]:
    return [{"text": _LEASE, "title": "L", "license": "MIT"}, {"turns": _TURNS}, {"text": ""}, {"x": [1, {"y": None}]}]


def _lines_seeds() -> Sequence[bytes]:
    return (
        "\n".join(map(json.dumps, _row_seeds())).encode(),
        json.dumps({"text": "\ud800" + _LEASE, "title": "\x00"}).encode(),
    )


def _json_seeds() -> Sequence[bytes]:
    return (json.dumps(_row_seeds()).encode(), json.dumps(_row_seeds()[0], ensure_ascii=False).encode())


def _gzip_seeds() -> Sequence[bytes]:
    bomb = gzip.compress(b'{"text": "' + b"a" * 3_000_000 + b'"}\n' + _lines_seeds()[0], mtime=0)
    return (*(gzip.compress(data, mtime=0) for data in _lines_seeds()), bomb)


def _code_seeds() -> Sequence[bytes]:
    return (b'"""Fares."""\n\n\ndef fare(zone):\n\t# the night fare is more\n\treturn 210 + 50 * zone\n' * 4,)


@cache
def _parquet_seeds() -> Sequence[bytes]:
    rows = pa.table({"text": [_LEASE, "short", None], "title": ["a", "b", "c"], "n": [1, 2, 3]})
    talks = pa.table({"turns": [_TURNS, [], None]})
    return tuple(_parquet(table, compression) for table in (rows, talks) for compression in ("zstd", "none"))


def _parquet(table: pa.Table, compression: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression=compression)
    return out.getvalue()


@cache
def _pack_seeds() -> Sequence[bytes]:
    terms = PackTerms("owner/model", "f" * 32, "<|endoftext|>", (8, 16), (8,))
    table = PackTable(
        capacities_P=np.array([8, 16]),
        costs_P=np.array([25, 144]),
        starts=np.array([0, 2, 3]),
        row_ids_N=pa.array(["a", "b", "c"], pa.large_string()),
        offsets_N=np.array([0, 0, 0]),
        lengths_N=np.array([3, 4, 12]),
    )
    with _folder() as root:
        path = root / "packs.parquet"
        with PackWriter(str(path), terms) as writer:
            writer.add(table, source=RowSource.SFT, split=Split.TRAIN)
            writer.add(table, source=RowSource.CORPUS, split=Split.VALIDATION)
        return (path.read_bytes(),)


def _recipe_seeds() -> Sequence[bytes]:
    folder = Path(__file__).parents[2] / "recipes"
    return tuple(path.read_bytes() for path in sorted(folder.glob("*.yaml")))


def _override_seeds() -> Sequence[bytes]:
    return (
        b"synthesize.teacher.kind=vllm",
        b"inputs=[{path: a}]",
        b"seed=3",
        b"ingest.max_record_bytes=1",
        b"name=a.b=c",
    )


def _reply_seeds() -> Sequence[bytes]:
    answer = {"question": "When shall the tenant pay the rent?", "answer": "on the first day of every month"}
    whole = {**answer, "evidence": _PROSE.strip()}
    return (
        json.dumps(whole).encode(),
        f"```json\n{json.dumps(whole)}\n```".encode(),
        b"<think>hm</think>" + json.dumps(whole, ensure_ascii=False).encode(),
        json.dumps({"summary": _PROSE}).encode(),
        b"When shall the tenant pay?",
    )


def _name_seeds() -> Sequence[bytes]:
    return (
        "계약서.txt/계약서.txt/a\nb.md/#1.txt/-rf.txt/what?.txt/*.txt/[x].txt/a::b.txt".encode(),
        b"\xff\xfe.txt/caf\xe9.txt/\\xff.txt/a" * 2 + b"x" * 240 + b".txt",
        "900101-1234567.txt/김민수 010-1847-2936.md/a@b.example.txt/file:a.txt/~a.txt/%41.txt".encode(),
    )


@cache
def _checked_seeds() -> Sequence[bytes]:
    with _folder() as root:
        path = root / "a.json"
        write_checked(
            str(path), {"format": 3, "recipe": {}, "fingerprint": "f", "seed": 1, "versions": {}, "stages": {}}
        )
        return (path.read_bytes(), b"{}", b"[]", b'{"checksum": 1}')


class _folder:  # noqa: N801  # a context manager used like a function
    """A folder of its own in memory where the machine has one."""

    def __enter__(self) -> Path:
        shared = Path("/dev/shm")
        self._path = Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared if os.access(shared, os.W_OK) else None))
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


TARGETS: tuple[Target, ...] = (
    _ingest_target("text", "txt", _text_seeds),
    _ingest_target("markdown", "md", _markdown_seeds),
    _ingest_target("html", "html", _html_seeds),
    _ingest_target("code", "py", _code_seeds),
    _ingest_target("json lines", "jsonl", _lines_seeds),
    _ingest_target("gzipped json lines", "jsonl.gz", _gzip_seeds),
    _ingest_target("json", "json", _json_seeds),
    _ingest_target("parquet", "parquet", _parquet_seeds),
    Target("file names", _name_seeds, _run_names),
    Target("recipe loader", _recipe_seeds, _run_recipe),
    Target("recipe overrides", _override_seeds, _run_override),
    Target("teacher replies", _reply_seeds, _run_reply),
    Target("evidence locator", _text_seeds, _run_evidence),
    Target("pack reader", _pack_seeds, _run_packs),
    Target("checked JSON", _checked_seeds, _run_checked_json),
)


def target(name: str) -> Target:
    """The target of that name; `probe` breaks every promise once, to try the runner."""
    return _PROBE if name == _PROBE.name else next(each for each in TARGETS if each.name == name)


def _run_probe(data: bytes) -> str:
    calls = Path(os.environ["FUZZ_PROBE"])  # a file, because a child that was killed remembers nothing
    with calls.open("ab") as file:
        file.write(b".")
    number = calls.stat().st_size
    if number == 1:
        while True:
            pass
    if number == 2:
        raise UnaccountedError("probe")
    if number == 3:
        os.abort()
    if number == 4:
        raise ValueError("probe")
    return "fine"


_PROBE = Target("probe", lambda: (b"0",), _run_probe)


logging.getLogger("pipeline").setLevel(logging.CRITICAL)  # refusals by the thousand are the point, not news
