"""`PackContexts`: a batch becomes the rows that the pack stage makes of a shard with the same documents."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.typehints.decorators import TypeCheckError
from prose import document

from pipeline.config.build import DedupRecipe, InputSource
from pipeline.config.pack import CompareRecipe, JoinRecipe, MixRule, PackRecipe
from pipeline.config.recipe import Recipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.signature import Signature
from pipeline.dedup.signing import sign_documents
from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts, write_part
from pipeline.records import Context, Document, JoiningKind, Rejection
from pipeline.stages.chain import pack_stage
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.pack_contexts import PackBatch, PackContexts
from pipeline.transforms.reading import RawDocument

RECIPE = PackRecipe(
    buckets=(1024, 2048),
    room_tokens=256,
    min_tokens=128,
    compare=CompareRecipe(versions_share=0.0, comparison_share=0.0),
    join=JoinRecipe(below_tokens=600, target=2048, kinds=(JoiningKind.SAME_SOURCE, JoiningKind.NEAREST)),
)
SEED = 17


def record(name: str, text: str, *, domain: str = "manual", path: str = "") -> Document:
    return Document(
        doc_id=content_id(name),
        text=text,
        domain=domain,
        language="en",
        title=name,
        licence="MIT",
        source_uri=path or f"/data/{name}.txt",
        source_offset=0,
        sha256=sha256_hex(text.encode()),
        sections=(),
    )


SMALL = document("en", 7, num_sentences=8)
CODE = "import os\n" + "".join(
    f"\n\ndef first_{name}(folder: str) -> str:\n    return os.path.join(folder, {name!r})\n"
    for name in ("a", "b", "c", "d")
)
DOCUMENTS = (
    record("whole", document("en", 1, num_sentences=30)),
    record("long", document("en", 2, num_sentences=200)),
    record("endless", "and so on " * 1500),
    record("tiny", "A few words that have nothing to do with any other text here.", domain="dialogue"),
    *(
        record(f"page {number}", document("en", 10 + number, num_sentences=10), path=f"/data/pump/page-{number}.html")
        for number in (10, 2, 1)
    ),
    record("near", SMALL, domain="legal"),
    record("nearer", SMALL.replace("the", "a", 3) + " One more sentence.", domain="legal"),
    record("main", "import helper\n" + CODE, domain="code", path="/repo/src/main.py"),
    record("helper", CODE.replace("first", "second"), domain="code", path="/repo/src/helper.py"),
)


def packed(
    documents: tuple[Document, ...], recipe: PackRecipe = RECIPE, clusters: dict[str, str] | None = None
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {"rejected": (), "dead": ()}
    for one in PackBatch(recipe, seed=SEED).process((Batch("a", 3), documents), clusters or {}):
        tag, (batch, records) = (one.tag, one.value) if isinstance(one, TaggedOutput) else ("", one)
        assert batch == Batch("a", 3)
        found[tag] = records
    return found


def test_rows_and_rejections_are_those_of_the_stage(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_part(folder.document_part("00000"), DOCUMENTS, Document)
    write_part(folder.signature_part("00000"), sign_documents(DOCUMENTS, DedupRecipe()), Signature)
    recipe = Recipe(name="rows", inputs=(InputSource(path="in"),), pack=RECIPE, seed=SEED)
    job = beam.Pipeline(runner=FnApiRunner())
    pack_stage(recipe, folder, "").build_job(job)
    job.run()

    found = packed(DOCUMENTS)
    rows = {row.doc_id: row for row in found[""]}
    assert rows == {row.doc_id: row for row in read_parts(folder.corpus, Context)}
    assert len(rows) == len(found[""])
    kinds = Counter(row.joining for row in rows.values())
    assert kinds["same_source"] == 2, "pages of a manual, files of a repository"
    assert kinds["nearest"] == 1
    assert {row.bucket for row in rows.values()} == {1024, 2048}
    assert max(row.num_parts for row in rows.values()) > 1
    assert list(found["rejected"]) == list(read_parts(folder.rejected, Rejection))
    assert {one.reason for one in found["rejected"]} == {"too_short_tokens", "unsplittable"}
    assert not found["dead"]


def test_versions_keep_their_cluster_and_are_not_joined() -> None:
    pages = DOCUMENTS[4:7]
    (joined,) = packed(pages)[""]
    assert len(joined.members) == 3
    assert joined.cluster_id == min(page.doc_id for page in pages)
    rows = packed(pages, clusters={pages[0].doc_id: "survivor"})[""]
    assert sorted(len(row.members) for row in rows) == [0, 2]
    assert next(row for row in rows if not row.members).cluster_id == "survivor"


def test_documents_with_one_id_are_not_joined_and_one_that_fails_is_dead() -> None:
    page, other = DOCUMENTS[4:6]
    broken = replace(other, domain="no such domain")
    found = packed((page, replace(other, doc_id=page.doc_id), broken))
    assert [row.doc_id for row in found[""]] == [page.doc_id] * 2
    assert [letter.item_id for letter in found["dead"]] == [broken.doc_id]


def test_recipe_and_records_are_checked_when_the_job_is_built(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot keep the 1 rules of pack\.mix"):
        PackContexts(PackRecipe(mix=(MixRule(max_tokens=5),)))
    with pytest.raises(InputError, match="model folder"):
        PackContexts(PackRecipe(tokenizer=str(tmp_path / "none")))
    job = beam.Pipeline(runner=FnApiRunner())
    raw = job | "raw" >> beam.Create([]).with_output_types(batches_of(RawDocument))
    documents = job | "documents" >> beam.Create([]).with_output_types(batches_of(Document))
    with pytest.raises(TypeCheckError):
        _ = raw | PackContexts(RECIPE)
    with pytest.raises(TypeCheckError):
        _ = documents | "with raw members" >> PackContexts(RECIPE, members=raw)


def test_clusters_of_kept_documents_reach_the_rows_of_a_pipeline(tmp_path: Path) -> None:
    whole = DOCUMENTS[0]
    members = (
        ClusterMember(whole.doc_id, "first", "version", True, 0.9, "", ""),
        ClusterMember("first", "first", "survivor", True, 1.0, "", ""),
        ClusterMember("gone", "first", "near", False, 0.9, "", ""),
    )
    job = beam.Pipeline(runner=FnApiRunner())
    related = job | "members" >> beam.Create([(Batch("b"), members)]).with_output_types(batches_of(ClusterMember))
    documents = job | beam.Create([(Batch("a"), (whole,))]).with_output_types(batches_of(Document))
    rows = documents | PackContexts(RECIPE, members=related)
    _ = rows.contexts | beam.Map(_write_clusters, folder=tmp_path)
    result = job.run()
    result.wait_until_finish()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]
    counters = {one.key.metric.name: one.result for one in result.metrics().query()["counters"]}
    assert counters["documents/whole"] == counters["kept"] == 1


def _write_clusters(element: Any, *, folder: Path) -> None:
    (folder / f"{element[0].name}.txt").write_text(" ".join(row.cluster_id for row in element[1]))
