"""Live streams of `p2m` rooms, sent up in pieces and played as low-latency HLS. specs/room-signals.md §13.

The streamer encodes and cuts; the server keeps the pieces for a while and writes the playlists, after
draft-pantos-hls-rfc8216bis. A piece is stored before any playlist names it. Nothing here does I/O.
"""
