"""The models under evaluation: what they are, and how they answer prompts. One file for each way of running a model."""
