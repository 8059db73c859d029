"""RoPE scaling: what each method does to each frequency, how a config expresses it, and whether a model applies it."""
