"""The command `metric-ask`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from metric_ask.analyst import Analyst
from metric_ask.errors import MetricAskError
from metric_ask.terminal import plain, print_answer
from metric_ask.view import load_view
from metric_ask.words import load_words, parse_words


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question; the exit code is 0 for an answer, 1 for a refusal."""
    parser = argparse.ArgumentParser("metric-ask", description="A question over a metric view.")
    parser.add_argument("question")
    parser.add_argument("--view", type=Path, required=True, help="the metric view, a YAML file")
    parser.add_argument("--words", type=Path, help="the words, a YAML file; without it, English")
    parser.add_argument("--duckdb", type=Path, required=True, help="the database, a DuckDB file")
    parser.add_argument("--schema", default="main", help="of the tables; default: main")
    parser.add_argument("--sql", action="store_true", help="show the SQL as well")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    try:
        words = load_words(given.words) if given.words else parse_words()
        analyst = Analyst(load_view(given.view), words, given.duckdb, given.schema)
        answer = analyst.ask(given.question)
    except MetricAskError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(Text("Error: ", "bold red") + plain(error.message))
        if error.remedy:
            console.print(Text("What to do: ", "bold") + plain(error.remedy))
        return error.exit_code
    if given.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False))
    else:
        print_answer(answer, sql=given.sql)
    return 0 if answer.answered else 1


if __name__ == "__main__":
    sys.exit(main())
