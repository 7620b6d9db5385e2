"""`python -m roomful.media.ports.recorder --frames-fd N --control-fd M`: a recorder on inherited descriptors."""

import argparse
import sys

from roomful.media.ports.recorder.worker import run


def main() -> int:
    """Return 0 when everything was recorded and uploaded, 1 when not, 2 when there was no plan."""
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.recorder")
    parser.add_argument("--frames-fd", type=int, required=True, help="pipe with the stream of `media.ports.frames`")
    parser.add_argument("--control-fd", type=int, required=True, help="stream socket: plan in, reports out, JSON lines")
    arguments = parser.parse_args()
    return run(arguments.frames_fd, arguments.control_fd)


if __name__ == "__main__":
    sys.exit(main())
