"""``python -m rethinking``: take the book along, and see whether the installation works."""

import sys

from rethinking.commands.parser import main

if __name__ == "__main__":
    sys.exit(main())
