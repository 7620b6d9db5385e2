"""`python -m roomful.media.ports.rtmp --frames-fd N --control-fd M`: the RTMP worker on inherited descriptors."""

import argparse
import sys

from roomful.media.ports.rtmp.worker import run


def main() -> int:
    """Return 0 after a life without trouble, 1 when the port could not be opened, 2 when there was no plan."""
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.rtmp")
    parser.add_argument("--frames-fd", type=int, required=True, help="not used")
    parser.add_argument("--control-fd", type=int, required=True, help="stream socket of JSON lines")
    arguments = parser.parse_args()
    return run(arguments.frames_fd, arguments.control_fd)


if __name__ == "__main__":
    sys.exit(main())
