"""Questions and answers about documents, and their verification."""
