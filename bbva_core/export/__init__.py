"""Exports: a run's rows as files."""

from bbva_core.export.tables import TABLES
from bbva_core.export.writers import WRITERS, export_run

__all__ = ["TABLES", "WRITERS", "export_run"]
