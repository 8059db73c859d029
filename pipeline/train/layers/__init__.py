"""Layers of a student: its text stack, and layers that compute the same as the stock ones in less memory."""
