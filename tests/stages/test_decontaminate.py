"""The decontamination stage: what it drops, cuts, marks, counts and leaves as it is."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
import pytest
from prose import document

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.sets import find_sets
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Document, Rejection, Section
from pipeline.stages.contamination import STAGE, Contamination, Fate, Rules
from pipeline.stages.decontaminate import Decontaminate
from pipeline.stages.evaluation_index import IndexWork
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards, plan_kept_shards
from pipeline.stages.stored_index import read_items

QUESTIONS = [
    f"Which of the {number} ferry companies on lake{number} must repay the harbour dues of the spring season, and "
    f"by which day does council{number} expect the money to arrive in full?"
    for number in range(4)
]
STATUTE = document("ko", 99, num_sentences=6)
ITEMS = [
    *({"id": f"q{number}", "question": question, "answer": "Both."} for number, question in enumerate(QUESTIONS)),
    {
        "id": "s",
        "question": "이 조항에 따르면 대금을 늦게 내는 사람은 연 몇 퍼센트의 이자를 더 내야 합니까?",
        "context": STATUTE,
    },
    {"id": "t", "question": "Why?", "answer": "No"},
]


def record(text: str, name: str) -> Document:
    return Document(name, text, "legal", "en", name, "MIT", f"in/{name}", 0, "", (Section(0, len(text), 0, ""),))


@pytest.fixture(scope="module")
def evaluation_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sets") / "exam.jsonl"
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in ITEMS), encoding="utf-8")
    return path


def decontaminate(
    documents: Sequence[Document],
    root: Path,
    *sets: Path,
    num_parts: int = 3,
    beam_options: Sequence[str] = (),
    **recipe: object,
) -> BuildFolder:
    folder = BuildFolder(str(root))
    for index in range(num_parts):
        write_part(folder.document_part(f"{index:05d}"), documents[index::num_parts], Document)
    run(folder, *sets, beam_options=beam_options, **recipe)
    return folder


def run(folder: BuildFolder, *sets: Path, beam_options: Sequence[str] = (), **settings: object) -> None:
    recipe = DecontaminationRecipe(against=tuple(map(str, sets)), **settings)
    index = IndexWork(tuple(find_sets(recipe.against)), recipe, ("email",), "f")
    rules = Rules(recipe.action, recipe.contexts, recipe.drop_share, 200)
    with beam.Pipeline(options=pipeline_options(beam_options)) as pipeline:
        shards = plan_document_shards(folder)
        _ = pipeline | Decontaminate(shards=shards, folder=folder, index=index, rules=rules)


def corpus() -> list[Document]:
    clean = [record(document("en", seed, num_sentences=30), f"clean{seed}") for seed in range(6)]
    long = document("en", 50, num_sentences=60)
    half = len(long) // 2 + long[len(long) // 2 :].index("\n\n")
    return [
        *clean,
        record(f"{long[:half]}\n\nQ. {QUESTIONS[0]}\nA. Both.\n{long[half:]}", "book"),
        record(
            "\n".join(f"{n}. {question}" for n, question in enumerate(QUESTIONS)) + "\nAnswers: " + "Both. " * 9, "page"
        ),
        record(f"{document('ko', 51, num_sentences=10)}\n\n{STATUTE}", "statute"),
    ]


def kept(folder: BuildFolder) -> dict[str, Document]:
    parts = [path for shard in plan_kept_shards(folder) for path in shard.inputs]
    return {one.doc_id: one for path in parts for one in read_part(path, Document)}


def counters(folder: BuildFolder) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in read_shard_reports(folder, STAGE, "f").values():
        total.update({"in": report.num_in, "kept": report.num_kept, "rejected": report.num_rejected})
        total.update(report.counters)
    return total


def fates(folder: BuildFolder) -> dict[tuple[str, str], Fate]:
    return {(one.doc_id, one.item_id): one.fate for one in read_parts(folder.contamination, Contamination)}


def test_page_of_questions_is_dropped_a_book_is_cut_and_a_statute_is_kept(tmp_path: Path, evaluation_set: Path) -> None:
    documents = corpus()
    folder = decontaminate(documents, tmp_path / "b", evaluation_set)
    left, before = kept(folder), {one.doc_id: one for one in documents}
    assert left.keys() == before.keys() - {"page"}
    book = left.pop("book")
    assert QUESTIONS[0] in before["book"].text and "ferry companies" not in book.text
    assert len(book.text) > 0.95 * len(before["book"].text)
    assert book.sections == (Section(0, len(book.text), 0, ""),), "offsets are moved"
    assert all(document == before[name] for name, document in left.items())
    assert fates(folder) == {
        ("book", "q0"): Fate.CUT,
        **{("page", f"q{number}"): Fate.DROPPED for number in range(4)},
        ("statute", "s"): Fate.KEPT,
    }
    (rejection,) = read_parts(folder.rejected, Rejection)
    assert (rejection.item_id, rejection.reason, rejection.stage) == ("page", "contaminated", STAGE)
    assert "exam.jsonl" in rejection.detail and "and 3 more" in rejection.detail and "100%" in rejection.detail
    found = counters(folder)
    assert (found["in"], found["kept"], found["rejected"]) == (9, 8, 1)
    assert found["items/exam.jsonl"] == 6 and found["untestable_items/exam.jsonl"] == 1
    assert found["documents/exam.jsonl/dropped"] == found["documents/exam.jsonl/cut"] == 1
    assert [item.item_id for item in read_items(folder) if not item.is_testable] == ["t"]


@pytest.mark.parametrize(
    ("settings", "dropped", "cut"),
    [
        ({"action": "drop"}, {"page", "book"}, set()),
        ({"action": "mark"}, set(), set()),
        ({"action": "cut"}, {"page"}, {"book"}),
        ({"action": "drop", "contexts": "act"}, {"page", "book", "statute"}, set()),
        ({"drop_share": 0.01}, {"page", "book"}, set()),
        ({"min_share": 1.0, "min_words": 30}, {"page"}, {"book"}),
    ],
)
def test_recipe_decides_what_happens(
    tmp_path: Path, evaluation_set: Path, settings: dict[str, object], dropped: set[str], cut: set[str]
) -> None:
    documents = corpus()
    folder = decontaminate(documents, tmp_path / "b", evaluation_set, **settings)
    left = kept(folder)
    assert {one.doc_id for one in documents} - left.keys() == dropped
    assert {one.doc_id for one in documents if one.doc_id in left and left[one.doc_id] != one} == cut


def test_files_are_the_same_for_any_number_of_workers(tmp_path: Path, evaluation_set: Path) -> None:
    options = ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]
    folders = [
        decontaminate(corpus(), tmp_path / "one", evaluation_set),
        decontaminate(corpus(), tmp_path / "two", evaluation_set, beam_options=options),
    ]
    digests = [
        {path.relative_to(folder.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
         for path in sorted(Path(folder.root).rglob("*.parquet"))}
        for folder in folders
    ]  # fmt: skip
    assert digests[0] == digests[1] and len(digests[0]) > 8


def test_unfinished_shards_run_again_and_finished_ones_do_not(tmp_path: Path, evaluation_set: Path) -> None:
    folder = decontaminate(corpus(), tmp_path / "b", evaluation_set)
    part = Path(folder.decontaminated_part("00000"))
    states = {path: path.stat().st_mtime_ns for path in Path(folder.root).rglob("*.parquet")}
    content = part.read_bytes()
    for path in (part, Path(folder.shard_report(STAGE, "00000"))):
        path.unlink()
    run(folder, evaluation_set)
    assert part.read_bytes() == content
    again = {path for path in states if path.stat().st_mtime_ns != states[path]}
    assert again and all(path.name.endswith("00000.parquet") for path in again)


def test_shard_of_which_all_documents_are_dropped_has_no_part(tmp_path: Path, evaluation_set: Path) -> None:
    documents = [record(QUESTIONS[0], "page"), record(document("en", 1, num_sentences=9), "clean")]
    folder = decontaminate(documents, tmp_path / "b", evaluation_set, num_parts=2)
    assert [shard.shard_id for shard in plan_kept_shards(folder)] == ["00001"]
    assert kept(folder).keys() == {"clean"}


def test_words_that_many_documents_contain_drop_none_of_them(tmp_path: Path) -> None:
    licence = (
        "Permission is granted to use, copy and share this work in any form, provided that this notice is kept whole."
    )
    path = tmp_path / "licences.jsonl"
    path.write_text(json.dumps({"question": licence, "answer": "MIT"}), encoding="utf-8")
    documents = [record(f"{licence}\n{document('en', n, num_sentences=4)}", f"d{n}") for n in range(60)]
    folder = decontaminate(documents, tmp_path / "many", path)
    assert len(kept(folder)) == 60 and not fates(folder)
    assert counters(folder)["common_ngrams/documents"] > 5
    folder = decontaminate(documents[:50], tmp_path / "few", path, action="drop")
    assert not kept(folder)


def test_prompts_of_our_own_evaluation_are_found_unless_the_recipe_says_otherwise(tmp_path: Path) -> None:
    filler = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. " * 30
    documents = [record(filler, "passkey"), record(document("en", 1, num_sentences=9), "clean")]
    assert kept(decontaminate(documents, tmp_path / "a")).keys() == {"clean"}
    folder = decontaminate(documents, tmp_path / "b", own_prompts=False)
    assert kept(folder).keys() == {"passkey", "clean"}
    assert counters(folder)["ngrams"] == 0


def test_personal_data_is_masked_in_items_as_in_documents(tmp_path: Path) -> None:
    path = tmp_path / "mail.jsonl"
    question = "To whom does {} write about the broken lamp in the hall of the old mill on the hill, and when?"
    path.write_text(json.dumps({"id": "m", "question": question.format("ann.lee@example.com")}), encoding="utf-8")
    documents = [record(f"{document('en', 1, num_sentences=40)}\n{question.format('[EMAIL-3]')}\n", "letter")]
    folder = decontaminate(documents, tmp_path / "b", path)
    (found,) = read_parts(folder.contamination, Contamination)
    assert found.share == 1.0
    assert "example.com" not in read_items(folder)[-1].excerpt


def test_set_without_items_ends_the_build_with_the_reasons(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"other": 5}\n', encoding="utf-8")
    folder = BuildFolder(str(tmp_path / "b"))
    write_part(folder.document_part("00000"), [record("text", "a")], Document)
    with pytest.raises(Exception, match="contains no items") as caught:
        run(folder, path)
    assert InputError.__name__ in f"{type(caught.value)} {caught.value}"
