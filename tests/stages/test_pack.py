from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from prose import document

from pipeline.config.build import DedupRecipe
from pipeline.config.pack import JoinRecipe, MixRule, Overflow, PackRecipe
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.io.parts import NumberLists, read_part_with_lists, read_parts, write_part
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import Context, DeadLetter, Document, JoiningKind, Rejection, Section
from pipeline.stages.dedup import DropDuplicates
from pipeline.stages.encoded_parts import SECTION_TOKEN_STARTS, TOKEN_LISTS
from pipeline.stages.pack import PACK_STAGE, PackDocuments, plan_pack
from pipeline.stages.placement import PlacementWork
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards
from pipeline.stages.tokenize import TokenizeWork
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import load_tokenizer

RECIPE = PackRecipe(buckets=(1024, 2048), room_tokens=256, min_tokens=128)
JOIN = RECIPE.model_copy(update={"join": JoinRecipe(below_tokens=600, target=2048, kinds=(JoiningKind.SAME_SOURCE,))})


def record(
    name: str, *, num_sentences: int, language: str = "en", domain: str = "legal", path: str = "", opening: str = ""
) -> Document:
    body = document(language, sum(map(ord, name)), num_sentences=num_sentences)
    text = f"{opening}{body}"
    middle = text.index(". ", len(text) // 2) + 2 if num_sentences > 2 and language == "en" else len(text)
    sections = [Section(0, middle, 0, "")] + ([Section(middle, len(text), 1, "Further")] if middle < len(text) else [])
    return Document(
        doc_id=content_id(name),
        text=text,
        domain=domain,
        language=language,
        title=name,
        licence="CC0-1.0",
        source_uri=path or f"/data/{name}.txt",
        source_offset=0,
        sha256=sha256_hex(text.encode()),
        sections=tuple(sections),
    )


SHORT = record("short", num_sentences=2)
SMALL = record("small", num_sentences=20)
COPY = replace(SMALL, doc_id=content_id("copy"), text=SMALL.text + "\n", title="copy", source_uri="/data/copy.txt")
LARGE = record("large", num_sentences=70)
LONG = record("long", num_sentences=300)
KOREAN = record("korean", num_sentences=60, language="ko")
ENDLESS = replace(record("endless", num_sentences=1), text="and so on " * 1500, sections=(Section(0, 15000, 0, ""),))
PAGES = [
    record(f"page-{number}", num_sentences=count, domain="manual", path=f"/data/pump/page-{number}.html")
    for number, count in ((10, 7), (1, 3), (2, 12), (9, 5))
]
"""Fewer tokens than `JOIN.join.below_tokens`, the second fewer than `min_tokens`."""
PROSE_OF_ANOTHER_KIND = (
    "Soak the beans overnight and drain them. Fry an onion in butter until it is soft, add two cloves of garlic and a "
    "spoon of flour, and stir. Pour in the stock, bring it to the boil, and let the soup simmer for an hour with the "
    "beans and a bay leaf. Season it with salt and pepper, and serve it with bread and grated cheese."
)
CASE = [record(f"order {number}", num_sentences=9, opening="Case No. 1:20-cv-01234\n\n") for number in range(2)]


def build(folder: Path, parts: Sequence[Sequence[Document]]) -> BuildFolder:
    built = BuildFolder(str(folder))
    for number, documents in enumerate(parts):
        write_part(built.document_part(f"{3 * number:05}"), documents, Document)
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        _ = pipeline | DropDuplicates(
            shards=plan_document_shards(built), folder=built, recipe=DedupRecipe(), fingerprint="f"
        )
    return built


def pack(folder: BuildFolder, recipe: PackRecipe = RECIPE, options: Sequence[str] = ()) -> Counter[str]:
    """Run the stage; counts and counters of all its shards."""
    fingerprint = f"{folder.root}{recipe}"
    with beam.Pipeline(options=pipeline_options(options)) as pipeline:
        _ = pipeline | PackDocuments(
            steps=plan_pack(plan_document_shards(folder), recipe=recipe, seed=17, fingerprint=fingerprint),
            folder=folder,
        )
    total: Counter[str] = Counter()
    for report in read_shard_reports(folder, PACK_STAGE, fingerprint).values():
        total.update({"in": report.num_in, "kept": report.num_kept, "rejected": report.num_rejected})
        total.update({"dead": report.num_dead, **report.counters})
    return total


def rows_of(folder: BuildFolder) -> list[tuple[Context, NumberLists]]:
    return [
        row
        for path in files.list_files(folder.corpus, suffix=".parquet")
        for row in read_part_with_lists(path, Context, TOKEN_LISTS)
    ]


def rejections_of(folder: BuildFolder) -> dict[str, str]:
    return {r.item_id: r.reason for r in read_parts(folder.rejected, Rejection) if r.stage == PACK_STAGE}


def check_ledger(folder: BuildFolder, counted: Counter[str], sources: Sequence[Document]) -> None:
    """Every survivor is in exactly one place, with all its tokens; corpus rows hold those and the joining lines."""
    rows = rows_of(folder)
    assert counted["in"] == counted["kept"] + counted["rejected"] + counted["dead"]
    placed = Counter(member.doc_id for row, _ in rows for member in row.members)
    placed.update(row.parent_id for row, _ in rows if not row.members and row.part == 1)
    rejected = rejections_of(folder)
    assert set(placed.values()) == {1}
    assert not set(placed) & set(rejected)
    assert len(placed) == counted["kept"]
    assert len(rejected) == counted["rejected"]
    assert set(placed) | set(rejected) <= {source.doc_id for source in sources}
    tokens = {name.removeprefix("tokens_of/"): n for name, n in counted.items() if name.startswith("tokens_of/")}
    assert tokens.pop("in") == sum(tokens.values()) > 0
    in_corpus = sum(row.num_tokens for row, _ in rows)
    assert (
        in_corpus
        == tokens.get("whole", 0) + tokens.get("split", 0) + tokens.get("joined", 0) + counted["tokens_of_headings"]
    )
    assert in_corpus == sum(n for name, n in counted.items() if name.startswith("tokens/"))
    assert len(rows) == counted["contexts"] == sum(n for name, n in counted.items() if name.startswith("bucket/"))
    by_id = {source.doc_id: source for source in sources}
    for row, _ in rows:
        for member in row.members:
            assert row.text[member.start : member.end] == by_id[member.doc_id].text
    for doc_id in {row.parent_id for row, _ in rows if not row.members}:
        parts = sorted((row for row, _ in rows if row.parent_id == doc_id), key=lambda row: row.part)
        assert "".join(part.text for part in parts) == by_id[doc_id].text
        assert [part.part for part in parts] == list(range(1, parts[0].num_parts + 1))


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    return build(tmp_path, [[SHORT, SMALL, LONG], [COPY, LARGE, KOREAN]])


def test_pack_documents_puts_survivors_into_buckets_and_every_token_in_one_place(folder: BuildFolder) -> None:
    counted = pack(folder)
    assert (counted["in"], counted["kept"], counted["rejected"]) == (5, 4, 1), "the dropped copy is not counted again"
    assert rejections_of(folder) == {SHORT.doc_id: "too_short_tokens"}
    check_ledger(folder, counted, [SHORT, SMALL, COPY, LARGE, LONG, KOREAN])
    assert counted["documents/split"] >= 1
    assert counted["tokens_of/rejected/too_short_tokens"] > 0
    for row, _ in rows_of(folder):
        assert (row.num_parts > 1) == (
            row.parent_id == LONG.doc_id or row.parent_id == KOREAN.doc_id
        ) or row.num_parts == 1
        assert row.cluster_id == row.parent_id


def test_pack_documents_writes_token_ids_that_are_the_texts(folder: BuildFolder) -> None:
    pack(folder, JOIN)
    tokenizer = load_tokenizer(RECIPE.tokenizer)
    rows = rows_of(folder)
    assert len(rows) >= 5
    for row, lists in rows:
        ids, starts = lists[TOKEN_IDS], lists[SECTION_TOKEN_STARTS]
        assert ids.dtype == starts.dtype == np.uint32
        assert tokenizer.decode(ids.tolist(), clean_up_tokenization_spaces=False) == row.text
        assert len(ids) == row.num_tokens
        if row.num_parts == 1 and not row.members:
            (whole,) = encode_documents([row.text], RECIPE.tokenizer)
            assert ids.tolist() == whole.tolist()
        lower = max((b for b in RECIPE.buckets if b < row.bucket), default=0)
        assert lower < row.num_tokens + RECIPE.room_tokens <= row.bucket
        assert len(starts) == len(row.sections) >= 1
        for section, start in zip(row.sections, starts.tolist(), strict=True):
            before = tokenizer.decode(ids[:start].tolist(), clean_up_tokenization_spaces=False)
            assert section.start <= len(before) < section.end


def test_pack_documents_parts_tell_their_place_in_the_document(folder: BuildFolder) -> None:
    pack(folder)
    parts = sorted((row for row, _ in rows_of(folder) if row.parent_id == LONG.doc_id), key=lambda row: row.part)
    assert len(parts) > 2
    assert {part.num_parts for part in parts} == {len(parts)}
    assert parts[0].heading_path == ()
    further = LONG.sections[1].start
    assert [part.heading_path for part in parts] == [
        ("Further",) if part.parent_start > further else () for part in parts
    ]
    assert parts[-1].heading_path == ("Further",)


def test_pack_documents_joins_short_documents_of_one_source(tmp_path: Path) -> None:
    sources = [*PAGES, *CASE, SHORT, LARGE]
    folder = build(tmp_path, [[PAGES[0], CASE[0], SHORT, PAGES[1]], [LARGE, PAGES[2], CASE[1], PAGES[3]]])
    counted = pack(folder, JOIN)
    check_ledger(folder, counted, sources)
    joined = {tuple(m.title for m in row.members): row for row, _ in rows_of(folder) if row.members}
    assert set(joined) == {("page-1", "page-2", "page-9", "page-10"), ("order 0", "order 1")}
    assert {row.joining for row in joined.values()} == {"same_source"}
    assert rejections_of(folder) == {SHORT.doc_id: "too_short_tokens"}
    assert counted["documents/joined"] == counted["joined/same_source"] == 6
    pump = joined["page-1", "page-2", "page-9", "page-10"]
    assert pump.text.startswith("Document 1: page-1\n\n")
    assert pump.cluster_id == min(page.doc_id for page in PAGES)
    for row in joined.values():
        assert [s.title for s in row.sections if s.level == 1] == [member.title for member in row.members]


def test_pack_documents_joins_what_is_alike_by_its_signatures(tmp_path: Path) -> None:
    shared = document("en", 1, num_sentences=6)
    alike = [
        replace(record(name, num_sentences=8), text=f"{shared}\n\n{record(name, num_sentences=8).text}", sections=())
        for name in ("lease of a shed", "lease of a boathouse")
    ]
    stranger = replace(record("recipe", num_sentences=1), text=PROSE_OF_ANOTHER_KIND, sections=())
    folder = build(tmp_path, [[alike[0], stranger], [alike[1]]])
    join = JOIN.join.model_copy(update={"kinds": (JoiningKind.NEAREST,)})
    counted = pack(folder, JOIN.model_copy(update={"join": join, "min_tokens": 32}))
    check_ledger(folder, counted, [*alike, stranger])
    rows = {row.joining: row for row, _ in rows_of(folder)}
    assert {member.doc_id for member in rows["nearest"].members} == {one.doc_id for one in alike}
    assert rows["none"].doc_id == stranger.doc_id


def test_pack_documents_unites_the_clusters_that_meet_in_a_row(tmp_path: Path) -> None:
    """The second version of a joined lease stands alone; it must not be in another split than the first."""
    filler = document("en", 99, num_sentences=40)
    lease = replace(record("lease", num_sentences=12), text=f"Case No. 20-777\n\nThe rent is 4,800 pounds. {filler}")
    lease = replace(lease, sections=(Section(0, len(lease.text), 0, ""),))
    version = replace(
        lease,
        doc_id=content_id("version"),
        text=lease.text.replace("20-777", "20-888").replace("4,800", "5,100"),
        title="version",
    )
    order = record("order", num_sentences=9, opening="Case No. 20-777\n\n")
    folder = build(tmp_path, [[lease, version], [order]])
    recipe = JOIN.model_copy(
        update={"join": JOIN.join.model_copy(update={"below_tokens": 1700, "kinds": (JoiningKind.SAME_SOURCE,)})}
    )
    pack(folder, recipe)
    rows = {row.title: row for row, _ in rows_of(folder)}
    assert len(rows) == 2
    (joined,) = [row for row in rows.values() if row.members]
    assert {member.doc_id for member in joined.members} == {lease.doc_id, order.doc_id}
    assert joined.cluster_id == rows["version"].cluster_id


def test_pack_documents_rejects_what_the_mix_has_no_room_for_and_repeats_the_rest(folder: BuildFolder) -> None:
    rules = (
        MixRule(domain="legal", language="ko", max_tokens=10),
        MixRule(language="en", repeat=2.5),
    )
    counted = pack(folder, RECIPE.model_copy(update={"mix": rules}))
    check_ledger(folder, counted, [SHORT, SMALL, COPY, LARGE, LONG, KOREAN])
    assert rejections_of(folder) == {SHORT.doc_id: "too_short_tokens", KOREAN.doc_id: "cap"}
    repeats = {row.parent_id: row.repeats for row, _ in rows_of(folder)}
    assert set(repeats.values()) <= {2, 3}
    rows = [row for row, _ in rows_of(folder)]
    assert counted["repeated_tokens"] == sum(row.num_tokens * (row.repeats - 1) for row in rows) > 0


@pytest.mark.parametrize(
    ("overflow", "reason"), [(Overflow.DROP, "too_long"), (Overflow.SPLIT_AT_SECTION, "unsplittable")]
)
def test_pack_documents_rejects_what_fits_no_bucket_with_its_tokens(
    tmp_path: Path, overflow: Overflow, reason: str
) -> None:
    folder = build(tmp_path, [[ENDLESS, SMALL]])
    counted = pack(folder, RECIPE.model_copy(update={"overflow": overflow}))
    check_ledger(folder, counted, [ENDLESS, SMALL])
    assert rejections_of(folder) == {ENDLESS.doc_id: reason}
    assert counted[f"tokens_of/rejected/{reason}"] > 4000


def test_pack_documents_leaves_out_the_file_of_a_tree_that_fits_no_bucket_and_keeps_the_rest(tmp_path: Path) -> None:
    bad, good = "# file: a.json\n\n" + "and so on " * 1500 + "\n\n", "# file: b.py\n\n" + "print(1)  # a line\n" * 60
    tree = replace(
        ENDLESS,
        text=bad + good,
        domain="code",
        sections=(Section(0, len(bad), 1, "a.json"), Section(len(bad), len(bad + good), 1, "b.py")),
    )
    folder = build(tmp_path, [[tree, SMALL]])
    counted = pack(folder, JOIN)
    check_ledger(folder, counted, [replace(tree, text=good), SMALL])
    assert counted["skipped/unsplittable"] == 1
    [row] = [row for row, _ in rows_of(folder) if row.domain == "code"]
    assert (row.text, row.parent_id, row.parent_start) == (good, tree.doc_id, len(bad))
    assert row.doc_id == content_id(tree.doc_id, len(bad))


def test_pack_documents_buries_a_document_that_fails_and_goes_on(tmp_path: Path) -> None:
    french = replace(SHORT, doc_id=content_id("french"), language="fr", text=PROSE_OF_ANOTHER_KIND)
    folder = build(tmp_path, [[french, SMALL]])
    counted = pack(folder)
    check_ledger(folder, counted, [french, SMALL])
    (letter,) = read_parts(folder.dead, DeadLetter)
    assert (letter.item_id, letter.stage, counted["dead"], counted["dead/ValueError"]) == (french.doc_id, "pack", 1, 1)
    assert "'fr' is not a known language" in letter.error
    assert "Traceback" in letter.traceback


def test_pack_documents_next_bucket_keeps_long_documents_whole(folder: BuildFolder) -> None:
    counted = pack(folder, RECIPE.model_copy(update={"overflow": Overflow.NEXT_BUCKET}))
    check_ledger(folder, counted, [SHORT, SMALL, COPY, LARGE, LONG, KOREAN])
    rows = {row.doc_id: row for row, _ in rows_of(folder)}
    assert rows[LONG.doc_id].text == LONG.text
    assert rows[LONG.doc_id].bucket == 8192
    assert counted["documents/split"] == 0


def test_pack_documents_writes_the_same_bytes_however_often_and_whatever_was_there(tmp_path: Path) -> None:
    parts = [[PAGES[0], CASE[0], SHORT, PAGES[1]], [LARGE, LONG, PAGES[2], CASE[1], PAGES[3]]]
    first, second = build(tmp_path / "a", parts), build(tmp_path / "b", parts)
    pack(first, JOIN)
    pack(second, RECIPE.model_copy(update={"buckets": (8192, 16384)}))
    pack(second, JOIN)
    names = [path.removeprefix(first.root) for path in files.list_files(first.corpus)]
    assert len(names) >= 2
    assert names == [path.removeprefix(second.root) for path in files.list_files(second.corpus)]
    for name in names:
        assert Path(first.root + name).read_bytes() == Path(second.root + name).read_bytes()


def test_pack_documents_interrupted_goes_on_where_it_was(folder: BuildFolder) -> None:
    counted = pack(folder, JOIN)
    before = {path: Path(path).read_bytes() for path in files.list_files(folder.corpus)}
    for path in files.list_files(folder.corpus, suffix="-00003.parquet"):
        Path(path).unlink()
    files.remove_file(folder.shard_report(PACK_STAGE, "00003"))
    encoded = Path(folder.encoded_part("00003"))
    written = encoded.stat().st_mtime_ns
    assert pack(folder, JOIN) == counted
    assert {path: Path(path).read_bytes() for path in files.list_files(folder.corpus)} == before
    assert encoded.stat().st_mtime_ns == written, "what is tokenized is not tokenized again"
    assert all(
        read_shard_reports(folder, stage, f"{folder.root}{JOIN}") for stage in (TokenizeWork.stage, PlacementWork.stage)
    )


def test_pack_documents_with_an_unknown_tokenizer_names_it(folder: BuildFolder) -> None:
    with pytest.raises(Exception, match="/nowhere/model"):
        pack(folder, RECIPE.model_copy(update={"tokenizer": "/nowhere/model"}))
    error = files.read_json(folder.shard_error(TokenizeWork.stage, "00000"))
    assert error["type"] == "InputError"
    assert "/nowhere/model" in error["message"]
