"""Customer service: visitors wait in a queue, agents take their calls. specs/monibuca-rooms.md §8.

The rules are in `Centre` and its parts (`Desk`, `Ringing`, `Calling`, `Attendance`): these know neither rooms nor the
time, and say what they want done as effects. `Office` carries these out. `CallRooms` (extension.py), `Workplace` and
the routes only translate: from rooms, from agents' sockets, from HTTP.
"""

from roomful.plugins.customer_service.extension import CustomerServiceExtension

__all__ = ["CustomerServiceExtension"]
