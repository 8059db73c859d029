"""LongRoPE's evolutionary search for RoPE divisors (arXiv 2402.13753)."""
