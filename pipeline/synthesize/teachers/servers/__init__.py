"""Code that teachers behind a server share: keys, retries, replies, giving up, and prompts without control tokens."""
