"""What the tiles of the scene hold at the moment, asked of the page."""

from __future__ import annotations

from playwright.sync_api import Page

_FEATURES = """(() => {
  const found = [];
  const { primitives } = window.__csdi.viewer.scene;
  for (let at = 0; at < primitives.length; at++) {
    const tileset = primitives.get(at);
    const tiles = tileset.root && tileset.show ? [tileset.root] : [];
    while (tiles.length) {
      const tile = tiles.pop();
      tiles.push(...tile.children);
      for (const content of tile.content?.innerContents ?? (tile.content ? [tile.content] : []))
        for (let index = 0; index < content.featuresLength; index++) {
          const feature = content.getFeature(index);
          const said = (name) => (feature.hasProperty(name) ? feature.getProperty(name) : null);
          found.push([said("id"), said("name"), said("ifc_class"), feature.show, feature.color.toCssHexString()]);
        }
    }
  }
  return found;
})()"""

Drawn = tuple[str | None, str | None, str | None, bool, str]


def drawn(page: Page) -> list[Drawn]:
    """(id, name, IFC class, whether it is shown, colour) of all Features in the loaded tiles of tilesets that are shown."""
    return [tuple(row) for row in page.evaluate(_FEATURES)]
