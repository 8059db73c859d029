"""Evaluation of long-context models: perplexity by context length, and passkey retrieval."""
