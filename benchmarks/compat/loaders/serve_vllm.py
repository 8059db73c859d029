"""Starts vLLM's server on an exported model, and asks it one conversation; run in an environment of its own.

    python -m benchmarks.compat.loaders.serve_vllm SERVED OUT

`SERVED` has the model in `model/` and the question in `asked.json`. Writes a JSON object to `OUT`: `prompt_ids`, as the
server tokenizes the conversation, and `token_ids` and `logprobs` of its greedy answer. The server runs in float32, so
that its answers can be compared, and listens on this machine only. Its output goes to `server.log` beside `OUT`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_START_SECONDS = 1500.0
_ANSWER_SECONDS = 600.0
_STOP_SECONDS = 60.0
_CONTEXT_TOKENS = 2048
_CPU = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
"""Without the first, the server takes half of the machine's memory for its cache."""


def main(served: Path, out: Path) -> None:
    """Serve, ask, and stop the server."""
    asked = json.loads((served / "asked.json").read_text(encoding="utf-8"))
    port = _free_port()
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(served / "model")]
    command += ["--max-model-len", str(_CONTEXT_TOKENS), "--dtype", "float32"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--served-model-name", "model"]
    address = f"http://127.0.0.1:{port}"
    with (out.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**_CPU, **os.environ})
        try:
            _wait(address, server)
            prompt = _post(f"{address}/tokenize", {"model": "model", "messages": asked["messages"]})["tokens"]
            answer = _answer(address, prompt, num_tokens=asked["num_tokens"])
        finally:
            server.terminate()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
    out.write_text(json.dumps({"prompt_ids": prompt, **answer}), encoding="utf-8")


def _answer(address: str, prompt: list[int], *, num_tokens: int) -> dict[str, Any]:
    asked = {
        "model": "model",
        "prompt": prompt,
        "max_tokens": num_tokens,
        "temperature": 0,
        "logprobs": 0,
        "ignore_eos": True,
        "return_token_ids": True,
    }
    choice = _post(f"{address}/v1/completions", asked)["choices"][0]
    return {"token_ids": choice["token_ids"], "logprobs": choice["logprobs"]["token_logprobs"]}


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers.

    Raises:
        RuntimeError: the server has ended, or does not answer in time.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"vLLM's server ended with {server.returncode} before it answered; see server.log")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=10):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(2)
    raise RuntimeError(f"vLLM's server did not answer within {_START_SECONDS:.0f} s; see server.log")


def _post(url: str, body: dict[str, Any]) -> Any:  # Any: JSON
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as response:
        return json.load(response)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
