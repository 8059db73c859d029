"""The results of a finished training run: the model folder and its record."""
