"""Two files of one person: pairs found and judged, files merged with everything that names them, merges undone."""

from liren.registry.actions.merging.finding import ask_for_duplicates, find_duplicates, tell_apart
from liren.registry.actions.merging.joining import merge_persons
from liren.registry.actions.merging.parting import undo_merge

__all__ = ["ask_for_duplicates", "find_duplicates", "merge_persons", "tell_apart", "undo_merge"]
