"""The `vllm` teacher: the engine in this process, with prefix caching; the one home of `vllm`.

Requests of one document come one after the other, so every one but the first finds the document's blocks in the
prefix cache; how many tokens that saved is counted on each reply. Chat answers are held to their JSON schema while
they are decoded.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Sequence
from typing import Any

from pipeline.errors import MissingExtraError, TeacherError
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.synthesize.teachers.prompt_ids import prompt_ids
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    too_long_reply,
)

_CPU_BLOCK_TOKENS = 32


class VllmTeacher:
    """Starts the engine when built: 30 s on a CPU, a minute or more for a large model on GPUs."""

    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(
        self,
        *,
        model: str,
        dtype: str,
        max_model_tokens: int,
        max_concurrent_requests: int,
        gpu_memory_utilization: float,
        cpu_kv_cache_gib: int,
        tensor_parallel_size: int,
        seed: int,
    ) -> None:
        """Start the engine.

        Args:
            model: a reference as `io.models.resolve_model` takes it.
            dtype: `auto`, `bfloat16` or `float32`.
            max_model_tokens: the window; a longer request is not asked.
            max_concurrent_requests: sequences the engine runs side by side.
            gpu_memory_utilization: share of each GPU's memory the engine may take.
            cpu_kv_cache_gib: KV cache of the CPU build, in GiB.
            tensor_parallel_size: GPUs the model is spread over.
            seed: of the engine.

        Raises:
            MissingExtraError: vLLM is not installed.
            InputError: the model's weights are pickles.
            TeacherError: the engine does not start.
        """
        if importlib.util.find_spec("vllm") is None:
            raise MissingExtraError("The vllm teacher needs vLLM.", extra="vllm")
        # read by the CPU build when the engine starts; the user's own setting wins
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(cpu_kv_cache_gib))
        from vllm import LLM

        self.name = f"vllm:{model}"
        self._reference = model
        self._max_model_tokens = max_model_tokens
        folder = resolve_weights(model)
        try:
            self._engine: Any = LLM(
                folder,
                load_format="safetensors",
                trust_remote_code=False,
                dtype=dtype,
                max_model_len=max_model_tokens,
                max_num_seqs=max_concurrent_requests,
                gpu_memory_utilization=gpu_memory_utilization,
                tensor_parallel_size=tensor_parallel_size,
                enable_prefix_caching=True,
                # The CPU build's own blocks of 128 tokens are longer than the worked examples that prompts share.
                block_size=None if _has_gpu() else _CPU_BLOCK_TOKENS,
                enforce_eager=not _has_gpu(),
                seed=seed,
            )
        except (RuntimeError, ValueError, OSError) as error:
            explained = cannot_load(
                "teacher",
                model,
                error,
                remedy="Check synthesize.teacher: model, max_model_tokens and the memory settings.",
            )
            raise TeacherError(f"vLLM does not start. {explained.message}", remedy=explained.remedy) from error

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer the requests in one pass of the engine; see `BatchTeacher.answer`.

        Raises:
            TeacherError: the engine died.
        """
        from vllm import TokensPrompt
        from vllm.exceptions import VLLMError

        replies: dict[int, TeacherReply] = {}
        prompts: list[Any] = []
        members: list[int] = []
        for index, request in enumerate(requests):
            ids = prompt_ids(request.prompt, self._reference)
            room = self._max_model_tokens - request.sampling.max_answer_tokens
            if len(ids) > room:
                replies[index] = too_long_reply(num_prompt_tokens=len(ids), room_tokens=room)
                continue
            prompts.append(TokensPrompt(prompt_token_ids=ids))
            members.append(index)
        sampling = [_sampling_params(requests[index]) for index in members]
        try:
            outputs = self._engine.generate(prompts, sampling, use_tqdm=False) if prompts else []
        except (RuntimeError, VLLMError) as error:
            raise TeacherError(f"The vLLM engine died: {error}.", remedy="The log above names the reason.") from error
        replies |= {index: _reply_of(output) for index, output in zip(members, outputs, strict=True)}
        return [replies[index] for index in range(len(requests))]


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


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())
