"""The machine that training runs on: device, memory, disk, and the processes that torchrun starts."""
