"""What a user gets wrong ends with exit code 2, one clear sentence and the remedy, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from end_to_end.command import run_pipeline

pytestmark = pytest.mark.end_to_end

CASES = {
    "missing input": (["build-sft", "--input", "no/such/folder"], "no/such/folder"),
    "empty input": (["build-sft", "--input", "empty"], "No documents found"),
    "missing recipe": (["build-sft", "absent.yaml"], "Recipe 'absent.yaml' does not exist"),
    "unknown recipe key": (["build-sft", "--set", "pack.bukets=[1024]"], "Did you mean 'buckets'?"),
    "unknown beam option": (["build-sft", "--", "--direct_num_wokers=2"], "--direct_num_wokers"),
    "output is a file": (["build-sft", "--output", "file"], "file"),
    "foreign folder with --fresh": (["build-sft", "--output", "foreign", "--fresh"], "did not write"),
    "missing build": (["finetune", "--data", "nowhere"], "nowhere"),
    "missing model": (["evaluate", "--model", "./no-model", "--data", "nowhere"], "no-model"),
    "unknown embedded model": (["build-sft", "--set", "pack.tokenizer=embedded:gpt-5"], "embedded:gpt-5"),
    "unknown evaluation task": (["evaluate", "--task", "vibes"], "vibes"),
    "not a folder of ours": (["inspect", "empty"], "not a build, model or evaluation folder"),
}


@pytest.mark.parametrize("case", CASES)
def test_user_error_exits_two_with_a_sentence_and_no_traceback(case: str, tmp_path: Path) -> None:
    arguments, expected = CASES[case]
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.txt").write_text("x")
    done = run_pipeline(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "foreign" / "thesis.txt").exists()


def test_url_whose_extra_is_not_installed_names_the_extra(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "gcsfs.py"
    hidden.parent.mkdir()
    hidden.write_text("raise ImportError('No module named gcsfs')")
    arguments = ("build-sft", "--input", "gs://bucket/documents")
    done = run_pipeline(*arguments, cwd=tmp_path, env={"PYTHONPATH": str(hidden.parent)})
    assert done.returncode == 2, done.stdout + done.stderr
    assert "longdoc-pipeline[gcp]" in done.stderr
    assert "Traceback" not in done.stderr
