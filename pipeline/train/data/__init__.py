"""What a run trains on: rows and documents as token ids, their packs, and all steps over them."""
