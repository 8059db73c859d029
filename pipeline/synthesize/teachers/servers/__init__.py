"""What the teachers behind a server share: the key, retries, replies, giving up, and prompts without control tokens."""
