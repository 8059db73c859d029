"""How answers are scored, and how sure a score is: used during training and by evaluations."""
