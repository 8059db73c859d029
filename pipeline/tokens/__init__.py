"""Token ids of texts and conversations from the student's tokenizer: exact, computed once, fast for long documents."""
