"""A whole search on a small model: exact measurements, resuming after a kill, and what it writes."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
import yaml
from packed_build import write_small_corpus
from prose import document
from small_architectures import random_model, write_random_model
from small_student import ORIGINAL_TOKENS, small_config, write_small_build, write_small_model
from transformers import LlamaForCausalLM, PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.rope import PrefixStates, RopeSearchRecipe
from pipeline.errors import InputError, RunError
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.records import Context
from pipeline.rope_search.candidate import Candidate, SearchSpace, candidate, seeds
from pipeline.rope_search.documents import Stream, read_streams
from pipeline.rope_search.perplexity import ReusedPrefix, recomputed_nll
from pipeline.rope_search.rotation import KeyTurn, candidate_angles, candidate_rotary
from pipeline.rope_search.run import Comparison, SearchResult, SearchTask, search_rope, search_streams
from pipeline.rope_search.run import _context as search_context
from pipeline.rope_search.store import FitnessStore
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.methods import make_method
from pipeline.train.rope.methods.longrope import LongRope
from pipeline.train.rope.scaled_config import config_scaling, with_scaling
from pipeline.train.rope.scaling import RopeScaling

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
        SearchTask(str(model), 4.0, original_max_tokens, [str(tmp_path / "documents")], 3),
        settings=settings,
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
@pytest.mark.parametrize("method", ["yarn", "linear", "ntk"])
def test_swapped_angles_give_the_likelihood_of_a_model_built_with_the_scaling(family: str, method: str) -> None:
    torch.manual_seed(1)
    model = random_model(family)
    scaling = config_scaling(model.config)
    rope = make_method(method, factor=4.0)
    built = type(model)(with_scaling(model.config, rope, reference=family)).eval()
    built.load_state_dict(model.state_dict())
    stream = _stream(3 * ORIGINAL_TOKENS)
    (known,) = [one for one in seeds(_space(scaling), theta=scaling.theta) if one.origin == method]
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
    rope = FinetuneRecipe.model_validate(fragment["finetune"]).rope
    assert isinstance(rope, LongRope)
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
    program = KILLED.format(paths=[str(here), str(here.parent)], after=5, folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    left = store.read_text(encoding="utf-8").splitlines()
    assert left == lines[:10], "five candidates on two documents"
    store.write_text("\n".join(left) + '\n{"context": "cut sh', encoding="utf-8")
    assert _search(tmp_path, Silent()) == whole
    after = [line for line in store.read_text(encoding="utf-8").splitlines() if "cut sh" not in line]
    assert after == lines, "nothing was measured twice"


def test_search_keeps_yarn_where_full_passes_find_it_best_though_it_was_no_finalist(tmp_path: Path) -> None:
    few = SETTINGS.model_copy(update={"max_evaluations": 10, "documents": 1, "finalists": 1})
    _search(tmp_path, Silent(), few)
    yarn = seeds(SearchSpace(4.0, ORIGINAL_TOKENS, 8, few.start_tokens), theta=10000.0)[0]
    store = tmp_path / "search" / "fitness.jsonl"
    rows = [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()]
    ranked = {PrefixStates.REUSED.value: 50.0, PrefixStates.RECOMPUTED.value: 0.5}
    changed = [row | {"nll": ranked[row["kind"]]} for row in rows if row["candidate"] == yarn.key]
    assert {row["kind"] for row in changed} == set(ranked)
    store.write_text("".join(f"{json.dumps(row)}\n" for row in (*rows, *changed)), encoding="utf-8")
    found = _search(tmp_path, Silent(), few)
    assert found.seeds["yarn"] == pytest.approx(math.exp(50.0)), "ranked last"
    assert (found.origin, found.divisors, found.attention_factor) == ("yarn", yarn.divisors, yarn.attention_factor)
    assert found.on_search_documents == Comparison(math.exp(0.5), math.exp(0.5))
    fragment = yaml.safe_load(Path(found.fragment).read_text(encoding="utf-8"))["finetune"]["rope"]
    assert fragment["long_factors"] == fragment["short_factors"] == list(yarn.divisors)


def test_store_keeps_measurements_of_other_contexts_apart(tmp_path: Path) -> None:
    FitnessStore(tmp_path, context="one").put("candidate", "document", "reused", 1.5)
    assert FitnessStore(tmp_path, context="one").get("candidate", "document", "reused") == 1.5
    assert FitnessStore(tmp_path, context="one").get("candidate", "document", "recomputed") is None
    assert len(FitnessStore(tmp_path, context="other")) == 0


def test_search_refuses_documents_that_are_too_short(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"31 streams of 2,048 tokens are needed, but .* enough for only \d+"):
        _search(tmp_path, Silent(), SETTINGS.model_copy(update={"documents": 30}))


def test_search_says_when_streams_are_joined(tmp_path: Path) -> None:
    write_small_model(tmp_path / "model")
    (tmp_path / "documents").mkdir()
    for index in range(40):
        text = document("en", index, num_sentences=8)
        (tmp_path / "documents" / f"{index}.txt").write_text(text, encoding="utf-8")
    result = _search(tmp_path, Silent(), SETTINGS.model_copy(update={"max_evaluations": 10}))
    assert any("3 of 3 streams consist of joined" in note for note in result.notes)


def test_search_refuses_a_scaled_model(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    write_small_model(tmp_path / "model", rope_parameters=scaled)
    with pytest.raises(InputError, match="already scaled"):
        _search(tmp_path, Silent())


def test_candidates_outside_the_space_are_brought_into_it() -> None:
    space = SearchSpace(factor=2.0, original_max_tokens=512, half=4, start_tokens=(0,))
    one = candidate([0.5, 3.0, 1.2, 1e30], 9.0, 0, "test", space=space)
    assert one.divisors == (1.0, 2.5, 2.5, 2.5)
    assert one.attention_factor == space.max_attention_factor


def _written(folder: Path, *texts: str) -> str:
    folder.mkdir(exist_ok=True)
    for index, text in enumerate(texts):
        (folder / f"{index}.txt").write_text(text, encoding="utf-8")
    return str(folder)


def _bytes(text: str) -> list[int]:
    return list(text.encode())


def _streams(*data: str, length: int, count: int, seed: int = 1, leading: tuple[int, ...] = ()) -> list[Stream]:
    return read_streams(data, tokenize=_bytes, leading=leading, length=length, count=count, seed=seed)


@pytest.mark.parametrize(("size", "whole"), [(9, False), (10, True), (11, True)])
def test_document_that_is_just_long_enough_is_a_stream_by_itself(tmp_path: Path, size: int, whole: bool) -> None:
    data = _written(tmp_path / "d", "a" * size, "b" * size)
    streams = _streams(data, length=12, count=1, leading=(300, 301))
    (stream,) = streams
    assert stream.ids[:2] == (300, 301) and len(stream.ids) == 12
    assert (stream.num_documents, len(set(stream.ids[2:]))) == ((1, 1) if whole else (2, 2))


def test_short_documents_are_joined_after_whole_ones_with_a_separator(tmp_path: Path) -> None:
    data = _written(tmp_path / "d", "aaa", "bbb", "ccc", "d" * 40, "", "eee")
    streams = _streams(data, length=7, count=3)
    assert [stream.num_documents for stream in streams] == [1, 2, 2]
    assert streams[0].ids == tuple(b"d" * 7)
    for joined in streams[1:]:
        first, second = bytes(joined.ids).split(b"\n\n")
        assert len(first) == 3 and len(second) == 2 and first[:2] != second


def test_too_few_streams_are_counted_in_the_refusal(tmp_path: Path) -> None:
    data = _written(tmp_path / "d", "a" * 5, "b" * 30, "c" * 4)
    with pytest.raises(InputError) as refused:
        _streams(data, length=20, count=3)
    # 5 + 4 of the short ones and 20 of the long one count.
    assert refused.value.message == (
        "3 streams of 20 tokens are needed, but the documents are enough for only 1; they have 29 usable tokens."
    )
    assert refused.value.remedy == ("Give more or longer documents with --data, or lower rope_search.documents.")


def test_order_of_documents_follows_the_seed_and_their_names_not_their_folder(tmp_path: Path) -> None:
    texts = [letter * 9 for letter in "abcdefgh"]
    one, two = _written(tmp_path / "one", *texts), _written(tmp_path / "two", *texts)

    def order(data: str, seed: int) -> list[int]:
        return [stream.ids[0] for stream in _streams(data, length=9, count=8, seed=seed)]

    assert order(one, 1) == order(two, 1) != order(one, 2)
    assert sorted(order(one, 1)) == list(b"abcdefgh")


def test_folders_give_their_texts_alone_and_files_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    _written(folder, "a" * 9)
    (folder / "deeper").mkdir()
    (folder / "deeper" / "notes.md").write_text("b" * 9)
    (folder / "page.html").write_text("c" * 9)
    single = tmp_path / "single.log"
    single.write_text("d" * 9)
    found = _streams(str(folder), str(single), length=9, count=3)
    assert {stream.ids[0] for stream in found} == set(b"abd")
    with pytest.raises(InputError) as refused:
        _streams(str(tmp_path / "none"), length=9, count=1)
    assert refused.value.message == f"{tmp_path / 'none'} is not a file or folder."
    assert refused.value.remedy == "Check the path given with --data."
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as refused:
        _streams(str(tmp_path / "empty"), length=9, count=1)
    assert refused.value.message == f"There are no documents in {tmp_path / 'empty'}."
    assert refused.value.remedy == "Give a build folder, or files ending in .txt or .md."


def test_text_beyond_what_a_stream_needs_is_not_tokenized(tmp_path: Path) -> None:
    data = _written(tmp_path / "d", "a" * 1000)
    seen: list[int] = []

    def tokenize(text: str) -> list[int]:
        seen.append(len(text))
        return _bytes(text)

    read_streams([data], tokenize=tokenize, leading=(1,), length=11, count=1, seed=1)
    assert seen == [120]


def test_documents_of_a_build_are_read_from_its_corpus(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "model")
    build = write_small_build(tmp_path / "build")
    write_small_corpus(build, tokenizer=model, num_documents=5)
    texts = {d.text.encode()[:90] for d in read_parts(BuildFolder(build).corpus, Context)}
    found = {bytes(stream.ids) for stream in _streams(build, length=90, count=5)}
    assert found == texts and len(texts) == 5


def test_store_finds_exactly_what_was_put_in_and_survives_a_cut_line(tmp_path: Path) -> None:
    store = FitnessStore(tmp_path, context="one")
    store.put("c", "d", "reused", 1.25)
    store.put("c", "e", "reused", 2.5)
    assert len(store) == 2 and store.get("c", "e", "reused") == 2.5
    path = tmp_path / "fitness.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {
        "context": "one", "candidate": "c", "document": "d", "kind": "reused", "nll": 1.25,
    }  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        file.write('{"context": "one", "cand')
    again = FitnessStore(tmp_path, context="one")
    assert [again.get(*key) for key in (("c", "d", "reused"), ("d", "c", "reused"), ("c", "d", "x"))] == [
        1.25, None, None,
    ]  # fmt: skip
    again.put("f", "d", "reused", 3.0)
    assert len(FitnessStore(tmp_path, context="one")) == 3
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.parametrize(("scored", "is_refused"), [(2046, False), (2047, True), (4000, True)])
def test_scored_tokens_have_to_leave_a_context(tmp_path: Path, scored: int, is_refused: bool) -> None:
    model = write_small_model(tmp_path / "model")
    data = _written(tmp_path / "d", "a" * 3000, "b" * 3000, "c" * 3000)
    settings = SETTINGS.model_copy(update={"scored_tokens": scored})
    if not is_refused:
        streams = search_streams(model, [data], settings, 2048, 1)
        assert [len(stream.ids) for stream in streams] == [2048] * 3, "to rank by, and held out"
        return
    with pytest.raises(InputError) as refused:
        search_streams(model, [data], settings, 2048, 1)
    assert refused.value.message == f"Scoring {scored:,} of 2,048 tokens leaves no context before them."
    assert refused.value.remedy == "Lower rope_search.scored_tokens, or raise --factor."


def test_likelihood_is_the_mean_over_the_last_tokens_by_either_way(tmp_path: Path) -> None:
    model = random_model("hyperclovax")
    scaling = config_scaling(model.config)
    stream = _stream(300)
    with candidate_rotary(model, scaling) as rotary:
        unscaled = candidate([1.0] * len(scaling.divisors), 1.0, 0, "none", space=_space(scaling))
        found = [recomputed_nll(model, rotary, unscaled, stream, scored_tokens=n) for n in (1, 20, 299)]
    assert found == pytest.approx([_plain_nll(model, stream, n) for n in (1, 20, 299)], rel=1e-4)


def test_search_record_holds_what_was_measured_and_compared(tmp_path: Path) -> None:
    observer = Silent()
    changes = {"start_tokens": (0, 4), "mutation_probability": 1.0, "max_evaluations": 24}
    settings = SETTINGS.model_copy(update={**changes, "prefix_states": PrefixStates.RECOMPUTED})
    result = _search(tmp_path, observer, settings)
    rows = [json.loads(line) for line in (tmp_path / "search" / "fitness.jsonl").read_text().splitlines()]
    by_candidate: dict[str, dict[str, float]] = {}
    for row in rows:
        by_candidate.setdefault(row["candidate"], {})[row["document"]] = row["nll"]
    space = SearchSpace(4.0, ORIGINAL_TOKENS, 8, (0, 4))
    known = seeds(space, theta=10000.0)
    ranked_on = list(by_candidate[known[1].key])
    assert len(ranked_on) == 2

    def perplexity(key: str) -> float:
        return math.exp(sum(by_candidate[key][document] for document in ranked_on) / 2)

    assert (result.model, result.factor, result.target_tokens) == (str(tmp_path / "model"), 4.0, 4 * ORIGINAL_TOKENS)
    assert result.seeds == {one.origin: pytest.approx(perplexity(one.key)) for one in known}
    assert result.num_candidates == len(by_candidate) == len(observer.perplexities)
    assert result.ranking[-1] == pytest.approx(min(map(perplexity, by_candidate)))
    yarn, winner = known[0], Candidate(result.divisors, result.attention_factor, 0, result.origin)
    assert result.on_search_documents.yarn == pytest.approx(perplexity(yarn.key))
    assert result.on_search_documents.searched == pytest.approx(perplexity(winner.key))
    (held_out,) = set(by_candidate[yarn.key]) - set(ranked_on)
    assert result.on_held_out_documents.yarn == pytest.approx(math.exp(by_candidate[yarn.key][held_out]))
    assert result.on_held_out_documents.searched == pytest.approx(math.exp(by_candidate[winner.key][held_out]))
    assert result.best_with_start_tokens is not None and result.best_with_start_tokens[0] == 4
    assert result.best_with_start_tokens[1] >= result.ranking[-1]
    fragment = yaml.safe_load(Path(result.fragment).read_text(encoding="utf-8"))
    assert fragment == {
        "finetune": {
            "rope": {
                "method": "longrope", "factor": 4.0, "original_max_tokens": ORIGINAL_TOKENS,
                "short_factors": list(result.divisors), "long_factors": list(result.divisors),
                "attention_factor": result.attention_factor,
            }
        }
    }  # fmt: skip
    written = json.loads((tmp_path / "search" / "search.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(asdict(result)))
    assert result.notes == ()


def test_measurements_of_another_model_length_or_setting_are_not_reused(tmp_path: Path) -> None:
    model, other = write_small_model(tmp_path / "a"), write_small_model(tmp_path / "b", tie_word_embeddings=False)
    scaling = config_scaling(small_config())

    def context(reference: str = model, device: str = "cpu", factor: float = 4.0, base: RopeScaling = scaling,
                **settings: object) -> str:  # fmt: skip
        return search_context(reference, SETTINGS.model_copy(update=settings), device, base, factor)

    same = [context(), context(max_evaluations=3), context(finalists=9), context(documents=7)]
    others = [context(other), context(device="cuda"), context(factor=2.0), context(dtype="bfloat16"),
              context(scored_tokens=31), context(base=replace(scaling, original_max_tokens=99))]  # fmt: skip
    assert len(set(same)) == 1 and len({*same, *others}) == 1 + len(others)


def test_model_that_cannot_be_searched_is_refused_with_the_remedy(tmp_path: Path) -> None:
    scaled = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}
    for name, reference, said in (
        ("scaled", write_small_model(tmp_path / "scaled", rope_parameters=scaled), "is already scaled (linear)."),
        ("mamba", write_random_model(tmp_path / "mamba", "mamba"), "has no rotary embeddings."),
    ):
        with pytest.raises(InputError) as refused:
            search_rope(
                SearchTask(reference, 4.0, None, ["none"], 1),
                settings=SETTINGS,
                output=tmp_path / f"search {name}",
                observer=Silent(),
            )
        assert refused.value.message == f"'{reference}' {said}"
        assert refused.value.remedy == "Search factors for an unscaled model with rotary embeddings."


def test_first_tokens_of_a_candidate_stay_unscaled() -> None:
    scaling = config_scaling(small_config())
    positions = torch.arange(8)[None]
    divisors = tuple(2.0 + i for i in range(8))
    unscaled = torch.tensor([10000.0 ** (-i / 8) for i in range(8)])
    for start in (0, 1, 5):
        angles = candidate_angles(Candidate(divisors, 1.0, start, "made"), scaling, positions)[0]
        for position in range(8):
            each = unscaled if position < start else unscaled / torch.tensor(divisors)
            assert torch.allclose(angles[position], position * each, rtol=1e-5)
    assert torch.allclose(candidate_angles(None, scaling, positions)[0, 7], 7 * unscaled, rtol=1e-5)


def test_models_whose_rotation_the_search_cannot_swap_are_refused_with_the_remedy() -> None:
    remedy = "Use a model of the Llama, Qwen, Mistral or Gemma 3 family."
    for family, said in (
        ("mamba", "A mamba model has 0 rotary modules; the search needs exactly one."),
        ("cohere", "A CohereRotaryEmbedding pairs its dimensions in a way that the search does not support."),
    ):
        model = random_model(family)
        with pytest.raises(InputError) as refused, candidate_rotary(model, config_scaling(model.config)):
            pass
        assert (refused.value.message, refused.value.remedy) == (said, remedy)


@pytest.mark.parametrize("changes", [{"layer_types": ["full_attention", "sliding_attention"]}, {"no_rope_layers": [1]}])
def test_keys_of_layers_that_treat_positions_differently_are_not_reused(changes: dict[str, object]) -> None:
    model = LlamaForCausalLM(small_config()).eval()
    scaling = config_scaling(model.config)
    for name, value in changes.items():
        setattr(model.config, name, value)
    yarn = seeds(_space(scaling), theta=scaling.theta)[0]
    with candidate_rotary(model, scaling) as rotary, pytest.raises(InputError) as refused:
        ReusedPrefix(model, rotary, yarn, _stream(40), scaling=scaling, scored_tokens=8)
    assert refused.value.message == (
        "The stored keys of a llama model cannot be turned to other angles: its layers treat positions differently."
    )
    assert refused.value.remedy == "Set rope_search.prefix_states to recomputed."


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_likelihood_that_is_no_number_is_an_error_with_the_remedy(value: float) -> None:
    model = LlamaForCausalLM(small_config()).eval()
    scaling = config_scaling(model.config)
    with torch.no_grad():
        model.model.norm.weight[0] = value
    yarn = seeds(_space(scaling), theta=scaling.theta)[0]
    with candidate_rotary(model, scaling) as rotary, pytest.raises(RunError) as refused:
        recomputed_nll(model, rotary, yarn, _stream(40), scored_tokens=8)
    assert refused.value.message == "The model's likelihoods are not finite under a candidate of the search."
    assert refused.value.remedy == "Set rope_search.dtype to float32."


def test_attention_factor_of_a_candidate_scales_cos_and_sin() -> None:
    model = LlamaForCausalLM(small_config()).eval()
    scaling = config_scaling(model.config)
    positions = torch.tensor([[0, 3, 9]])
    with candidate_rotary(model, scaling) as rotary:
        plain = rotary(torch.zeros(1), positions)
        rotary.turn_by(Candidate((2.0,) * 8, 1.25, 0, "made"))
        cos, sin = rotary(torch.zeros(1, dtype=torch.bfloat16), positions)
        rotary.turn_by(None)
        assert all(torch.equal(a, b) for a, b in zip(rotary(torch.zeros(1), positions), plain, strict=True))
    frequencies = torch.tensor([10000.0 ** (-i / 8) / 2.0 for i in range(8)]).repeat(2)
    angles = positions[0][:, None] * frequencies
    assert cos.dtype is sin.dtype is torch.bfloat16 and cos.shape == (1, 3, 16)
    assert torch.allclose(cos[0].float(), 1.25 * angles.cos(), atol=0.01)
    assert torch.allclose(sin[0].float(), 1.25 * angles.sin(), atol=0.01)
