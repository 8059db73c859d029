"""Training in several processes: division of packs, summed gradients, sharded weights, packs sliced along tokens."""
