"""Reading: formats to text, shards of input, sections."""
