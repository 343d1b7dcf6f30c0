"""Renders a run's record as one self-contained HTML file: no script, no request to anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from contracts.failure_record import Effort
from rehearsal.report import plots
from rehearsal.report.graph import draw
from rehearsal.report.record import RunRecord
from rehearsal.report.timeline import timeline

TEMPLATES = Path(__file__).parent


def write_page(record: RunRecord, path: Path) -> Path:
    """Write the page to `path`; returns it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plain = record.to_dict()
    effort = plain["outcome"].get("effort")
    html = environment.get_template("page.html.j2").render(
        record=plain,
        timeline=timeline(record),
        graphs=_graphs(plain),
        plots=_plots(plain["evaluation"]),
        effort_text=Effort(**effort).text if effort else "",
    )
    path.write_text(html)
    return path


def _graphs(record: dict[str, Any]) -> list[dict[str, Any]]:
    """One drawing a machine, the parent first; executions of one machine after the first are not repeated."""
    drawn: dict[str, dict[str, Any]] = {}
    for execution in record["executions"]:
        if execution["machine"] not in drawn:
            drawn[execution["machine"]] = {
                "machine": execution["machine"],
                "status": execution["status"],
                "svg": Markup(draw(execution["definition"], execution["events"])),  # noqa: S704 - ours, escaped
            }
    return list(drawn.values())


def _plots(evaluation: dict[str, Any] | None) -> dict[str, Markup]:
    if evaluation is None:
        return {}
    curves = evaluation.get("curves") or {}
    drawn = {
        "metrics": plots.metrics(evaluation["overall"]),
        "slices": plots.slices(evaluation["segments"], "f1"),
    }
    if curves.get("candidate"):
        drawn |= {"roc": plots.roc(curves), "calibration": plots.calibration(curves)}
    if evaluation.get("importance"):
        drawn["importance"] = plots.importance(evaluation["importance"])
    return {name: Markup(text) for name, text in drawn.items()}  # noqa: S704 - matplotlib's own SVG
