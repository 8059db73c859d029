"""Attention patterns: what each head sees (`rules`, `patterns`), the kernels that compute it, their use in a model."""
