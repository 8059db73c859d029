"""The part of a model that reads text."""

from __future__ import annotations

from small_architectures import random_model
from small_student import small_config
from transformers import LlamaForCausalLM

from pipeline.train.layers.text_stack import decoder_layers, has_other_parts, text_modules, text_stack


def test_text_of_a_model_that_sees_is_its_language_model_and_its_head() -> None:
    seeing, plain = random_model("gemma3 that sees"), LlamaForCausalLM(small_config())
    assert (has_other_parts(seeing.config), has_other_parts(plain.config)) == (True, False)
    names = {id(module): name for name, module in seeing.named_modules()}
    of_text = [names[id(module)] for module in text_modules(seeing)]
    assert of_text[-1] == "lm_head" and not any("vision" in name or "projector" in name for name in of_text)
    assert text_stack(plain) is plain.model
    assert [id(module) for module in text_modules(plain)] == [id(module) for module in plain.modules()]
    assert decoder_layers(plain) == list(plain.model.layers)
    assert len(decoder_layers(seeing)) == seeing.config.get_text_config().num_hidden_layers
    assert all("vision" not in names[id(layer)] for layer in decoder_layers(seeing))
