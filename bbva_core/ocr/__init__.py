"""Reading text: engines behind one protocol, and the scoreboard reader in `bbva_core.ocr.scoreboard`.

Importing this package is light; an engine is imported when it is made.
"""

from bbva_core.ocr.engines import ENGINES, create_line_reader, create_reader
from bbva_core.ocr.types import LineReader, TextLine, TextReader, Word

__all__ = ["ENGINES", "LineReader", "TextLine", "TextReader", "Word", "create_line_reader", "create_reader"]
