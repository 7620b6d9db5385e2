"""What goes out of the engine and into it as encoded frames. Codec and file work runs in worker processes."""
