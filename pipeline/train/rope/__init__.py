"""RoPE scaling: what each method does to each frequency, how a config says it, and whether a model does it."""
