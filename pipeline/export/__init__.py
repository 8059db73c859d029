"""From verified candidates to training rows, trainers' configs and a dataset card."""
