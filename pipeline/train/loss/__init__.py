"""From final hidden states to the loss: output head, chunked cross-entropy, weights of tokens."""
