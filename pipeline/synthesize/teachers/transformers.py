"""The `transformers` teacher: greedy or sampled generation in this process, on a CPU or one GPU.

Used by the quickstart, whose teacher is the embedded 135M model. Batches are padded on the left. On a CPU in bfloat16,
32 short prompts together cost little more than one. Batch composition can change the rounding and therefore an answer.
To get the same bytes again, the same batch must be asked again, which is why `synthesize.cache` stores whole batches.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from pipeline.config.build import TeacherOptions
from pipeline.errors import TeacherError
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.synthesize.teachers.plugin import TeacherPlugin, require_package
from pipeline.synthesize.teachers.prompt_ids import encode_fitting
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
)

_CORES_PER_THREAD = 4
"""Number of CPU cores for each torch thread.

Torch's threads use the CPU while they wait. With one thread per core, a second busy process, such as a Beam worker,
makes a batch of 32 ten times slower (2 cores, 16 tokens: 70 s instead of 6 s). Alone, the process would be faster with
more threads (2.2 s instead of 4.5 s).
"""
_STOP_TAIL_TOKENS = 8
"""Number of last tokens that are searched for a stop string."""


class TransformersOptions(TeacherOptions):
    """Options of a model in this process, on a CPU or one GPU; it needs the extra `train`."""

    kind: Literal["transformers"] = "transformers"
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    """Type of the weights; `auto` means `bfloat16`."""


class TransformersTeacher:
    """A teacher that loads its model when it is created. The embedded model takes about 0.3 GB."""

    batch_order = BatchOrder.BY_LENGTH

    def __init__(self, options: TransformersOptions) -> None:
        """Load the tokenizer and the model.

        Raises:
            MissingExtraError: torch, or a package for converting the embedded model, is not installed.
            InputError: the reference is not a folder or hub name, or the model's weights are pickles.
            TeacherError: the model cannot be loaded.
        """
        _check(options)
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model = options.model
        self.name = f"transformers:{model}"
        self._torch = torch
        self._max_model_tokens = options.max_model_tokens
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._reference = model
        folder = resolve_weights(model)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, padding_side="left", trust_remote_code=False)
            loaded = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=torch.bfloat16 if options.dtype == "auto" else options.dtype,
                trust_remote_code=False,
                use_safetensors=True,
            )
        except (OSError, ValueError) as error:
            explained = cannot_load("teacher", model, error, remedy="Check synthesize.teacher.model.")
            raise TeacherError(explained.message, remedy=explained.remedy) from error
        self._model: Any = loaded.to(self._device).eval()
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer requests in one padded batch for each combination of sampling and stop strings.

        See `BatchTeacher.answer`.
        """
        ids, replies = encode_fitting(requests, reference=self._reference, max_model_tokens=self._max_model_tokens)
        groups: dict[tuple[Sampling, tuple[str, ...]], list[int]] = {}
        for index in ids:
            request = requests[index]
            groups.setdefault((request.sampling, _stop_strings(request)), []).append(index)
        for (sampling, stop), members in groups.items():
            replies |= zip(members, self._generate([ids[i] for i in members], sampling, stop), strict=True)
        return [replies[index] for index in range(len(requests))]

    def _generate(self, ids: list[list[int]], sampling: Sampling, stop: tuple[str, ...]) -> list[TeacherReply]:
        torch = self._torch
        batch = self._tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(self._device)
        torch.manual_seed(sampling.seed)
        drawing = (
            {"do_sample": True, "temperature": sampling.temperature}
            if sampling.temperature > 0
            else {"do_sample": False}
        )
        width = batch["input_ids"].shape[1]
        options: dict[str, Any] = {"stopping_criteria": [self._stop_check(stop, width)]} if stop else {}
        with torch.inference_mode(), self._few_threads():
            output = self._model.generate(
                **batch,
                **drawing,
                **options,
                max_new_tokens=sampling.max_answer_tokens,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        return [self._reply(row[width:].tolist(), len(prompt), stop) for row, prompt in zip(output, ids, strict=True)]

    @contextmanager
    def _few_threads(self) -> Iterator[None]:
        """Limit torch's threads inside the block; see `_CORES_PER_THREAD`."""
        before = self._torch.get_num_threads()
        self._torch.set_num_threads(max(1, (os.cpu_count() or 1) // _CORES_PER_THREAD))
        try:
            yield
        finally:
            self._torch.set_num_threads(before)

    def _stop_check(self, stop: tuple[str, ...], width: int) -> Any:
        """Return a function that finds stop strings.

        It replaces the one in the transformers library, which takes longer than a generation step of a 135M model.
        """
        torch = self._torch

        def has_stopped(ids_BT: Any, scores: Any, **_: Any) -> Any:  # B rows, T tokens with the padded prompt
            tails = ids_BT[:, max(width, ids_BT.shape[1] - _STOP_TAIL_TOKENS) :].tolist()
            texts = [self._tokenizer.decode(tail) for tail in tails]
            done = [any(s in text for s in stop) for text in texts]
            return torch.tensor(done, dtype=torch.bool, device=ids_BT.device)

        return has_stopped

    def _reply(self, answer_ids: list[int], num_prompt_tokens: int, stop: tuple[str, ...]) -> TeacherReply:
        ends = {self._tokenizer.eos_token_id, self._tokenizer.pad_token_id}
        length = next((i for i, token in enumerate(answer_ids) if token in ends), None)
        kept = answer_ids if length is None else answer_ids[:length]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        cuts = [text.index(s) for s in stop if s in text]
        ended = length is not None or bool(cuts)
        return TeacherReply(
            text=text[: min(cuts)] if cuts else text,
            finish_reason=FinishReason.STOP if ended else FinishReason.LENGTH,
            num_prompt_tokens=num_prompt_tokens,
            num_cached_tokens=0,
            num_answer_tokens=len(kept),
            error="",
        )


def _stop_strings(request: TeacherRequest) -> tuple[str, ...]:
    return () if isinstance(request.prompt, ChatPrompt) else request.prompt.stop


def _check(options: TransformersOptions) -> None:
    require_package("torch", kind=options.kind, needed="torch", extra="train")


TEACHER = TeacherPlugin(options=TransformersOptions, open=lambda options, _: TransformersTeacher(options), check=_check)
