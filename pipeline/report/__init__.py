"""HTML reports, dataset and model cards."""
