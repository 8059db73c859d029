"""Code that server teachers share: keys, retries, replies, giving up, and prompts without control tokens."""
