"""Attention patterns: what each head sees (`rules`, `patterns`), kernels that compute it, their place in a model."""
