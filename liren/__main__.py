"""The ``liren`` command."""

import sys


def main() -> None:
    """Run the command line."""
    from liren.conf.cli import run  # noqa: PLC0415  the command must answer quickly when it only prints help

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
