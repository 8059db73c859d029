"""Turns texts and conversations into the exact token ids of a model's tokenizer; fast for long documents."""
