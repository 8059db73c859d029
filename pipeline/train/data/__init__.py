"""What a run trains on: rows and documents as token ids, their packs, and every step over them."""
