"""Computes the loss from final hidden states: output head, chunked cross-entropy, weights of tokens."""
