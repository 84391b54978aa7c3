"""Spreadsheet files as rows of texts: CSV in the forms that spreadsheet programs and shops write, XLSX and ODS.

Whose columns mean what is not known here. Every cell is the text that a person sees in it, as far as a file says.
"""

from offerctl.sheets.files import MAX_BYTES, read
from offerctl.sheets.model import MAX_COLUMNS, MAX_ROWS, Row, Sheet

__all__ = ["MAX_BYTES", "MAX_COLUMNS", "MAX_ROWS", "Row", "Sheet", "read"]
