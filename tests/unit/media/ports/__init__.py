"""What takes encoded frames, fed with really encoded ones."""
