"""What evaluation tasks with likelihoods share: windows of held-out documents, scored tokens, streams."""
