"""`python -m roomful.media.ports.transcriber --frames-fd N --control-fd M`: a transcriber on inherited descriptors."""

import argparse
import sys

from roomful.media.ports.transcriber.worker import run


def main() -> int:
    """Return 0 when it ended in good order, 1 when not, 2 when there was no plan."""
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.transcriber")
    parser.add_argument("--frames-fd", type=int, required=True, help="pipe with the stream of `media.ports.frames`")
    parser.add_argument("--control-fd", type=int, required=True, help="socket: plan in, texts out, JSON lines")
    arguments = parser.parse_args()
    return run(arguments.frames_fd, arguments.control_fd)


if __name__ == "__main__":
    sys.exit(main())
