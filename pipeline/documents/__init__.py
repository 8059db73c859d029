"""Reading: formats to text, units of input, sections."""
