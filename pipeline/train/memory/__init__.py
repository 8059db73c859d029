"""Less memory and less copying for the same training step; its memory predicted and measured."""
