"""From final hidden states to the loss: output head, chunked cross-entropy, token weights."""
