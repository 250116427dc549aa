"""`python -m orchestration.docs`: makes the site."""

from __future__ import annotations

import sys

from orchestration.docs.site import make_site
from orchestration.errors import LakehouseError
from orchestration.settings import load_settings

if __name__ == "__main__":
    try:
        sys.stdout.write(f"The documentation is {make_site(load_settings())}\n")
    except LakehouseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
