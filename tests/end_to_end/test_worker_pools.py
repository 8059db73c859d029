"""A build on a job server and two worker pools that have only the wheel; the pools are killed in synthesis."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_builds import Observer
from small_student import small_tokenizer
from teacher_server import Asked, Response, TeacherServer, answer_well
from worker_pools import Cluster, command_with, running_cluster, start_pool, unpack_wheel

from end_to_end.command import contents
from pipeline.build import build_sft
from pipeline.config.load import load_recipe
from pipeline.config.start import Start

pytestmark = [pytest.mark.end_to_end, pytest.mark.workers]

RECIPE = """
name: pools
inputs: [{path: 'bundled:manual/en/short', domain: manual, licence: Apache-2.0}]
ingest: {min_shards: 3}
pack: {tokenizer: TOKENIZER, buckets: [8192, 32768, 131072], min_tokens: 200}
packing: {edges: [131072]}
synthesize:
  teacher: {kind: openai, model: m, base_url: URL, max_answer_tokens: 64, batch_size: 2, max_model_tokens: 32768}
  written: {tasks: [qa], judged: false, questions_per_document: 2, segment_tokens: 250}
"""
_OF_A_RUN = ("manifest.json", "report.html", ".lease.json", "work/shards/")
"""How the names begin of what tells of a run: its seconds, and how many answers it found in the cache."""


class Held:
    """A teacher whose answers after the first few wait until they are let go."""

    def __init__(self) -> None:
        self.is_waiting = threading.Event()
        self.may_answer = threading.Event()

    def __call__(self, asked: Asked) -> Response:
        if asked.number > 3:
            self.is_waiting.set()
            assert self.may_answer.wait(300)
        return answer_well(asked)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), num_pools=2) as running:
        yield running


def built(folder: Path) -> dict[str, bytes]:
    """What a build made, without what tells of the run itself."""
    return {name: data for name, data in contents(folder).items() if not name.startswith(_OF_A_RUN)}


def test_build_on_two_pools_with_only_the_wheel_resumes_after_a_kill_to_the_bytes_of_a_local_one(
    cluster: Cluster, tmp_path: Path
) -> None:
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    held, output = Held(), tmp_path / "pools"
    with TeacherServer(held) as teacher:
        text = RECIPE.replace("TOKENIZER", str(tmp_path / "tokenizer")).replace("URL", teacher.url)
        (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
        words = ("build-sft", str(tmp_path / "recipe.yaml"), "--output", str(output), "--", *cluster.options)
        first = cluster.processes.start("command", *words)
        try:
            assert held.is_waiting.wait(240), "no teacher was asked"
            for pool in cluster.rota.pools:  # Beam's job server waits forever for the worker that was running
                pool.kill()
            os.kill(first, signal.SIGINT)
            assert cluster.processes.wait(first) == 130
        finally:
            held.may_answer.set()
        assert [pool.num_workers for pool in cluster.rota.pools] == [3, 2], "five stages began, on both pools"
        cluster.rota.pools[:] = [start_pool(cluster.processes)]
        done = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stages"]
        assert list(done)[-1] == "pack", "synthesis was running"

        recipe, observer = load_recipe(str(tmp_path / "recipe.yaml"), fragments=[], overrides=[]), Observer()
        arguments = {"start": Start.RESUME, "observer": observer}
        build_sft(recipe, output=str(output), beam_options=list(cluster.options), **arguments)
        assert observer.started == ["synthesize", "export"], "finished stages are kept"
        build_sft(recipe, output=str(tmp_path / "local"), beam_options=[], **arguments)

    here, there = built(tmp_path / "local"), built(output)
    assert len([name for name in here if name.startswith("sft/")]) > 4
    assert [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)] == []


def test_pools_import_the_package_from_the_wheel_and_know_no_source_tree(tmp_path: Path) -> None:
    wheel = unpack_wheel(tmp_path / "wheel")
    said = "import sys, pipeline; print(pipeline.__file__, *sys.path, sep='\\n')"
    command, environment = command_with(wheel, "-c", said)
    found = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    package, *path = found.splitlines()
    assert Path(package).is_relative_to(wheel) and (wheel / "pipeline" / "bundled" / "recipes").is_dir()
    source = Path(__file__).parents[2]
    assert not [one for one in path if one and Path(one) == source]
