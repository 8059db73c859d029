"""Teachers: models that write questions, answers and summaries, behind one protocol."""
