"""CPU and memory of a server, with all processes it started."""

import psutil


def cpu_seconds(server: psutil.Process) -> float:
    """User and system time of all threads since the start, in seconds; `/proc/PID/stat` counts in steps of 10 ms."""
    return sum(times.user + times.system for times in (process.cpu_times() for process in _family(server)))


def resident_bytes(server: psutil.Process) -> int:
    """Memory in RAM, in bytes; pages shared with other processes count in parts (PSS)."""
    return sum(process.memory_full_info().pss for process in _family(server))


def _family(server: psutil.Process) -> list[psutil.Process]:
    return [server, *server.children(recursive=True)]
