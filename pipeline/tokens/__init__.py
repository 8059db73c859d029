"""Token ids of texts and conversations, by the student's tokenizer: exact, once, fast for very long documents."""
