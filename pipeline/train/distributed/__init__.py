"""Training in several processes: who computes what, gradients summed, weights sharded, packs cut along their tokens."""
