"""The protocols clients speak, one package each: it knows the rooms and the media engine, and no other protocol."""
