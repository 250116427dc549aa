"""Questions in plain words over a metric view, answered with SQL on DuckDB.

    view = load_view(Path("view.yml"))
    words = load_words(Path("words.yml"))
    answer = Analyst(view, words, Path("library.duckdb")).ask("loans by branch in 2024")

`compile_sql` makes SQL of a `Request` without any question; `inlined` runs a query over the metric
view where there are no metric views; `print_answer` shows an answer in the terminal.
"""

from metric_ask.analyst import Analyst, Answer, open_readonly
from metric_ask.compiler import compile_sql, inlined
from metric_ask.errors import MetricAskError
from metric_ask.reading import show, show_share, signed
from metric_ask.request import Filter, Period, Request
from metric_ask.terminal import print_answer, render
from metric_ask.view import VIEW_DIALECT, Field, MetricView, expanded, load_view, parse_view
from metric_ask.words import Words, load_words, parse_words

__all__ = [
    "VIEW_DIALECT",
    "Analyst",
    "Answer",
    "Field",
    "Filter",
    "MetricAskError",
    "MetricView",
    "Period",
    "Request",
    "Words",
    "compile_sql",
    "expanded",
    "inlined",
    "load_view",
    "load_words",
    "open_readonly",
    "parse_view",
    "parse_words",
    "print_answer",
    "render",
    "show",
    "show_share",
    "signed",
]
