"""A Databricks Genie space as code: write, lint, deploy, ask, benchmark."""

from genie_space.ask import Answer, ask
from genie_space.benchmark import BenchmarkReport, Miss, run_benchmarks
from genie_space.build import build_space, bundle_resource
from genie_space.definition import Definition, parse_definition, read_definition
from genie_space.deploy import SPACE_VARIABLE, DeployedSpace, deploy_space, find_space
from genie_space.errors import GenieSpaceError
from genie_space.lint import Finding, lint_space

__all__ = [
    "SPACE_VARIABLE",
    "Answer",
    "BenchmarkReport",
    "Definition",
    "DeployedSpace",
    "Finding",
    "GenieSpaceError",
    "Miss",
    "ask",
    "build_space",
    "bundle_resource",
    "deploy_space",
    "find_space",
    "lint_space",
    "parse_definition",
    "read_definition",
    "run_benchmarks",
]
