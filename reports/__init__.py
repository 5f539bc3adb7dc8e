"""HTML reports from records and references."""

from reports.builder import ReportError, build

__all__ = ["ReportError", "build"]
