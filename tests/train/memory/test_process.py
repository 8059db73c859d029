"""Memory of one process among several."""

from __future__ import annotations

from dataclasses import replace

from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.predict import MemoryPrediction, predict_memory
from pipeline.train.memory.process import predict_process_memory

RECIPE = FinetuneRecipe()


def _weights(prediction: MemoryPrediction) -> int:
    names = {"frozen weights", "trained weights", "weights gathered from other processes"}
    return sum(term.num_bytes for term in prediction.terms if term.name in names)


def test_slices_hold_their_tokens_and_every_weight() -> None:
    sliced = predict_process_memory(LLAMA_8B, RECIPE, num_tokens=32_769, shards=1, slices=4)
    assert sliced.terms == predict_memory(LLAMA_8B, RECIPE, num_tokens=8_193).terms


def test_prediction_names_the_tokens_of_the_whole_pack_however_it_is_divided() -> None:
    for shards, slices in ((1, 1), (1, 4), (8, 1), (8, 4)):
        predicted = predict_process_memory(LLAMA_8B, RECIPE, num_tokens=32_769, shards=shards, slices=slices)
        assert predicted.num_tokens == 32_769


def test_shards_hold_their_share_and_what_is_gathered() -> None:
    whole = predict_process_memory(LLAMA_8B, RECIPE, num_tokens=8192, shards=1, slices=1)
    shards = predict_process_memory(LLAMA_8B, RECIPE, num_tokens=8192, shards=8, slices=1)
    outside = (2 * 128_256 + 1) * 4096 * 2  # embeddings, an untied head, the last norm
    layer = (LLAMA_8B.frozen * 2 + LLAMA_8B.trained * 4 - outside) // 32
    assert abs(_weights(shards) - (_weights(whole) // 8 + outside + 2 * layer)) < 100
    assert shards.peak_bytes < whole.peak_bytes - 10 * 2**30


def test_every_weight_trained_is_what_shards_save_most_of() -> None:
    trained = replace(LLAMA_8B, frozen=0, trained=8_030_000_000, head_trains=True, embeddings_train=True)
    whole, shards = (
        predict_process_memory(trained, RECIPE, num_tokens=8192, shards=count, slices=1).peak_bytes for count in (1, 8)
    )
    # 16 bytes a weight for weights, gradients and moments.
    assert whole - shards > 0.5 * 16 * trained.trained
