"""Layers of a student: its text stack, and fused layers that compute what the stock layers do in less memory."""
