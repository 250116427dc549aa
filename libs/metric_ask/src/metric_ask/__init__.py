"""Questions in plain words: the metric view, `lakehouse ask`, and the Genie space as code.

Import from the modules: `desk` (ask), `show` (print), `space` (build), `space_rules` (lint) and
`workspace` (deploy and ask the space). Nothing is imported here, so that each command loads what it
needs.
"""
