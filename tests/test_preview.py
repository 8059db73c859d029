"""`pipeline preview` in this process against a scripted server: what it asks, prints, writes and leaves for a build."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from report.page_checks import broken_promises, visible_text
from small_student import small_tokenizer
from synthesis_documents import CONTRACT_KO, LEASE
from teacher_server import Asked, Response, TeacherServer, answer_well, completion, error

from pipeline.cli.app import run

RECIPE = """
name: small
inputs: [{path: IN}]
clean: {quality_filters: []}
pack: {tokenizer: TOKENIZER, buckets: [8192, 16384], min_tokens: 200}
packing: {edges: [16384]}
synthesize:
  teacher: {kind: openai, model: m, base_url: "http://127.0.0.1:9/v1", prompt_form: chat, max_model_tokens: 65536,
    max_answer_tokens: 512, max_wait_seconds: 0.4}
  written: {tasks: [qa, summary], questions_per_document: 6, min_section_tokens: 40, segment_tokens: 600}
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe over an English and a Korean contract and a note that is too short."""
    root = tmp_path_factory.mktemp("small")
    (root / "in").mkdir()
    (root / "in" / "lease.txt").write_text(LEASE, encoding="utf-8")
    (root / "in" / "contract.txt").write_text(CONTRACT_KO, encoding="utf-8")
    (root / "in" / "note.txt").write_text("Too short.", encoding="utf-8")
    small_tokenizer().save_pretrained(root / "tokenizer")
    text = RECIPE.replace("IN", str(root / "in"), 1).replace("TOKENIZER", str(root / "tokenizer"))
    (root / "small.yaml").write_text(text, encoding="utf-8")
    return root / "small.yaml"


def preview(recipe: Path, output: Path, url: str, *options: str) -> int:
    """Run the command with a server as the teacher."""
    address = f"synthesize.teacher.base_url={url}"
    return run(["preview", str(recipe), "--output", str(output), "--set", address, *options])


def requests_of(output: Path) -> list[dict[str, Any]]:
    """The lines of the file of requests."""
    found = [json.loads(line) for line in (output / "preview.jsonl").read_text(encoding="utf-8").splitlines()]
    assert found
    return found


@pytest.fixture(scope="module")
def previewed(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preview with a good teacher."""
    output = tmp_path_factory.mktemp("previewed")
    with TeacherServer() as server:
        assert preview(recipe, output, server.url) == 0
        assert server.num_asked() == len(requests_of(output))
    return output


def test_preview_has_one_verdict_for_each_request_of_every_round(previewed: Path) -> None:
    requests = requests_of(previewed)
    assert set(Counter(one["verdict"] for one in requests)) <= {"kept", "rejected", "failed"}
    assert {one["round"] for one in requests} == {"atoms", "attempts", "judge"}
    assert {one["language"] for one in requests} == {"en", "ko"}
    for one in requests:
        assert (one["verdict"] == "kept") == (one["reason"] == "")
        assert one["prompt"]["messages"][-1]["content"] and one["reply"]


def test_preview_gives_the_row_of_each_draft_that_was_proven(previewed: Path) -> None:
    requests = requests_of(previewed)
    rows = [one["row"] for one in requests if one["row"]]
    judged = [one for one in requests if one["round"] == "judge" and one["verdict"] == "kept"]
    assert len(rows) == len(judged) >= 3
    assert sorted(row["question"] for row in rows) == sorted(one["about"][0] for one in judged)
    for one in requests:
        assert one["round"] in ("atoms", "merges") or one["row"] is None
        assert not one["row"] or (one["row"]["evidence"][0]["quote"] and one["row"]["checks"]["judge"] == "openai:m")


def test_preview_page_shows_prompts_replies_and_verdicts_and_loads_nothing(previewed: Path) -> None:
    html = (previewed / "preview.html").read_text(encoding="utf-8")
    assert broken_promises(html) == []
    text = visible_text(html)
    requests = requests_of(previewed)
    for one in requests:
        assert " ".join(one["reply"].split()) in text
        assert " ".join(one["prompt"]["messages"][-1]["content"][-200:].split()) in text
    assert text.count("Structural questions:") == 2
    # The beginning that prompts share, with the document, is on the page once for all of them.
    system = requests[0]["prompt"]["messages"][0]["content"]
    assert text.count(system) == 1 < sum(one["prompt"]["messages"][0]["content"] == system for one in requests)


def test_preview_prints_a_table_and_the_paths(
    recipe: Path, previewed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with TeacherServer() as server:
        assert preview(recipe, tmp_path, server.url, "--documents", "1") == 0
    printed = " ".join(capsys.readouterr().out.split())
    requests = requests_of(tmp_path)
    atoms = sum(one["round"] == "atoms" and one["task"] == "qa" for one in requests)
    assert re.search(rf"atoms │ qa │ {atoms} │", printed)
    assert "Requests about 1 document, and tokens in and out" in printed and f"page: {tmp_path}/preview.html" in printed
    assert "structural questions from 1 document." in printed


def test_build_in_the_folder_of_a_preview_asks_nothing_twice(recipe: Path, tmp_path: Path) -> None:
    with TeacherServer() as server:
        assert preview(recipe, tmp_path, server.url) == 0
        num_previewed = server.num_asked()
        assert preview(recipe, tmp_path, server.url) == 0
        assert server.num_asked() == num_previewed
        address = f"synthesize.teacher.base_url={server.url}"
        assert run(["build-sft", str(recipe), "--output", str(tmp_path), "--set", address]) == 0
        assert max(server.asked.values()) == 1
    assert run(["verify", str(tmp_path)]) == 0
    counters = json.loads((tmp_path / "manifest.json").read_text())["stages"]["synthesize"]["counters"]
    assert counters["teacher/cached"] == num_previewed
    assert counters.get("teacher/asked", 0) == 0
    kept = sum(count for name, count in counters.items() if re.fullmatch("written/[a-z_]+/kept", name))
    asked = sum(one["round"] == "atoms" for one in requests_of(tmp_path))
    agreed = counters["judge/kept"] / (counters["judge/kept"] + counters.get("judge/rejected", 0))
    assert f"{kept} of {asked} drafts became candidates. The judge kept {agreed:.0%}" in visible_text(
        (tmp_path / "report.html").read_text(encoding="utf-8")
    )
    card = (tmp_path / "sft" / "README.md").read_text(encoding="utf-8")
    assert f"A teacher was sent {num_previewed} requests" in card and re.search(r"^\| qa \| \d+ \| \d+ \|", card, re.M)
    assert kept == counters["kept/written"] == sum(one["row"] is not None for one in requests_of(tmp_path))


PRICES = "price_per_million_prompt_tokens: 2, price_per_million_cached_tokens: 1, price_per_million_answer_tokens: 8"


def test_preview_in_a_planned_build_folder_shows_its_corpus_and_what_the_whole_build_costs(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with TeacherServer() as server:
        teacher = f"synthesize.teacher={{kind: openai, model: m, base_url: '{server.url}', {PRICES}}}"
        options = [str(recipe), "--output", str(tmp_path), "--set", teacher]
        assert run(["build-sft", *options, "--plan"]) == 0
        capsys.readouterr()
        assert run(["preview", *options, "--documents", "1"]) == 0
        num_asked = server.num_asked()
    printed = " ".join(capsys.readouterr().out.split())
    # The server counts 100 prompt tokens, 60 of them cached, and 50 answer tokens for each reply.
    assert f"The replies cost {num_asked * (40 * 2 + 60 * 1 + 50 * 8) / 1e6:.4f} USD" in printed
    assert re.search(r"The whole build has 2 documents and asks about \d+ requests: [\d,]+ prompt .* USD", printed)
    text = visible_text((tmp_path / "preview.html").read_text(encoding="utf-8"))
    assert "chosen from the 2 rows of the corpus in this folder" in text and "The whole build has 2 documents" in text


def verdict_without_support(asked: Asked) -> Response:
    """A good teacher that supports no claim when it judges."""
    reply = json.loads(asked.text)
    if "claims" in reply:
        reply["claims"] = [{**claim, "support": 0} for claim in reply["claims"]]
    return completion(json.dumps(reply, ensure_ascii=False))


def test_preview_says_which_kept_drafts_a_later_round_drops(recipe: Path, tmp_path: Path) -> None:
    with TeacherServer(verdict_without_support) as server:
        assert preview(recipe, tmp_path, server.url) == 0
    requests = requests_of(tmp_path)
    verdicts = [one for one in requests if one["round"] == "judge"]
    assert verdicts and {one["verdict"] for one in verdicts} == {"rejected"}
    assert {one["reason"] for one in verdicts} <= {"claim_not_supported", "no_verdict"}
    drafts = [one for one in requests if one["round"] == "atoms" and one["verdict"] == "kept"]
    assert len(drafts) == len(verdicts)
    reasons = {one["dropped_later"]["reason"] for one in drafts}
    assert all(one["row"] is None for one in drafts) and "claim_not_supported" in reasons
    text = visible_text((tmp_path / "preview.html").read_text(encoding="utf-8"))
    assert "✗ kept, then claim not supported" in text


def test_preview_shows_failed_requests_and_then_fails_like_a_build(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses_some(asked: Asked) -> Response:
        return error(400, "no such option") if "summary" in json.dumps(asked.body) else answer_well(asked)

    with TeacherServer(refuses_some) as server:
        assert preview(recipe, tmp_path, server.url) == 1
    counts = Counter(one["verdict"] for one in requests_of(tmp_path))
    assert counts["failed"] >= 1 and counts["kept"] >= 1
    assert f"{counts['failed']} of the {counts.total()} teacher requests failed: status 400" in " ".join(
        capsys.readouterr().err.split()
    )
    assert "! failed" in visible_text((tmp_path / "preview.html").read_text(encoding="utf-8"))


def test_preview_with_an_unreachable_teacher_fails_with_the_address(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preview(recipe, tmp_path, "http://127.0.0.1:9/v1") == 1
    said = capsys.readouterr().err
    assert "teacher requests failed: ConnectError" in " ".join(said.split())
    assert "Start the server or correct synthesize.teacher.base_url" in said
    assert not (tmp_path / "preview.html").exists()


def test_preview_with_the_batch_teacher_writes_open_requests_and_goes_on_with_their_answers(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "batch"
    teacher = f"synthesize.teacher={{kind: batch, model: m, folder: {folder}, max_model_tokens: 65536}}"
    command = ["preview", str(recipe), "--output", str(tmp_path / "out"), "--set", teacher]
    seen: set[str] = set()
    for round_ in ("atoms", "attempts", "judge"):
        assert run(command) == 1
        assert "teacher requests wait for answers" in " ".join(capsys.readouterr().err.split())
        (open_requests,) = folder.glob("requests-*.jsonl")
        asked = [json.loads(line) for line in open_requests.read_text().splitlines()]
        waiting = [one for one in requests_of(tmp_path / "out") if one["verdict"] == "failed"]
        assert {one["round"] for one in waiting} == {round_} and len(waiting) == len(asked)
        assert not seen & {one["custom_id"] for one in asked}
        seen |= {one["custom_id"] for one in asked}
        lines = [answer_line(one) for one in asked]
        (folder / "answers").mkdir(exist_ok=True)
        (folder / "answers" / f"{round_}.jsonl").write_text("".join(lines), encoding="utf-8")
    assert run(command) == 0
    assert sum(one["row"] is not None for one in requests_of(tmp_path / "out")) >= 3


def answer_line(request: dict[str, Any]) -> str:
    """The answer of a batch endpoint to a request."""
    body = json.loads(answer_well(Asked(1, 0, request["body"], {})).content)
    return json.dumps({"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}}) + "\n"


def test_preview_of_an_unknown_domain_names_the_known_ones(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preview(recipe, tmp_path, "http://127.0.0.1:9/v1", "--domain", "poetry") == 2
    assert "legal" in capsys.readouterr().err


def test_preview_without_documents_of_the_domain_says_what_was_read(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preview(recipe, tmp_path, "http://127.0.0.1:9/v1", "--domain", "code") == 2
    assert "domain legal 2, too_short 1" in " ".join(capsys.readouterr().err.split())
