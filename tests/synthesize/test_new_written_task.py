"""A written task is added by one file: a toy task in a copy of the package, with a server's teacher, writes rows."""

from __future__ import annotations

import json
from pathlib import Path

from package_copy import copy_package, run_with_copy
from small_student import small_tokenizer
from synthesis_documents import LEASE
from teacher_server import TeacherServer

MODULE = '''
"""The task `plain`: a question about a segment, in words of its own."""

from pipeline.records import TaskFamily
from pipeline.synthesize.written.questions import plan_questions, read_question
from pipeline.synthesize.written.task import Writing, WrittenTask

TASK = WrittenTask(
    name="plain",
    family=TaskFamily.LOOK_UP,
    chat=Writing(lambda document, count, _: plan_questions(document, count, task="plain"), read_question),
    wordings={"en": {"rules": "Write one question, plainly.", "reply": "JSON: question, answer, evidence"}},
)
'''
RECIPE = """
name: toy
inputs: [{{path: lease.txt, domain: legal, language: en}}]
clean: {{languages: [LANGUAGE], min_chars: 100}}
pack: {{tokenizer: tokenizer, buckets: [16384]}}
synthesize:
  teacher: {{kind: openai, model: m, base_url: "{url}", prompt_form: chat, max_model_tokens: 65536}}
  written: {{tasks: [plain], segment_tokens: 200}}
  structural: {{tasks: []}}
"""


def test_one_file_adds_a_written_task_whose_rows_a_recipe_builds(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "synthesize" / "written_tasks" / "plain.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "lease.txt").write_text(LEASE, encoding="utf-8")
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    with TeacherServer() as server:
        recipe = RECIPE.format(url=server.url).replace("LANGUAGE", "en")
        (tmp_path / "en.yaml").write_text(recipe, encoding="utf-8")
        done = run_with_copy(tmp_path, "-m", "pipeline", "build-sft", "en.yaml", "--output", "out")
        assert done.returncode == 0, done.stderr
        assert server.num_asked() >= 4
    rows = [json.loads(line) for path in (tmp_path / "out" / "sft").glob("*.jsonl") for line in path.open()]
    turns = [turn for row in rows for turn in row["turns"]]
    assert {turn["task"] for turn in turns} == {"plain"}
    assert all(turn["prompt_version"].startswith("written-") for turn in turns)
    assert {turn["checks"]["judge"] for turn in turns} == {"openai:m"}
