"""Protocol sessions fed with messages: no sockets, no clients."""
