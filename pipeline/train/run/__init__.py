"""One run of a training: its stages, identity, folder, metrics and record. No torch here."""
