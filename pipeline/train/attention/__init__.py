"""Attention patterns: which keys each head sees (`rules`, `patterns`), the kernels, and how a model uses them."""
