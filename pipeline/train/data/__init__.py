"""What a run trains on: rows and documents as token ids, their packs, and the plan of all steps."""
