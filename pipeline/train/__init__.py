"""Training: RoPE scaling, packing, loss, the loop, checkpoints."""
