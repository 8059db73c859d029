"""A model folder is uploaded to a server that answers as the hub does, on the loopback address."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.errors import DamagedFileError, InputError, RunError
from pipeline.finetune import finetune
from pipeline.push import Visibility, push_model, uploaded_files

NAME = "me/longer"


@dataclass
class _Received:
    """What the hub was asked for, and what it holds afterwards."""

    made: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refusal: int = 0
    """The status of every answer; 0 is none."""


class _Handler(BaseHTTPRequestHandler):
    received: _Received
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.received.tokens.add(self.headers.get("Authorization", ""))
        if self.received.refusal:
            self._answer(self.received.refusal, {"error": "no"})
        elif self.path == "/api/repos/create":
            self.received.made.append(json.loads(body))
            self._answer(200, {"url": f"http://{self.headers['Host']}/{NAME}", "name": NAME})
        elif self.path == "/api/validate-yaml":  # the card's front matter
            self._answer(200, {"errors": [], "warnings": []})
        elif self.path.startswith(f"/api/models/{NAME}/preupload/"):
            asked = json.loads(body)["files"]
            modes = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in asked]
            self._answer(200, {"files": modes})
        elif self.path.startswith(f"/api/models/{NAME}/commit/"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.received.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            address = f"http://{self.headers['Host']}/{NAME}/commit/{'a' * 40}"
            self._answer(200, {"success": True, "commitOid": "a" * 40, "commitUrl": address})
        else:
            self._answer(404, {"error": self.path})

    def _answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def _hub(*, refusal: int = 0) -> Iterator[tuple[str, _Received]]:
    received = _Received(refusal=refusal)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Own", (_Handler,), {"received": received}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    recipe = small_recipe(write_small_model(folder / "base"), max_steps=1)
    data = write_small_build(folder / "build")
    out = folder / "longer"
    finetune(recipe, data=data, model=None, output=str(out), start=Start.RESUME, observer=RecordingObserver())
    return out


@pytest.mark.parametrize("visibility", list(Visibility))
def test_model_folder_is_uploaded_without_what_only_the_run_needs(model: Path, visibility: Visibility) -> None:
    with _hub() as (endpoint, received):
        address = push_model(str(model), NAME, visibility=visibility, endpoint=endpoint)
    assert address == f"{endpoint}/{NAME}/commit/{'a' * 40}"
    (made,) = received.made
    assert made.get("visibility", "private" if made.get("private") else "public") == visibility.value
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "training.json"} <= received.files.keys()
    assert not any(name.startswith(("checkpoints", "logs", "tokens/", "run.json", ".")) for name in received.files)
    assert all(data == (model / name).read_bytes() for name, data in received.files.items())
    assert received.tokens == {"Bearer hf_of_a_test"}


@pytest.mark.parametrize("status", [401, 403])
def test_hub_that_lets_the_user_not_write_is_told_with_the_remedy(model: Path, status: int) -> None:
    with _hub(refusal=status) as (endpoint, _), pytest.raises(InputError, match="does not let you write") as refused:
        push_model(str(model), NAME, visibility=Visibility.PRIVATE, endpoint=endpoint)
    assert "HF_TOKEN" in (refused.value.remedy or "")


def test_hub_that_refuses_or_is_away_is_an_error_of_the_run(model: Path) -> None:
    with _hub() as (endpoint, _):
        pass
    with pytest.raises(RunError, match="cannot be reached"):
        push_model(str(model), NAME, visibility=Visibility.PRIVATE, endpoint=endpoint)
    with _hub(refusal=422) as (endpoint, _), pytest.raises(RunError, match="refused the upload"):
        push_model(str(model), NAME, visibility=Visibility.PRIVATE, endpoint=endpoint)


def test_folder_without_a_finished_model_or_with_a_damaged_one_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="holds no finished model"):
        uploaded_files(tmp_path)
    for name in uploaded_files(model):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    assert uploaded_files(tmp_path) == uploaded_files(model)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DamagedFileError, match=r"tokenizer\.json"):
        uploaded_files(tmp_path)


def test_name_that_is_none_is_refused(model: Path) -> None:
    with _hub() as (endpoint, _), pytest.raises(InputError, match="is not a name of a repository"):
        push_model(str(model), "me/../longer/x", visibility=Visibility.PRIVATE, endpoint=endpoint)
