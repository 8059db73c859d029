"""Scaling of rotary position embeddings (RoPE): the methods, their form in a config, and whether a model applies them."""
