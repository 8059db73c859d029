"""Model folders with random weights and a tokenizer of bytes, for parts of `gpu_check` that load a model."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from benchmarks._train_8b import Size, llama

_SEED = 7
_END, _PADDING = "<|im_end|>", "<|endoftext|>"


def write_random_model(folder: Path, size: Size, *, device: str, max_tokens: int) -> str:
    """Draw a model on the device, save it in bfloat16 with a tokenizer, and return the folder as a model reference."""
    config = llama(size)
    config.max_position_embeddings = max_tokens
    torch.manual_seed(_SEED)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    _byte_tokenizer().save_pretrained(folder)
    return str(folder)


def _byte_tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([_PADDING, _END])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=_END, pad_token=_PADDING)
