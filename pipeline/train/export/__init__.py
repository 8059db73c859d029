"""The results of a finished training: the model folder and its record."""
