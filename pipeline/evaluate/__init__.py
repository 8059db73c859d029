"""Evaluation of long context: perplexity by length, passkey."""
