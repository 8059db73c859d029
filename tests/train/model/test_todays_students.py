"""Today's students: scaled, packed without leaks, exported and reloaded; or refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_architectures import TODAYS_STUDENTS, write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe

from pipeline.errors import InputError
from pipeline.train.attention.placement import Isolation, isolated_hidden_states
from pipeline.train.export.model_folder import export_model
from pipeline.train.layers.text_stack import text_stack
from pipeline.train.model.student import Student, build_student
from pipeline.train.rope.scaled_config import base_config, config_scaling

REFUSED = {"gemma4": "RoPE type 'proportional' is not supported"}
TRAINED = sorted(TODAYS_STUDENTS.keys() - REFUSED.keys())
WITH_RECURRENT_LAYERS = {"qwen3.5"}
ALREADY_SCALED = {"llama3.1"}
LENGTHS = (50, 70)
PROBE_IDS = [(7 * i) % 251 for i in range(200)]


def _student(folder: Path, name: str, **finetune: object) -> Student:
    model = write_random_model(folder / "base", name)
    rope = {"method": "yarn", "factor": 4.0, "replace_existing": name in ALREADY_SCALED}
    recipe = small_recipe(model, **({"rope": rope, "max_tokens": 400} | finetune)).finetune
    return build_student(model, recipe, seed=1)


@pytest.mark.parametrize("name", TRAINED)
def test_scaling_is_in_force_and_the_exported_model_reloads_equal(tmp_path: Path, name: str) -> None:
    student = _student(tmp_path, name)
    original = ORIGINAL_TOKENS // 4 if name in ALREADY_SCALED else ORIGINAL_TOKENS
    assert (student.scaling.method, student.scaling.max_tokens) == ("yarn", 4 * original)
    assert student.inv_freq_error < 1e-6
    check = export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS).reload
    assert (check.max_abs_logit_difference, check.num_tokens) == (0.0, 200)
    exported = config_scaling(base_config(str(tmp_path)))
    assert (exported.method, exported.max_tokens) == ("yarn", 4 * original)


@pytest.mark.parametrize("name", TRAINED)
@torch.no_grad()
def test_documents_of_a_pack_do_not_see_each_other(tmp_path: Path, name: str) -> None:
    student = _student(tmp_path, name)
    assert (student.attention.isolation is Isolation.ONE_BY_ONE) == (name in WITH_RECURRENT_LAYERS)
    model = student.model.eval()
    ids_1T = torch.arange(sum(LENGTHS))[None] * 7 % 251
    embedded_1TH = text_stack(model).get_input_embeddings()(ids_1T)
    positions_1T = torch.cat([torch.arange(length) for length in LENGTHS])[None]

    def hidden(embedded: torch.Tensor, positions: torch.Tensor, lengths: tuple[int, ...]) -> torch.Tensor:
        layout = student.attention.layout(lengths, student.attention.pattern, None)
        return isolated_hidden_states(model, embedded, positions, layout, student.attention.isolation)

    packed_TH = hidden(embedded_1TH, positions_1T, LENGTHS)
    as_one_TH = hidden(embedded_1TH, torch.arange(sum(LENGTHS))[None], (sum(LENGTHS),))
    alone_TH = torch.cat(
        [
            hidden(embedded, positions, (length,))
            for embedded, positions, length in zip(
                embedded_1TH.split(LENGTHS, dim=1), positions_1T.split(LENGTHS, dim=1), LENGTHS, strict=True
            )
        ]
    )
    assert torch.allclose(packed_TH, alone_TH, atol=1e-5)
    # As one document, the second half sees the first, so the comparison above can fail.
    assert not torch.allclose(as_one_TH[LENGTHS[0] :], alone_TH[LENGTHS[0] :], atol=1e-3)


@pytest.mark.parametrize("method", ["yarn", "none"])
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_student_that_cannot_be_scaled_is_refused_with_a_remedy(tmp_path: Path, name: str, method: str) -> None:
    with pytest.raises(InputError, match=REFUSED[name]) as refused:
        _student(tmp_path, name, rope={"method": method})
    assert "Use a model" in (refused.value.remedy or "")


@pytest.mark.parametrize("name", sorted(WITH_RECURRENT_LAYERS))
def test_pattern_that_recurrent_layers_cannot_follow_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="layers of a different kind \\(linear_attention\\)") as refused:
        _student(tmp_path, name, attention={"pattern": "s2"})
    assert refused.value.remedy == "Set finetune.attention.pattern to full."


def test_scaled_student_is_refused_unless_its_scaling_is_to_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"already has RoPE scaling: llama3 × 4, 512 tokens"):
        _student(tmp_path, "llama3.1", rope={"method": "yarn", "factor": 4.0})
