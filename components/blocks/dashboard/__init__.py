"""The one dashboard, as the JSON CloudWatch draws: a module a section, from runs down to machines."""

from typing import Any

from components.blocks.dashboard import data_preparation, endpoint, jobs, models, runs, training
from components.blocks.dashboard.widgets import Subject, stacked

__all__ = ["Subject", "body"]

SECTIONS = (runs, data_preparation, training, models, endpoint, jobs)


def body(subject: Subject) -> dict[str, Any]:
    """The dashboard's document: each section is a title above rows of widgets that share the width."""
    return {
        "start": "-P14D",
        "widgets": stacked([(section.TITLE, section.rows(subject)) for section in SECTIONS]),
    }
