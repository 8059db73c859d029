"""Memory of a training: the prediction from a model's config, the comparison with measurements, and what to change."""
