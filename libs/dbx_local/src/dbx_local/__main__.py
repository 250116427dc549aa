"""`python -m dbx_local` is `dbx-local`."""

import sys

from dbx_local.cli import main

if __name__ == "__main__":
    sys.exit(main())
