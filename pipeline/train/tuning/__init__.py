"""The trained weights, their precision, and the optimizer over them."""
