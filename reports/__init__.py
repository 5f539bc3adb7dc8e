"""HTML reports from records and references."""

from reports.builder import build
from reports.errors import ReportError

__all__ = ["ReportError", "build"]
