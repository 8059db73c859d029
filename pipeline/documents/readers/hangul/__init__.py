"""What the readers of HWP 5 and HWPX files share: the content of a file, its automatic numbers, and second readings."""
