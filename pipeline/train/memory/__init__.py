"""Memory of a training: predicted from a model's config, compared with what was measured, and what to change."""
