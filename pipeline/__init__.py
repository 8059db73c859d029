"""Long documents in, a long-context instruction data set and a long-context model out."""
