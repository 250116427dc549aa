"""The project's questions: its metric view, its words, and the published gold they are asked of."""

from __future__ import annotations

from pathlib import Path

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from metric_ask import Analyst, MetricView, load_words, parse_view
from orchestration.errors import ExitCode, LakehouseError
from orchestration.published import require_published

METRIC_VIEW = "sales_metrics"
MODEL = Path("models/marts") / f"{METRIC_VIEW}.sql"
MACROS = (Path("macros/measures.sql"), Path("macros/divide_money.sql"))
"""Those that the metric view uses; an older revision may have none of them."""
WORDS = Path("genie/words.yml")
SCHEMA = "gold"


def metric_view_yaml(project_dir: Path) -> str:
    """The body of the metric view's model, its Jinja resolved to bare table names.

    Raises:
        LakehouseError: when the model is missing, or holds Jinja that is not known here.
    """
    path = project_dir / MODEL
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        files = [*filter(Path.is_file, (project_dir / macros for macros in MACROS)), path]
        texts = [file.read_text(encoding="utf-8") for file in files]
        return jinja.from_string("".join(texts)).render(
            config=lambda **_: "",
            ref=lambda name: name,
            published=lambda name: name,
            has_metric_views=lambda: True,
        )
    except OSError as error:
        raise LakehouseError(
            f"The metric view is missing: {error.filename}.",
            "Bring the file back from version control.",
            ExitCode.USAGE,
        ) from error
    except TemplateError as error:
        raise LakehouseError(
            f"{path} is not a metric view: {error}", "docs/genie.md shows what the file holds."
        ) from error


def load_metrics(project_dir: Path) -> MetricView:
    """The metric view of the project.

    Raises:
        LakehouseError: when the model is missing.
        MetricAskError: when it is not a metric view.
    """
    return parse_view(metric_view_yaml(project_dir), str(project_dir / MODEL))


def open_analyst(published: Path, project_dir: Path) -> Analyst:
    """Answers questions about the published database; made once, asked often.

    Raises:
        LakehouseError: when nothing is published.
        MetricAskError: when the definitions are wrong, or the database cannot be read.
    """
    require_published(published)
    words = load_words(project_dir / WORDS)
    return Analyst(load_metrics(project_dir), words, published, SCHEMA)
