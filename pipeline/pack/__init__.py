"""From documents to contexts and packs: buckets, cuts, joining, mixing, packing."""
