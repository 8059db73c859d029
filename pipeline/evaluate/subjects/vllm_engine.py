"""Subjects that run in this process with vLLM: `vllm:REF`.

Takes model references; answers prompts with vLLM's own batches and prefix cache. The engine is the one of the `vllm`
teacher. It starts with the first prompts, because it must know the longest one, and starts again for longer ones. That
takes 30 s on a CPU, and a minute or more for a large model on GPUs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError, RunError
from pipeline.evaluate.prompt import Answer, Prompt
from pipeline.evaluate.subjects.huggingface import SPREAD, describe_model
from pipeline.evaluate.subjects.references import VLLM_PREFIX
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.io.loading import cannot_load
from pipeline.synthesize.teachers.vllm import VllmOptions, start_engine
from pipeline.tokens.encode import Ids
from pipeline.train.generation.answer_text import answer_text
from pipeline.train.generation.stopping import stop_ids_of

_PROMPTS_PER_CALL = 64
"""The number of prompts that are handed to the engine together; their answers can be stored only after the call."""


def describe_vllm(reference: str, settings: EvaluateRecipe, *, name: str, role: Role) -> Subject:
    """Return a model's description, made from its config, its tokenizer and its fingerprint.

    Raises:
        InputError: the reference does not lead to a model with a fast tokenizer.
    """
    model = reference.removeprefix(VLLM_PREFIX)
    described = describe_model(model, name=name, role=role, template_options=settings.chat_template_kwargs)
    return replace(described, reference=reference, has_weights=False)


class VllmAnswering:
    """A model in vLLM that answers prompts; see `subject.Answering`."""

    def __init__(self, subject: Subject, settings: EvaluateRecipe) -> None:
        """Check the settings without starting the engine.

        Raises:
            InputError: vLLM has no such dtype, or does not run on such a device.
        """
        self._subject = subject
        self._model = subject.reference.removeprefix(VLLM_PREFIX)
        # vLLM adds those of the generation config.
        self._stop_ids = sorted(stop_ids_of(self._model))
        self._options = _options(self._model, settings)
        self._engine: Any = None  # a vllm.LLM

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[tuple[int, Answer]]:
        """Yield (number of the prompt, answer), in the given order of the prompts that fit into the model's context.

        Raises:
            InputError: the chat template refuses the messages.
            RunError: the engine does not start, or dies.
        """
        fitting: dict[int, Ids] = {}
        context = self._subject.context_tokens
        for number, prompt in enumerate(prompts):
            ids = self._subject.meter.ids(prompt)
            num_needed = ids.size + prompt.max_answer_tokens
            if context and num_needed > context:
                fault = f"the model's context has {context} tokens; prompt and answer need {num_needed}"
                yield number, Answer("", 0, fault=fault)
            else:
                fitting[number] = ids
        if not fitting:
            return
        self._start(max(ids.size + prompts[number].max_answer_tokens for number, ids in fitting.items()))
        numbers = list(fitting)
        for first in range(0, len(numbers), _PROMPTS_PER_CALL):
            some = numbers[first : first + _PROMPTS_PER_CALL]
            outputs = self._generate([fitting[n] for n in some], [prompts[n].max_answer_tokens for n in some])
            for number, output in zip(some, outputs, strict=True):
                found = output.outputs[0]
                is_cut = found.finish_reason == "length"
                yield number, Answer(answer_text(found.text), len(found.token_ids) - (not is_cut), is_cut=is_cut)

    def note_earlier_answers(self) -> None:
        """Do nothing: a model in this process refuses no prompt."""

    def close(self) -> None:
        """Stop the engine."""
        if self._engine is not None:
            self._engine.llm_engine.engine_core.shutdown()
            self._engine = None
            gc.collect()

    def _start(self, num_tokens: int) -> None:
        """Start the engine, if it does not run with a window of so many tokens already."""
        if self._engine is not None and num_tokens <= self._options.max_model_tokens:
            return
        self.close()
        self._options = self._options.model_copy(update={"max_model_tokens": num_tokens})
        try:
            self._engine = start_engine(self._options, seed=0)
        except (RuntimeError, ValueError, OSError) as error:
            explained = cannot_load(
                "model",
                self._model,
                error,
                remedy=f"See the log above. Leave out the longest length, or evaluate {self._model}.",
            )
            raise RunError(f"vLLM does not start. {explained.message}", remedy=explained.remedy) from error

    def _generate(self, ids: Sequence[Ids], max_answer_tokens: Sequence[int]) -> list[Any]:  # Any: vllm.RequestOutput
        from vllm import SamplingParams, TokensPrompt
        from vllm.exceptions import VLLMError

        prompts: list[Any] = [TokensPrompt(prompt_token_ids=one.tolist()) for one in ids]
        greedy = [
            SamplingParams(temperature=0.0, max_tokens=max_tokens, stop_token_ids=self._stop_ids)
            for max_tokens in max_answer_tokens
        ]
        try:
            return list(self._engine.generate(prompts, greedy, use_tqdm=False))
        except (RuntimeError, VLLMError) as error:
            raise RunError(f"The vLLM engine died: {error}.", remedy="See the reason in the log above.") from error


def _options(model: str, settings: EvaluateRecipe) -> VllmOptions:
    import torch

    if settings.device not in ("auto", "cpu", "cuda", SPREAD):
        raise InputError(
            f"evaluate.device is {settings.device}, which vLLM does not know.", remedy="Set it to auto, or to spread."
        )
    num_gpus = torch.cuda.device_count() if settings.device == SPREAD else 1
    try:
        return VllmOptions.model_validate(
            {"model": model, "dtype": settings.dtype, "tensor_parallel_size": max(1, num_gpus)}
        )
    except ValidationError as error:
        raise InputError(
            f"vLLM does not run with evaluate.dtype '{settings.dtype}'.", remedy="Use bfloat16 or float32."
        ) from error
