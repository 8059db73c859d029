"""Recipe models (frozen pydantic models that hold all defaults), recipe loading, and JSON Schemas."""
