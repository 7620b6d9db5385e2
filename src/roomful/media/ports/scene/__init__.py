"""What compositor and mixer share: decoded voices and pictures of a room's members, against one clock.

cast      records of `media.ports.frames` → people with voices and pictures
clock     which moment is due, and when in the room a frame happened
voice     packets of one audio track → samples where they belong
mix       samples of many → samples of one that never clip
floor     who talks, and who is on show because of it
picture   frames of one video track → the picture of a moment
canvas    pictures, names and empty space → one picture; rect: a place on it
encoder   pictures and samples → packets
"""
