"""Verification of tilesets: what documents promise against what content holds, and what is drawn against the rows it was made from."""

from twin.verify.files import Files, Folder, Web, named
from twin.verify.inspecting import Inspection, inspect_tileset
from twin.verify.models import Verified, tilesets_of, verify_city, verify_model, versions_asked
from twin.verify.source import Census, Element
from twin.verify.walking import Content

__all__ = ["Census", "Content", "Element", "Files", "Folder", "Inspection", "Verified", "Web", "inspect_tileset", "named",
           "tilesets_of", "verify_city", "verify_model", "versions_asked"]
