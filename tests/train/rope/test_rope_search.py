"""A whole search on a small model: exact measurements, resuming after a kill, and what it writes."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from prose import document
from small_architectures import random_model
from small_student import ORIGINAL_TOKENS, small_config, write_small_model
from transformers import LlamaForCausalLM, PreTrainedModel

from pipeline.config.rope import PrefixStates, RopeMethod, RopeRecipe, RopeSearchRecipe
from pipeline.errors import InputError
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.rope.search.candidate import Candidate, SearchSpace, candidate, seeds
from pipeline.train.rope.search.documents import Stream
from pipeline.train.rope.search.perplexity import ReusedPrefix, recomputed_nll
from pipeline.train.rope.search.rotation import KeyTurn, candidate_rotary
from pipeline.train.rope.search.run import SearchResult, search_rope
from pipeline.train.rope.search.store import FitnessStore
from pipeline.train.scaled_config import config_scaling, with_scaling
from pipeline.train.scaled_model import load_scaled_model

FAMILIES = ("gemma3", "phi", "hyperclovax")
SETTINGS = RopeSearchRecipe(
    max_evaluations=16, documents=2, held_out_documents=1, scored_tokens=32, finalists=2, dtype="float32", device="cpu"
)


class Silent:
    """Counts candidates."""

    def __init__(self) -> None:
        self.perplexities: list[float] = []
        self.planned = 0

    def on_phase(self, description: str) -> None:
        pass

    def on_plan(self, num_candidates: int) -> None:
        self.planned = num_candidates

    def on_candidate(self, candidate: Candidate, perplexity: float, best: float) -> None:
        assert best <= perplexity
        self.perplexities.append(perplexity)


def _documents(folder: Path) -> str:
    folder.mkdir()
    for index in range(4):
        (folder / f"document{index}.txt").write_text(
            document(("en", "ko")[index % 2], index, num_sentences=60), encoding="utf-8"
        )
    return str(folder)


def _search(
    tmp_path: Path,
    observer: Silent,
    settings: RopeSearchRecipe = SETTINGS,
    *,
    original_max_tokens: int | None = None,
) -> SearchResult:
    model = tmp_path / "model"
    if not model.is_dir():
        write_small_model(model)
        _documents(tmp_path / "documents")
    return search_rope(
        str(model),
        factor=4.0,
        data=[str(tmp_path / "documents")],
        original_max_tokens=original_max_tokens,
        settings=settings,
        seed=3,
        output=tmp_path / "search",
        observer=observer,
    )


def _space(scaling: RopeScaling) -> SearchSpace:
    return SearchSpace(4.0, scaling.original_max_tokens, len(scaling.divisors), (0,))


def _stream(length: int) -> Stream:
    return Stream(tuple((7 * i + i * i // 11) % 256 for i in range(length)), 1)


def _plain_nll(model: PreTrainedModel, stream: Stream, scored_tokens: int) -> float:
    """By the model's own logits, with nothing of the search."""
    ids_1T = torch.tensor([stream.ids])
    with torch.inference_mode():
        logits_TV = model(input_ids=ids_1T, use_cache=False).logits[0, :-1]
    return float(torch.nn.functional.cross_entropy(logits_TV[-scored_tokens:], ids_1T[0, -scored_tokens:]))


def test_search_counts_from_the_recipes_original_length(tmp_path: Path) -> None:
    found = _search(tmp_path, Silent(), original_max_tokens=ORIGINAL_TOKENS // 2)
    assert (found.original_max_tokens, found.target_tokens) == (ORIGINAL_TOKENS // 2, 2 * ORIGINAL_TOKENS)
    fragment = yaml.safe_load(Path(found.fragment).read_text(encoding="utf-8"))
    assert fragment["finetune"]["rope"]["original_max_tokens"] == ORIGINAL_TOKENS // 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", [RopeMethod.YARN, RopeMethod.LINEAR, RopeMethod.NTK])
def test_swapped_angles_give_the_likelihood_of_a_model_built_with_the_scaling(family: str, method: RopeMethod) -> None:
    torch.manual_seed(1)
    model = random_model(family)
    scaling = config_scaling(model.config)
    rope = RopeRecipe(method=method, factor=4.0)
    built = type(model)(with_scaling(model.config, rope, reference=family)).eval()
    built.load_state_dict(model.state_dict())
    stream = _stream(3 * ORIGINAL_TOKENS)
    (known,) = [one for one in seeds(_space(scaling), theta=scaling.theta) if one.origin == method.value]
    with candidate_rotary(model, scaling) as rotary:
        swapped = recomputed_nll(model, rotary, known, stream, scored_tokens=64)
    # Candidates keep four decimals of a divisor.
    assert swapped == pytest.approx(_plain_nll(built, stream, 64), rel=2e-3)
    assert swapped != pytest.approx(_plain_nll(model, stream, 64), rel=1e-6), "the method changes something"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reused_prefix_is_exact_for_the_candidate_it_was_computed_under(family: str) -> None:
    model = random_model(family)
    scaling = config_scaling(model.config)
    yarn = seeds(_space(scaling), theta=scaling.theta)[0]
    stream = _stream(2 * ORIGINAL_TOKENS)
    with candidate_rotary(model, scaling) as rotary:
        reused = ReusedPrefix(model, rotary, yarn, stream, scaling=scaling, scored_tokens=48)
        first, again = reused.nll(yarn), reused.nll(yarn)
        assert first == again
        assert first == pytest.approx(recomputed_nll(model, rotary, yarn, stream, scored_tokens=48), rel=1e-5)


def test_a_reused_prefix_is_exact_in_a_model_of_one_layer() -> None:
    # There keys and values before the scored tokens do not depend on the rotation, so turning the keys is all there is.
    torch.manual_seed(2)
    model = LlamaForCausalLM(small_config(num_hidden_layers=1)).eval()
    scaling = config_scaling(model.config)
    yarn, *others = seeds(_space(scaling), theta=scaling.theta)
    others.append(replace(others[0], start_tokens=5))
    stream = _stream(3 * ORIGINAL_TOKENS)
    with candidate_rotary(model, scaling) as rotary:
        reused = ReusedPrefix(model, rotary, yarn, stream, scaling=scaling, scored_tokens=48)
        for one in others:
            exact = recomputed_nll(model, rotary, one, stream, scored_tokens=48)
            assert reused.nll(one) == pytest.approx(exact, rel=1e-4), one.origin
        assert reused.nll(others[0]) != pytest.approx(reused.nll(yarn), rel=1e-6)


def test_turning_keys_twice_brings_them_back() -> None:
    scaling = config_scaling(random_model("phi").config)
    one, other = seeds(_space(scaling), theta=scaling.theta)[:3:2]
    keys = torch.randn(1, 2, 40, 16)
    there, back = (KeyTurn(a, b, scaling, 40, "cpu") for a, b in ((one, other), (other, one)))
    turned = there(keys)
    assert not torch.allclose(turned, keys, atol=1e-3)
    assert torch.allclose(back(turned), keys, atol=1e-5)
    assert torch.equal(turned[..., 8:], keys[..., 8:]), "phi rotates half of each head"


def test_the_model_is_as_before_after_the_search() -> None:
    model = random_model("hyperclovax")
    before = _plain_nll(model, _stream(100), 20)
    scaling = config_scaling(model.config)
    with candidate_rotary(model, scaling) as rotary:
        recomputed_nll(model, rotary, seeds(_space(scaling), theta=scaling.theta)[0], _stream(100), scored_tokens=20)
    assert _plain_nll(model, _stream(100), 20) == before


def test_a_model_that_pairs_its_dimensions_otherwise_is_refused() -> None:
    model = random_model("cohere")
    with pytest.raises(InputError, match="pairs its dimensions"), candidate_rotary(model, config_scaling(model.config)):
        pass


@pytest.mark.parametrize("prefix_states", PrefixStates)
def test_search_writes_a_fragment_that_trains_and_a_record(tmp_path: Path, prefix_states: PrefixStates) -> None:
    observer = Silent()
    result = _search(tmp_path, observer, SETTINGS.model_copy(update={"prefix_states": prefix_states}))
    assert observer.planned == len(observer.perplexities) == result.num_candidates
    assert all(math.isfinite(value) for value in observer.perplexities)
    fragment = yaml.safe_load(Path(result.fragment).read_text(encoding="utf-8"))
    rope = RopeRecipe.model_validate(fragment["finetune"]["rope"])
    assert rope.long_factors == rope.short_factors == result.divisors
    _, scaling = load_scaled_model(str(tmp_path / "model"), rope, dtype=torch.float32)
    assert scaling.max_tokens == 4 * ORIGINAL_TOKENS == result.target_tokens
    assert scaling.attention_factor == result.attention_factor
    # The winner is the better of the finalists and YaRN, so on the documents of the search it cannot be worse.
    assert result.on_search_documents.searched <= result.on_search_documents.yarn
    assert json.loads((tmp_path / "search" / "search.json").read_text())["num_candidates"] == result.num_candidates
    assert list(result.ranking) == sorted(result.ranking, reverse=True)


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from pathlib import Path
import test_rope_search as search

class Dying(search.Silent):
    def on_candidate(self, candidate, perplexity, best):
        super().on_candidate(candidate, perplexity, best)
        if len(self.perplexities) == {after}:
            os.kill(os.getpid(), signal.SIGKILL)

search._search(Path({folder!r}), Dying())
"""


def test_a_killed_search_goes_on_and_ends_as_if_it_had_not_been_killed(tmp_path: Path) -> None:
    whole = _search(tmp_path, Silent())
    store = tmp_path / "search" / "fitness.jsonl"
    lines = store.read_text(encoding="utf-8").splitlines()
    store.unlink()
    here = Path(__file__).parent
    program = KILLED.format(paths=[str(here), str(here.parents[1])], after=5, folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    left = store.read_text(encoding="utf-8").splitlines()
    assert left == lines[:10], "five candidates on two documents"
    store.write_text("\n".join(left) + '\n{"context": "cut sh', encoding="utf-8")
    assert _search(tmp_path, Silent()) == whole
    after = [line for line in store.read_text(encoding="utf-8").splitlines() if "cut sh" not in line]
    assert after == lines, "nothing was measured twice"


def test_store_keeps_measurements_of_other_contexts_apart(tmp_path: Path) -> None:
    FitnessStore(tmp_path, context="one").put("candidate", "document", "reused", 1.5)
    assert FitnessStore(tmp_path, context="one").get("candidate", "document", "reused") == 1.5
    assert FitnessStore(tmp_path, context="one").get("candidate", "document", "recomputed") is None
    assert len(FitnessStore(tmp_path, context="other")) == 0


def test_search_refuses_documents_that_are_too_short(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"make \d+ streams of 2,048 tokens and 31 are needed"):
        _search(tmp_path, Silent(), SETTINGS.model_copy(update={"documents": 30}))


def test_search_says_when_streams_are_joined(tmp_path: Path) -> None:
    write_small_model(tmp_path / "model")
    (tmp_path / "documents").mkdir()
    for index in range(40):
        text = document("en", index, num_sentences=8)
        (tmp_path / "documents" / f"{index}.txt").write_text(text, encoding="utf-8")
    result = _search(tmp_path, Silent(), SETTINGS.model_copy(update={"max_evaluations": 10}))
    assert any("3 of 3 streams are joined" in note for note in result.notes)


def test_search_refuses_a_scaled_model(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    write_small_model(tmp_path / "model", rope_parameters=scaled)
    with pytest.raises(InputError, match="scaled already"):
        _search(tmp_path, Silent())


def test_candidates_outside_the_space_are_brought_into_it() -> None:
    space = SearchSpace(factor=2.0, original_max_tokens=512, half=4, start_tokens=(0,))
    one = candidate([0.5, 3.0, 1.2, 1e30], 9.0, 0, "test", space=space)
    assert one.divisors == (1.0, 2.5, 2.5, 2.5)
    assert one.attention_factor == space.max_attention_factor
