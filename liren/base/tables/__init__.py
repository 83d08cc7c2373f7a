"""Tables that come into the house as files: rows of cells in bounded time and memory, or a refusal in plain words.

What a file is, is told by its content, never by its name. XLSX is read as a stream by an own reader, so that a million rows
cost no more memory than a hundred; old and rare books (XLS, XLSB, ODS) are read in a child process with limits.
"""

from liren.base.tables.reading import Cell, Row, Table, open_table

__all__ = ["Cell", "Row", "Table", "open_table"]
