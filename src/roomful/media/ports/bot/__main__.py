"""`python -m roomful.media.ports.bot --frames-fd N --control-fd M --output-fd K`: a bot on inherited descriptors."""

import argparse
import sys

from roomful.media.ports.bot.worker import run


def main() -> int:
    """Return 0 when it did what was planned, 1 when not, 2 when there was no plan."""
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.bot")
    parser.add_argument("--frames-fd", type=int, required=True, help="pipe with the stream of `media.ports.frames`")
    parser.add_argument("--control-fd", type=int, required=True, help="stream socket: plan in, reports out, JSON lines")
    parser.add_argument("--output-fd", type=int, required=True, help="stream socket: frames out, requests in")
    arguments = parser.parse_args()
    return run(arguments.frames_fd, arguments.control_fd, arguments.output_fd)


if __name__ == "__main__":
    sys.exit(main())
