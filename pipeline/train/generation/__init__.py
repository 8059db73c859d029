"""Greedy answers of a model to tokenized prompts: used during training and by evaluations."""
