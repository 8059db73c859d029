"""The machine that a training runs on: device, memory, disk, and the processes that torchrun starts."""
