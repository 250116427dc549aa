"""Writes the pages: a front page, a page for each table, and what else there is to know.

Plain HTML that needs neither a network nor a script. From the front page a table is one step away
and each of its columns two.
"""

from __future__ import annotations

import csv
import itertools
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from lvdash import definition
from metric_ask.metrics import MetricView, load_metrics
from orchestration.errors import LakehouseError, from_os_error
from orchestration.settings import Settings
from tools.docs import dbt_pages
from tools.docs.catalogue import LAYERS, Catalogue, Table, read_catalogue
from tools.docs.diagram import draw
from tools.docs.lineage import Id, Lineage, by_table, trace

LAYER_TEXTS = {
    "gold": "What people read: the star schema of sales.",
    "quality": "What was repaired, what is in quarantine, and whether everything adds up.",
    "silver": "Rows named, typed and judged; customers, products and sales conformed.",
    "bronze": "Every row of every file as text, with where it came from.",
    "landing": "The files as CRM and ERP export them.",
}
OWN_PAGES = (
    "tables",
    "guides",
    "index.html",
    "diagram.html",
    "rules.html",
    "metrics.html",
    "widgets.html",
    "tests.html",
)
"""What is made anew each time, so that nothing is left of a table that was removed."""


@dataclass(frozen=True)
class Project:
    """All that the pages show."""

    settings: Settings
    catalogue: Catalogue
    lineage: Lineage
    board: definition.Dashboard
    view: MetricView
    rules: list[dict[str, str]]


def make_site(settings: Settings) -> str:
    """Write the whole site and return where its front page is.

    Raises:
        LakehouseError: when nothing is built yet, or the site cannot be written.
    """
    manifest, catalog = dbt_pages.generate(settings)
    catalogue = read_catalogue(manifest, catalog, settings.project_dir)
    board, view = definition.load(settings.dashboard), load_metrics(settings.project_dir)
    lineage = trace(manifest, catalog, catalogue, board, view)
    rules = _rules(settings.project_dir)
    project = Project(settings, catalogue, lineage, board, view, rules)
    try:
        _clear(settings.site)
        _Writer(project).write()
        if settings.published.is_file():
            from orchestration.run import make_page

            make_page(settings)
    except OSError as error:
        raise from_os_error(error, "writing the documentation") from error
    if lineage.untraced:
        raise LakehouseError(
            "The lineage of these could not be followed:\n" + "\n".join(lineage.untraced),
            "Write their SQL so that sqlglot can read it; everything else is in the site.",
        )
    return os.fspath(settings.site / "index.html")


def _clear(site: Path) -> None:
    for name in OWN_PAGES:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _rules(project_dir: Path) -> list[dict[str, str]]:
    with (project_dir / "seeds" / "data_quality_rules.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class _Writer:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.site = project.settings.site
        self.jinja = Environment(
            loader=PackageLoader("tools.docs", "assets"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.filters["marked"] = lambda text: Markup(MarkdownIt().renderInline(text))
        self.guides = _guides(project.settings.project_dir)
        assets = Path(__file__).with_name("assets")
        self.jinja.globals.update(
            css=Markup((assets / "site.css").read_text(encoding="utf-8")),
            guides=self.guides,
            layer_texts=LAYER_TEXTS,
        )

    def write(self) -> None:
        project, catalogue = self.project, self.project.catalogue
        layers = [(layer, catalogue.layer(layer)) for layer in LAYERS]
        gold = [table for table in catalogue.layer("gold") if table.columns]
        self._page("index.html", "index.html.j2", layers=layers, exposures=self._exposures())
        self._page("diagram.html", "diagram.html.j2", drawing=Markup(draw(gold)))
        self._page("rules.html", "rules.html.j2", rules=project.rules, tables=self._by_name())
        self._page("metrics.html", "metrics.html.j2", view=project.view, origins=self._columns)
        self._page("widgets.html", "widgets.html.j2", board=project.board, origins=self._columns)
        self._page(
            "tests.html",
            "tests.html.j2",
            tests=[test for test in catalogue.tests if not test.table],
            macros=catalogue.macros,
            count=len(catalogue.tests),
        )
        for table in catalogue.tables.values():
            self._page(
                table.page,
                "table.html.j2",
                table=table,
                origins=lambda column: self._before(column),
                uses=lambda column: self._after(column),
                readers=lambda column: self._readers(column),
                by_name=self._by_name(),
            )
        for name, title, text in self.guides:
            names = {known for known, _, _ in self.guides}
            html = Markup(_to_html(_linked(text, names)))
            self._page(f"guides/{name}.html", "guide.html.j2", guide=title, html=html)
        pictures = project.settings.project_dir / "docs" / "pictures"
        shutil.copytree(pictures, self.site / "guides" / "pictures", dirs_exist_ok=True)

    def _page(self, name: str, template: str, **values: Any) -> None:
        path = self.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * name.count("/")
        text = self.jinja.get_template(template).render(root=root, here=name, **values)
        path.write_text(text, encoding="utf-8")

    def _by_name(self) -> dict[str, Table]:
        return {
            table.name: table
            for table in self.project.catalogue.tables.values()
            if table.layer != "landing"
        }

    def _before(self, column: Id) -> list[tuple[Table, list[str]]]:
        return by_table(self.project.lineage.origins(column), self.project.catalogue.tables)

    def _after(self, column: Id) -> list[tuple[Table, list[str]]]:
        return by_table(self.project.lineage.uses(column), self.project.catalogue.tables)

    def _readers(self, column: Id) -> dict[str, list[tuple[str, str]]]:
        """Metrics and widgets that a column reaches: link and title."""
        uses = self.project.lineage.uses(column)
        widgets = {widget.name: widget for widget in self.project.board.widgets}
        return {
            "metrics": [
                (f"metrics.html#{name}", self.project.view.field(name).title)
                for kind, name in uses
                if kind == "metric"
            ],
            "widgets": [
                (f"widgets.html#{name}", f"{widgets[name].page}: {widgets[name].title}")
                for kind, name in uses
                if kind == "widget"
            ],
        }

    def _columns(self, kind: str, name: str) -> list[tuple[Table, list[str]]]:
        """The columns that a metric or a widget is made of directly."""
        parents = sorted(self.project.lineage.parents.get((kind, name), set()))
        return by_table(parents, self.project.catalogue.tables)

    def _exposures(self) -> list[dict[str, Any]]:
        tables = self.project.catalogue.tables
        return [
            {
                "title": each["label"] or each["name"],
                "type": each["type"],
                "maturity": each["maturity"] or "",
                "owner": each["owner"].get("name") or each["owner"].get("email"),
                "description": " ".join(each["description"].split()),
                "tables": [
                    tables[unique_id]
                    for unique_id in each["depends_on"]["nodes"]
                    if unique_id in tables
                ],
            }
            for each in self.project.catalogue.exposures
        ]


def _guides(project_dir: Path) -> list[tuple[str, str, str]]:
    """Name, title and text of each guide, by title."""
    guides = []
    for path in sorted((project_dir / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = next(line for line in text.splitlines() if line.startswith("# ")).lstrip("# ")
        guides.append((path.stem, title, text))
    return sorted(guides, key=lambda guide: guide[1].lower())


def _linked(text: str, guides: set[str]) -> str:
    """Links to other guides lead to their pages; those to other files of the project stay words."""

    def to_page(link: re.Match[str]) -> str:
        page = f"[{link[1]}]({link[2]}.html{link[3] or ''})"
        return page if link[2] in guides else str(link[1])

    text = re.sub(r"\[([^\]]+)\]\((\w+)\.md(#[\w-]+)?\)", to_page, text)
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", text)


def _to_html(text: str) -> str:
    """A guide as HTML; its headings can be linked to as on GitHub."""
    parser = MarkdownIt().enable("table")
    tokens = parser.parse(text)
    for opening, content in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", content.content.lower())
            opening.attrSet("id", words.replace(" ", "-"))
    return str(parser.renderer.render(tokens, parser.options, {}))


def pages(site: Path) -> Iterable[Path]:
    """All pages of the site."""
    return sorted(site.rglob("*.html"))
