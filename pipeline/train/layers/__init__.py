"""Finds and changes the layers of the student (the model in training): its text stack, checkpointing, fused layers."""
