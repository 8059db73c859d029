"""Scaling of rotary position embeddings (RoPE): the methods, their form in configs, and a check of built models."""
