"""`python -m roomful.media.ports.mixer --frames-fd N --control-fd M --output-fd L`: a mixer on these descriptors."""

import argparse
import sys

from roomful.media.ports.mixer.worker import run


def main() -> int:
    """Return 0 when all went well, 1 when not, 2 when there was no plan."""
    parser = argparse.ArgumentParser(prog="python -m roomful.media.ports.mixer")
    parser.add_argument("--frames-fd", type=int, required=True, help="pipe with the stream of `media.ports.frames`")
    parser.add_argument("--control-fd", type=int, required=True, help="socket: plan and commands in, reports out")
    parser.add_argument("--output-fd", type=int, required=True, help="socket: mixes out, requests for keyframes in")
    arguments = parser.parse_args()
    return run(arguments.frames_fd, arguments.control_fd, arguments.output_fd)


if __name__ == "__main__":
    sys.exit(main())
