"""The three steps of packing over small documents of one token a byte: parts, ids, places and rows, compared whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from small_student import small_tokenizer
from step_runs import run_steps

from pipeline.config.pack import PackRecipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.passages import SharedPassage
from pipeline.identity import content_id, sha256_hex
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.parts import read_part, read_part_with_lists, write_part
from pipeline.nodes import Node, NodeKind
from pipeline.pack.contexts import joined_id
from pipeline.records import Context, DeadLetter, Document, Member, Rejection, Section
from pipeline.stages.encoded_parts import TOKEN_LISTS, EncodedPart
from pipeline.stages.pack import PackWork
from pipeline.stages.placement import plan_placement
from pipeline.stages.shards import Shard, ShardWork
from pipeline.stages.tokenize import TokenizeWork

OPENING, REST = "Opening words.\n\n", "1. Rent\n\nThe rent is due.\n"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tokenizer")
    small_tokenizer().save_pretrained(folder)
    return str(folder)


def document(doc_id: str, *pieces: tuple[str, str], **changes: object) -> Document:
    """A document of pieces, each a heading's title ("" for none) and its text."""
    sections, length = [], 0
    for title, text in pieces:
        sections.append(Section(length, length + len(text), 1 if title else 0, title))
        length += len(text)
    text = "".join(text for _, text in pieces)
    values: dict[str, object] = {
        "doc_id": doc_id,
        "text": text,
        "domain": "manual",
        "language": "en",
        "title": doc_id,
        "licence": "MIT",
        "source_uri": f"/in/pump/{doc_id}.md",
        "source_offset": 0,
        "sha256": sha256_hex(text.encode()),
        "sections": tuple(sections),
    }
    return Document(**{**values, **changes})  # type: ignore[arg-type]


def recipe_of(tokenizer: str, **changes: object) -> PackRecipe:
    values: dict[str, object] = {
        "tokenizer": tokenizer,
        "buckets": [128, 256],
        "room_tokens": 28,
        "min_tokens": 20,
        "join": {"kinds": ["same_source"], "below_tokens": 60, "target": 256},
    }
    return PackRecipe.model_validate({**values, **changes})


def tokenized(root: Path, shards: Sequence[Sequence[Document]], recipe: PackRecipe) -> BuildFolder:
    folder = BuildFolder(str(root))
    for number, documents in enumerate(shards):
        write_part(folder.document_part(f"{number:05d}"), documents, Document)
    for number in range(len(shards)):
        shard = Shard(f"{number:05d}", (folder.document_part(f"{number:05d}"),))
        run(TokenizeWork(recipe=recipe, fingerprint=str(root)), shard, folder)
    return folder


def run(work: ShardWork, shard: Shard, folder: BuildFolder) -> ShardReport:
    with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
        work.run(shard, folder, ledger)
    return read_shard_reports(folder, work.stage, "f")[shard.shard_id]


def packed(
    root: Path, shards: Sequence[Sequence[Document]], recipe: PackRecipe
) -> tuple[BuildFolder, list[ShardReport]]:
    folder = tokenized(root, shards, recipe)
    numbers = tuple(f"{number:05d}" for number in range(len(shards)))
    shards = [Shard(number, (folder.document_part(number),)) for number in numbers]
    run_steps(plan_placement(shards, recipe=recipe, seed=17, fingerprint="f"), folder)
    work = PackWork(recipe=recipe, fingerprint="f")
    return folder, [run(work, Shard(number, (folder.document_part(number),)), folder) for number in numbers]


def parts_of(folder: BuildFolder, number: str) -> list[tuple[EncodedPart, list[int], list[int]]]:
    return [
        (part, lists["token_ids"].tolist(), lists["section_token_starts"].tolist())
        for part, lists in read_part_with_lists(folder.encoded_part(number), EncodedPart, TOKEN_LISTS)
    ]


def rows_of(folder: BuildFolder, bucket: int, number: str) -> list[tuple[Context, str, list[int]]]:
    """Rows, what their ids say, and where their sections begin."""
    names, path = small_tokenizer(), folder.corpus_part(bucket, number)
    found = read_part_with_lists(path, Context, TOKEN_LISTS) if Path(path).exists() else ()
    return [
        (row, names.decode(lists["token_ids"].tolist()), lists["section_token_starts"].tolist()) for row, lists in found
    ]


def ids(text: str) -> list[int]:
    found: list[int] = small_tokenizer()(text, add_special_tokens=False)["input_ids"]
    return found


def test_token_part_tells_all_that_placement_and_packing_ask_about_a_document(tmp_path: Path, tokenizer: str) -> None:
    short = document("short", ("", OPENING), ("Rent", REST), source_offset=7)
    korean = document("임대", ("", "월세는 65만 원이다.\n"), language="ko")
    folder = tokenized(tmp_path, [[short, korean]], recipe_of(tokenizer))
    [(part, own, starts), (other, other_ids, other_starts)] = parts_of(folder, "00000")
    num_tokens = len((OPENING + REST).encode())
    heading = len("\n\nDocument 99: short\n\n")
    assert part == EncodedPart(
        doc_id="short",
        document_row=0,
        start=0,
        end=num_tokens,
        part=1,
        num_parts=1,
        num_tokens=num_tokens,
        domain="manual",
        language="en",
        source_uri="/in/pump/short.md",
        source_offset=7,
        title="short",
        heading_tokens=heading,
        outline_type=b"",
        relation=part.relation,
        imports=(),
        reason="",
        detail="",
        score=0.0,
        error="",
        traceback="",
    )
    assert part.relation
    assert (own, starts) == (ids(OPENING + REST), [0, len(OPENING)])
    assert (other.document_row, other.num_tokens, other.end) == (1, len(korean.text.encode()), len(korean.text))
    assert other.heading_tokens == len("\n\n문서 99: 임대\n\n".encode())
    assert (other_ids, other_starts) == (ids(korean.text), [0])


@pytest.mark.parametrize(("num_tokens", "is_short"), [(59, True), (60, False)])
def test_only_a_document_below_the_limit_has_a_line_and_relatives(
    tmp_path: Path, tokenizer: str, num_tokens: int, is_short: bool
) -> None:
    text = "import valve\n"
    code = document("app", ("", text + "#" * (num_tokens - len(text))), domain="code")
    one = document("one", ("", "x" * num_tokens))
    folder = tokenized(tmp_path, [[code, one]], recipe_of(tokenizer))
    (of_code, _, _), (of_manual, _, _) = parts_of(folder, "00000")
    assert all(part.heading_tokens for part in (of_code, of_manual)), "either may be compared with others"
    assert bool(of_manual.relation) is is_short
    assert of_code.imports == (("valve",) if is_short else ())
    assert of_manual.imports == ()


@pytest.mark.parametrize(("num_tokens", "is_comparable"), [(99, True), (100, False)])
def test_only_a_document_that_fits_a_context_of_several_has_a_type(
    tmp_path: Path, tokenizer: str, num_tokens: int, is_comparable: bool
) -> None:
    titles = ("Parties", "Rent", "Term", "Notice")
    body = "".join(f"{title}\n" for title in titles)
    nodes = [Node(NodeKind.HEADING, n, n + 1, n, level=1, value=title) for n, title in enumerate(titles)]
    one = replace(document("one", ("", body + "x" * (num_tokens - len(body)))), outline=tuple(nodes))
    recipe = recipe_of(tokenizer, compare={"target": 128})
    assert recipe.compare_tokens == 100, "the test counts on it"
    ((part, _, _),) = parts_of(tokenized(tmp_path, [[one]], recipe), "00000")
    assert (part.outline_type != b"", part.heading_tokens > 0) == (is_comparable, is_comparable)


@pytest.mark.parametrize(("max_members", "number"), [(9, "9"), (10, "99"), (100, "999")])
def test_line_above_a_document_is_counted_with_the_longest_number_it_may_get(
    tmp_path: Path, tokenizer: str, max_members: int, number: str
) -> None:
    join = {"kinds": ["same_source"], "below_tokens": 60, "target": 256, "max_members": max_members}
    folder = tokenized(tmp_path, [[document("a", ("", "x" * 30))]], recipe_of(tokenizer, join=join))
    [(part, _, _)] = parts_of(folder, "00000")
    assert part.heading_tokens == len(f"\n\nDocument {number}: a\n\n")


def test_document_that_another_one_stands_for_is_not_encoded_and_one_that_is_kept_is(
    tmp_path: Path, tokenizer: str
) -> None:
    folder = BuildFolder(str(tmp_path))
    members = [
        ClusterMember("dropped", "kept", "near", False, 0.9, "", ""),
        ClusterMember("kept", "kept", "survivor", True, 1.0, "", ""),
    ]
    write_part(folder.clusters, members, ClusterMember)
    documents = [document(name, ("", f"{name} " * 9)) for name in ("dropped", "kept", "stranger")]
    recipe = recipe_of(tokenizer)
    folder = tokenized(tmp_path, [documents], recipe)
    assert [(part.doc_id, part.document_row) for part, _, _ in parts_of(folder, "00000")] == [
        ("kept", 1),
        ("stranger", 2),
    ]
    report = read_shard_reports(folder, "tokenize", "f")["00000"]
    assert (report.num_in, report.num_kept) == (2, 2)


def test_document_of_exactly_what_the_top_bucket_holds_is_whole_and_a_longer_one_is_cut_at_its_section(
    tmp_path: Path, tokenizer: str
) -> None:
    head = "# Valves\n\n"
    fits = document(
        "fits", ("Pumps", "# Pumps\n\n" + "p" * 117 + "\n\n"), ("Valves", head + "v" * (228 - 128 - len(head)))
    )
    longer = replace(
        fits, doc_id="longer", text=fits.text + "v", sections=(fits.sections[0], Section(128, 229, 1, "Valves"))
    )
    folder, [report] = packed(tmp_path, [[fits, longer]], recipe_of(tokenizer))
    [(row, said, starts), (part, said_of_part, starts_of_part), (rest, said_of_rest, _)] = rows_of(folder, 256, "00000")
    placement = {"cluster_id": "fits", "repeats": 1, "bucket": 256, "num_tokens": 228}
    assert row == Context(
        doc_id="fits",
        text=fits.text,
        domain="manual",
        language="en",
        title="fits",
        licence="MIT",
        source_uri="/in/pump/fits.md",
        source_offset=0,
        sha256=fits.sha256,
        sections=fits.sections,
        parent_id="fits",
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining="none",
        members=(),
        outline=row.outline,
        **placement,  # type: ignore[arg-type]
    )
    assert (said, starts) == (fits.text, [0, 128])
    assert (part.text, said_of_part, starts_of_part) == (longer.text[:128], longer.text[:128], [0])
    assert (part.part, part.num_parts, part.parent_id, part.parent_start) == (1, 2, "longer", 0)
    assert (rest.text, said_of_rest) == (longer.text[128:], longer.text[128:])
    assert (rest.part, rest.num_parts, rest.parent_start) == (2, 2, 128)
    assert rest.doc_id == content_id("longer", 128)
    assert rest.bucket == 256, "101 tokens and room for 28 are more than 128"
    assert dict(report.counters) == {
        "bucket/256": 3,
        "contexts": 3,
        "cut_chars": 0,
        "documents/split": 1,
        "documents/whole": 1,
        "repeated_tokens": 0,
        "tokens/256": 228 + 229,
        "tokens_of/in": 228 + 229,
        "tokens_of/split": 229,
        "tokens_of/whole": 228,
        "possible_contexts/comparison": 0,
        "possible_contexts/versions": 0,
    }
    assert (report.num_in, report.num_kept, report.num_rejected, report.num_dead) == (2, 2, 0, 0)


@pytest.mark.parametrize(("num_tokens", "bucket"), [(100, 128), (101, 256)])
def test_bucket_holds_the_document_and_the_room(tmp_path: Path, tokenizer: str, num_tokens: int, bucket: int) -> None:
    folder, _ = packed(tmp_path, [[document("a", ("", "x" * num_tokens))]], recipe_of(tokenizer))
    assert [len(rows_of(folder, edge, "00000")) for edge in (128, 256)] == [int(bucket == 128), int(bucket == 256)]


def test_joined_row_is_written_with_the_first_document_and_its_ids_and_sections_are_those_of_its_text(
    tmp_path: Path, tokenizer: str
) -> None:
    first = document("page-1", ("Rent", REST), licence="CC0-1.0")
    second = document("page-2", ("", OPENING), ("Rent", REST), source_offset=3)
    other = document("other", ("", "Another document of eighty letters. " * 3), source_uri="/in/else.md")
    folder, reports = packed(tmp_path, [[other, second], [first]], recipe_of(tokenizer))
    lines = ["Document 1: page-1\n\n", "\n\nDocument 2: page-2\n\n"]
    text = lines[0] + REST + lines[1] + OPENING + REST
    at = [0, len(lines[0]), len(lines[0] + REST), len(lines[0] + REST + lines[1])]
    starts = [0, at[1], at[2], at[3] + len(OPENING)]
    [(row, said, token_starts)] = rows_of(folder, 256, "00001")
    assert said == text
    assert token_starts == starts
    assert row == Context(
        doc_id=joined_id(["page-1", "page-2"]),
        text=text,
        domain="manual",
        language="en",
        title="page-1 · page-2",
        licence="CC0-1.0 AND MIT",
        source_uri="/in/pump/page-1.md",
        source_offset=0,
        sha256=sha256_hex((first.sha256 + second.sha256).encode()),
        num_tokens=len(text),
        bucket=256,
        cluster_id="page-1",
        sections=(
            Section(0, at[1], 1, "page-1"),
            Section(at[1], at[2], 2, "Rent"),
            Section(at[2], starts[3], 1, "page-2"),
            Section(starts[3], len(text), 2, "Rent"),
        ),
        parent_id=joined_id(["page-1", "page-2"]),
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining="same_source",
        members=(
            Member("page-1", "page-1", "/in/pump/page-1.md", at[1], at[2], len(REST)),
            Member("page-2", "page-2", "/in/pump/page-2.md", at[3], len(text), len(OPENING + REST)),
        ),
        repeats=1,
        outline=row.outline,
    )
    counted = [
        {name: number for name, number in report.counters.items() if number} | {"in": report.num_in}
        for report in reports
    ]
    num_own = len(REST) + len(OPENING + REST)
    assert counted == [
        {
            "in": 1,
            "bucket/256": 1,
            "contexts": 1,
            "documents/whole": 1,
            "tokens/256": len(other.text),
            "tokens_of/in": len(other.text),
            "tokens_of/whole": len(other.text),
        },
        {
            "in": 2,
            "bucket/256": 1,
            "contexts": 1,
            "documents/joined": 2,
            "joined/same_source": 2,
            "tokens/256": len(text),
            "tokens_of/in": num_own,
            "tokens_of/joined": num_own,
            "tokens_of_headings": len(text) - num_own,
        },
    ]


def test_rejected_document_says_why_with_its_tokens_and_its_beginning(tmp_path: Path, tokenizer: str) -> None:
    short = document("tiny", ("", "Nineteen letters..."), source_uri="/in/else/tiny.md", source_offset=4)
    enough = document("enough", ("", "Twenty letters here."), source_uri="/in/third/enough.md")
    endless = document("endless", ("", "x" * 300), source_uri="/in/else/endless.md")
    folder, [report] = packed(tmp_path, [[short, enough, endless]], recipe_of(tokenizer))
    first = Rejection(
        stage="pack",
        item_id="tiny",
        reason="too_short_tokens",
        detail="19 tokens; at least 20 are asked for, and it has no relatives.",
        score=19.0,
        source_uri="/in/else/tiny.md",
        source_offset=4,
        excerpt="Nineteen letters...",
    )
    found = list(read_part(folder.rejected_part("pack", "00000"), Rejection))
    assert found[0] == first
    assert [(one.item_id, one.reason, one.score, one.detail) for one in found[1:]] == [
        (
            "endless",
            "unsplittable",
            300.0,
            "The piece at character 0 has 300 tokens and no place to cut it; the top bucket holds 228.",
        )
    ]
    counters: Mapping[str, int] = report.counters
    assert counters["tokens_of/in"] == 19 + 20 + 300
    assert counters["tokens_of/rejected/too_short_tokens"] == 19
    assert counters["tokens_of/rejected/unsplittable"] == 300
    assert (report.num_kept, report.num_rejected) == (1, 2)


def test_document_that_cannot_be_encoded_is_a_dead_letter_of_packing(tmp_path: Path, tokenizer: str) -> None:
    french = document("lettre", ("", "Une lettre courte."), language="fr", source_offset=9)
    folder, [report] = packed(tmp_path, [[french]], recipe_of(tokenizer))
    [letter] = read_part(folder.dead_part("pack", "00000"), DeadLetter)
    assert replace(letter, traceback="", error="") == DeadLetter("pack", "lettre", "/in/pump/lettre.md", 9, "", "")
    assert letter.error.startswith("ValueError: ")
    assert "'fr'" in letter.error
    assert letter.traceback.startswith("Traceback")
    assert (report.num_in, report.num_dead) == (1, 1)


def test_passage_that_is_cut_is_in_no_row_and_one_that_is_marked_stays(tmp_path: Path, tokenizer: str) -> None:
    own, copied = "1. Own\n\n" + "own " * 20 + "\n", "2. Shared\n\n" + "shared " * 12 + "\n"
    documents = [
        document("cut", ("Own", own), ("Shared", copied)),
        document("marked", ("Own", own), ("Shared", copied)),
        document("short", ("Own", own[:30]), ("Shared", copied)),
        document("short-2", ("Own", "1. Other\n\nOther words stand here.\n")),
    ]
    folder = BuildFolder(str(tmp_path))
    bounds = {"cut": len(own), "marked": len(own), "short": 30}
    passages = [
        SharedPassage(name, at, at + len(copied), at, at + len(copied), "kept", 0, len(copied), is_cut=name != "marked")
        for name, at in bounds.items()
    ]
    write_part(folder.shared_passages, passages, SharedPassage)
    folder, [report] = packed(tmp_path, [documents], recipe_of(tokenizer))
    rows = {row.title: said for edge in (128, 256) for row, said, _ in rows_of(folder, edge, "00000")}
    assert rows == {
        "cut": own,
        "marked": own + copied,
        "short-2 · short": f"Document 1: short-2\n\n{documents[3].text}\n\nDocument 2: short\n\n{own[:30]}",
    }
    assert report.counters["cut_chars"] == 2 * len(copied)
    left = read_part(folder.cut_part("00000"), Document)
    assert [(one.doc_id, one.text) for one in left] == [("cut", own), ("short", own[:30])]


def test_shard_without_cuts_keeps_no_document_twice(tmp_path: Path, tokenizer: str) -> None:
    folder, _ = packed(tmp_path, [[document("a", ("", "x" * 80))]], recipe_of(tokenizer))
    assert not Path(folder.cut_part("00000")).exists()


def test_repeats_are_in_the_row_and_counted_in_tokens(tmp_path: Path, tokenizer: str) -> None:
    mix = [{"domain": "manual", "repeat": 3}]
    texts = {"a": "x" * 80, "b": "y" * 90}
    documents = [document(name, ("", text)) for name, text in texts.items()]
    folder, [report] = packed(tmp_path, [documents], recipe_of(tokenizer, mix=mix))
    assert [(row.doc_id, row.repeats) for row, _, _ in rows_of(folder, 128, "00000")] == [("a", 3), ("b", 3)]
    assert report.counters["repeated_tokens"] == 2 * (80 + 90)


def test_shard_that_fills_fewer_buckets_leaves_no_file_of_the_run_before(tmp_path: Path, tokenizer: str) -> None:
    documents = [document("a", ("", "x" * 80)), document("b", ("", "y" * 120))]
    folder, _ = packed(tmp_path, [documents], recipe_of(tokenizer))
    assert Path(folder.corpus_part(128, "00000")).exists()
    packed(tmp_path, [documents[1:]], recipe_of(tokenizer))
    assert not Path(folder.corpus_part(128, "00000")).exists()
    assert [row.doc_id for row, _, _ in rows_of(folder, 256, "00000")] == ["b"]
