"""The student (the model in training): how it is built, switched to its next stage, and run over a pack."""
