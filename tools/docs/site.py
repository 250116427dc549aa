"""Writes the pages: a front page, a page for each table, and what else there is to know.

Plain HTML that needs neither a network nor a script. From the front page a table is one step away
and each of its columns two.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lvdash import definition
from orchestration.errors import LakehouseError, os_errors
from orchestration.questions import load_metrics
from orchestration.run import make_page
from orchestration.settings import Settings
from tools.docs.build import generate
from tools.docs.catalogue import LAYERS, WHOLE, Table, read_catalogue
from tools.docs.diagram import draw
from tools.docs.guides import inline, read_guides
from tools.docs.lineage import Id, by_table, trace

LAYER_TEXTS = {
    "gold": "What people read: the star schema of sales.",
    "quality": "What was repaired, what is in quarantine, and whether everything adds up.",
    "silver": "Rows named, typed and validated; customers, products and sales merged.",
    "bronze": "Each row of each file as text, with its file and line.",
    "landing": "The files as CRM and ERP export them.",
}
ASSETS = Path(__file__).with_name("assets")
OWN_FOLDERS = ("tables", "guides")
"""Written from nothing each time, so that no page of a removed table stays."""

Grouped = list[tuple[Table, list[str]]]
"""Columns by their table."""


def make_site(settings: Settings) -> str:
    """Write the whole site and return where its front page is.

    Raises:
        LakehouseError: when nothing is built, or the site cannot be written.
    """
    site = Site(settings)
    with os_errors("writing the documentation"):
        for name in OWN_FOLDERS:
            shutil.rmtree(settings.site / name, ignore_errors=True)
        site.write()
        make_page(settings)
    if site.lineage.untraced:
        raise LakehouseError(
            "The lineage of these could not be followed:\n" + "\n".join(site.lineage.untraced),
            "Write their SQL so that sqlglot can read it; everything else is in the site.",
        )
    return os.fspath(settings.site / "index.html")


class Site:
    """The pages and all that they show."""

    def __init__(self, settings: Settings) -> None:
        manifest, catalog = generate(settings)
        self.folder, self.project_dir = settings.site, settings.project_dir
        self.catalogue = read_catalogue(manifest, catalog, self.project_dir)
        self.board = definition.load(settings.dashboard)
        self.view = load_metrics(self.project_dir)
        self.lineage = trace(manifest, catalog, self.catalogue, self.board, self.view)
        self.guides = read_guides(self.project_dir / "docs")
        self.jinja = Environment(
            loader=PackageLoader("tools.docs", "assets"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.jinja.filters["marked"] = inline
        self.jinja.globals.update(
            css=Markup((ASSETS / "site.css").read_text(encoding="utf-8")),
            layer_texts=LAYER_TEXTS,
            guides=self.guides,
            board=self.board,
            view=self.view,
            by_name=self.catalogue.by_name(),
            origins=lambda column: self._grouped(self.lineage.origins(column)),
            uses=lambda column: self._grouped(self.lineage.uses(column)),
            readers=self._readers,
            parents=lambda kind, name: self._grouped(self.lineage.parents.get((kind, name), ())),
        )

    def write(self) -> None:
        """Write all pages but the dashboard and dbt's own."""
        catalogue = self.catalogue
        layers = [(layer, catalogue.layer(layer)) for layer in LAYERS]
        gold = [t for t in catalogue.layer("gold") if t.columns and "dashboard" not in t.name]
        self._page("index.html", layers=layers, exposures=self._exposures())
        self._page("diagram.html", drawing=Markup(draw(gold)))
        rules = self.project_dir / "seeds" / "data_quality_rules.csv"
        with rules.open(encoding="utf-8", newline="") as file:
            self._page("rules.html", rules=list(csv.DictReader(file)))
        self._page("metrics.html")
        self._page("widgets.html")
        whole = [test for test in catalogue.tests if test.title == WHOLE]
        count = len(catalogue.tests)
        self._page("tests.html", tests=whole, macros=catalogue.macros, count=count)
        for table in catalogue.tables.values():
            self._page(table.page, "table.html", table=table)
        for guide in self.guides:
            self._page(f"guides/{guide.name}.html", "guide.html", guide=guide)
        shutil.copytree(self.project_dir / "docs" / "pictures", self.folder / "guides" / "pictures")

    def _page(self, name: str, template: str = "", **values: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = self.jinja.get_template(f"{template or name}.j2")
        text = drawn.render(root="../" * name.count("/"), here=name, **values)
        path.write_text(text, encoding="utf-8")

    def _grouped(self, ids: Iterable[Id]) -> Grouped:
        return by_table(ids, self.catalogue.tables)

    def _readers(self, column: Id) -> dict[str, list[tuple[str, str]]]:
        """Metrics and widgets that a column reaches: link and title."""
        names = [name for kind, name in self.lineage.uses(column) if kind == "metric"]
        metrics = [(f"metrics.html#{name}", self.view.field(name).title) for name in names]
        reached = {name for kind, name in self.lineage.uses(column) if kind == "widget"}
        widgets = [
            (f"widgets.html#{widget.name}", f"{widget.page}: {widget.title}")
            for widget in self.board.widgets
            if widget.name in reached
        ]
        return {"metrics": metrics, "dashboard": widgets}

    def _exposures(self) -> list[dict[str, Any]]:
        tables = self.catalogue.tables
        return [
            {
                "title": each["label"] or each["name"],
                "type": each["type"],
                "maturity": each["maturity"] or "",
                "owner": each["owner"].get("name") or each["owner"].get("email"),
                "description": " ".join(each["description"].split()),
                "tables": [tables[id_] for id_ in each["depends_on"]["nodes"] if id_ in tables],
            }
            for each in self.catalogue.exposures
        ]
