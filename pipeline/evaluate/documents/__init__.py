"""What evaluation tasks about documents share: held-out rows, look-ups, cuts, excerpts, retrieval. Imports no task."""
