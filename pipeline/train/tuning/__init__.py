"""What trains, in which precision, and the optimizer over it."""
