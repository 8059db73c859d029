"""Validation and the passkey probe, beside the model's own logits and beside greedy decoding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from small_student import small_recipe, small_tokenizer, write_small_model
from transformers import PreTrainedTokenizerFast

from pipeline.config.stages import StageData
from pipeline.train.data.batch import collate
from pipeline.train.data.passkey import ANSWER_TOKENS, PasskeyPrompt, make_prompts, min_prompt_tokens
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, generate_answers
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.stopping import StopPoints
from pipeline.train.loop.validation import probe_passkey, validate
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import Student, build_student
from pipeline.train.run.record import RowCounts
from pipeline.train.run.stages import TrainingStage, resolve_stages

LENGTH, SEED = 512, 3
STOPS = StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=torch.device("cpu"))
ALONE: dict[str, Any] = {"documents": {}, "ranks": OneRank(), "stops": STOPS}
PROBE = {"lengths": [LENGTH], "depths": [0.0, 1.0], "samples": 2}


class Packs:
    """Packs that are already in memory."""

    def __init__(self, packs: Sequence[Sequence[TokenizedRow]]) -> None:
        self._packs = packs
        self.counts = RowCounts(0, 0, 0, 0, 0, 0)

    def __len__(self) -> int:
        return len(self._packs)

    def lengths_of(self, pack: int) -> Sequence[int]:
        return [row.num_tokens for row in self._packs[pack]]

    def num_trained(self, pack: int) -> int:
        return sum(int(row.is_answer_T[1:].sum()) for row in self._packs[pack])

    def rows_of(self, pack: int) -> Sequence[TokenizedRow]:
        return self._packs[pack]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("validation") / "base")


def _student(model: str, **settings: object) -> tuple[Student, TrainingStage]:
    tuning = {"method": "full"}
    recipe = small_recipe(model, **({"tuning": tuning, "rope": {"method": "none"}, "max_tokens": 512} | settings))
    (stage,) = resolve_stages(recipe.finetune, base_model=model)
    return build_student(model, stage.settings, seed=1), stage


def _row(length: int, *, seed: int) -> TokenizedRow:
    numbers = np.random.default_rng(seed)
    is_answer_T = numbers.random(length) < 0.4
    return TokenizedRow(f"r{seed}", numbers.integers(0, 250, length, dtype=np.int32), is_answer_T, 3.0)


@pytest.mark.parametrize("pattern", ["full", "s2"])
def test_validation_is_the_mean_over_trained_tokens_under_full_attention(model: str, pattern: str) -> None:
    student, stage = _student(model, attention={"pattern": pattern})
    rows = [_row(length, seed=length) for length in (300, 70, 130, 400)]
    student.model.train()  # as between two steps
    found = validate(
        student,
        Packs([rows[:3], rows[3:]]),
        StageData.SFT,
        stage=stage,
        step=7,
        **ALONE,
    )
    total, count = 0.0, 0
    for row in rows:
        ids_1T = torch.from_numpy(row.ids_T.astype(np.int64))[None]
        with torch.no_grad():
            student.model.set_attn_implementation("eager")
            student.model.eval()
            logits_TV = student.model(input_ids=ids_1T, use_cache=False).logits[0]
        is_target = torch.from_numpy(row.is_answer_T[1:])
        losses = torch.nn.functional.cross_entropy(logits_TV[:-1], ids_1T[0, 1:], reduction="none")[is_target]
        total, count = total + float(losses.sum()), count + losses.numel()
    assert (found.step, found.data, found.trained_tokens) == (7, "sft", count)
    assert count > 200
    assert found.loss == pytest.approx(total / count, rel=1e-5)


def test_probe_agrees_with_greedy_decoding_before_and_after_the_keys_are_learned(model: str) -> None:
    student, stage = _student(model, probe=PROBE)
    tokenizer = small_tokenizer()
    prompts = [
        prompt
        for depth in (0.0, 1.0)
        for prompt in make_prompts(tokenizer, length=LENGTH, depth=depth, samples=2, seed=SEED)
    ]

    def probed() -> list[int]:
        found = list(probe_passkey(student, stage=stage, base_model=model, step=1, seed=SEED, stops=STOPS))
        assert [(cell.length, cell.depth, cell.samples) for cell in found] == [(LENGTH, 0.0, 2), (LENGTH, 1.0, 2)]
        return [cell.hits for cell in found]

    def decoded() -> list[int]:
        student.model.eval().set_attn_implementation("eager")
        asked = [TokenizedPrompt(np.array(prompt.ids, dtype=np.uint32), ANSWER_TOKENS) for prompt in prompts]
        limits = GreedyLimits(stop_ids=frozenset(), max_batch_tokens=4 * LENGTH)
        answers = dict(generate_answers(student.model, asked, limits=limits))
        texts = [tokenizer.decode(answers[number].ids, skip_special_tokens=True) for number in range(len(prompts))]
        hits = [re.findall(r"\d+", text)[:1] == [prompt.key] for text, prompt in zip(texts, prompts, strict=True)]
        return [sum(hits[:2]), sum(hits[2:])]

    assert probed() == [0, 0]
    _learn(student, prompts[:3], tokenizer)
    assert probed() == [2, 1], "three of the four keys were learned by heart"
    assert decoded() == [2, 1]


def _learn(student: Student, prompts: Sequence[PasskeyPrompt], tokenizer: PreTrainedTokenizerFast) -> None:
    rows = []
    for prompt in prompts:
        after = tokenizer(".")["input_ids"]  # more digits would make another number
        ids_T = np.asarray([*prompt.ids, *prompt.answer_ids(tokenizer), *after], dtype=np.int32)
        rows.append(TokenizedRow(prompt.key, ids_T, np.arange(ids_T.size) >= len(prompt.ids), 1.0))
    batch = collate(rows, device=student.device)
    optimizer = torch.optim.Adam(student.trainables().values(), lr=0.01)
    student.model.train()
    for _ in range(80):
        pack_loss(student, batch, [0.05] * len(rows), z_loss=0.0, chunk_tokens=64).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def test_probe_without_room_or_beyond_the_stage_asks_nothing(model: str) -> None:
    least = min_prompt_tokens(small_tokenizer())
    assert ANSWER_TOKENS < least < LENGTH
    student, stage = _student(model, probe=PROBE | {"lengths": [least - 1, 513]})
    assert list(probe_passkey(student, stage=stage, base_model=model, step=1, seed=SEED, stops=STOPS)) == []
    student, stage = _student(model, probe=PROBE | {"lengths": [least]})
    assert len(list(probe_passkey(student, stage=stage, base_model=model, step=1, seed=SEED, stops=STOPS))) == 2
    # By default a quarter of the pack, too short here, and all of it.
    student, stage = _student(model, probe=PROBE | {"lengths": [], "depths": [0.5]})
    (cell,) = probe_passkey(student, stage=stage, base_model=model, step=1, seed=SEED, stops=STOPS)
    assert cell.length == 512


def test_key_and_answer_of_a_prompt_fit_its_length() -> None:
    tokenizer = small_tokenizer()
    (prompt,) = make_prompts(tokenizer, length=LENGTH, depth=0.5, samples=1, seed=SEED)
    assert tokenizer.decode(prompt.answer_ids(tokenizer)) == f" {prompt.key}"
    assert len(prompt.ids) + len(prompt.answer_ids(tokenizer)) <= LENGTH
    assert tokenizer.decode(prompt.ids).endswith("number")


class TwoRanks(OneRank):
    """This rank has the packs of even number; the other one's sums are given."""

    def __init__(self, others: Sequence[float]) -> None:
        self._others = others

    def share(self, costs: Sequence[int]) -> Sequence[int | None]:
        self.costs = list(costs)
        return [*range(0, len(costs), 2), None]

    def sum(self, values: Sequence[float]) -> list[float]:
        return [a + b for a, b in zip(values, self._others, strict=True)]


def test_validation_counts_the_packs_of_all_ranks_and_weighs_rows_alike(model: str) -> None:
    student, stage = _student(model)
    packs = [[_row(60, seed=1), _row(20, seed=2)], [_row(30, seed=3)], [_row(50, seed=4)]]
    whole, alone, others = (
        validate(student, Packs(of), StageData.CORPUS, stage=stage, step=4, **ALONE)
        for of in (packs, packs[::2], packs[1:2])
    )
    assert (whole.step, whole.stage, whole.data) == (4, "main", "corpus")
    ranks = TwoRanks([others.loss * others.trained_tokens, others.trained_tokens])
    found = validate(student, Packs(packs), StageData.CORPUS, stage=stage, step=4, **(ALONE | {"ranks": ranks}))
    assert ranks.costs == [60**2 + 20**2, 30**2, 50**2]
    assert found.trained_tokens == whole.trained_tokens == alone.trained_tokens + others.trained_tokens
    assert found.loss == pytest.approx(whole.loss, rel=1e-6) != pytest.approx(alone.loss, rel=1e-3)
    trained = sum(int(row.is_answer_T[1:].sum()) for pack in packs for row in pack)
    assert whole.trained_tokens == trained
    assert 0.0 <= whole.seconds < 60.0


def test_probe_of_a_cell_is_the_mean_over_its_prompts_and_the_same_at_every_step(model: str) -> None:
    student, stage = _student(model, probe=PROBE | {"depths": [0.3], "samples": 3})
    tokenizer = small_tokenizer()
    losses, hits = [], 0
    student.model.eval()
    for prompt in make_prompts(tokenizer, length=LENGTH, depth=0.3, samples=3, seed=SEED):
        answer = prompt.answer_ids(tokenizer)
        ids_1T = torch.tensor([[*prompt.ids, *answer]])
        with torch.no_grad():
            logits_TV = student.model(input_ids=ids_1T).logits[0, len(prompt.ids) - 1 : -1]
        losses.append(float(torch.nn.functional.cross_entropy(logits_TV, torch.tensor(answer))))
        hits += logits_TV.argmax(dim=1).tolist() == list(answer)
    cells = [
        next(iter(probe_passkey(student, stage=stage, base_model=model, step=step, seed=SEED, stops=STOPS)))
        for step in (3, 8)
    ]
    for cell, step in zip(cells, (3, 8), strict=True):
        assert (cell.step, cell.stage, cell.length, cell.depth, cell.samples, cell.hits) == (
            step, "main", LENGTH, 0.3, 3, hits,
        )  # fmt: skip
        assert cell.key_loss == pytest.approx(sum(losses) / 3, rel=1e-4)
    (other,) = probe_passkey(student, stage=stage, base_model=model, step=3, seed=SEED + 1, stops=STOPS)
    assert other.key_loss != cells[0].key_loss


def test_probe_asks_at_every_length_and_depth_in_order_and_by_default_a_quarter_and_the_whole(model: str) -> None:
    least = min_prompt_tokens(small_tokenizer())
    student, stage = _student(
        model, max_tokens=4 * least, probe={"depths": [0.2, 0.8]}, rope={"method": "linear", "factor": 8.0}
    )
    found = list(probe_passkey(student, stage=stage, base_model=model, step=1, seed=SEED, stops=STOPS))
    assert [(cell.length, cell.depth) for cell in found] == [
        (length, depth) for length in (least, 4 * least) for depth in (0.2, 0.8)
    ]
