"""Maps in styles that people put, MapLibre and SLD: the colours stand where the Features are, whichever form says so."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL

EDITOR = {"Authorization": "Bearer t"}
ROOT = "/ogc/collections"
SOUTH, WEST, STEP = 22.30, 113.90, 0.01
BOX = f"{WEST},{SOUTH},{WEST + 3 * STEP},{SOUTH + STEP}"
"""Three squares side by side."""
RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)
SLD = "application/vnd.ogc.sld+xml"
ZONES = [("school", 10, "甲"), ("hospital", 25.5, "乙"), (None, 40, "丙")]


def square(number: int) -> dict[str, Any]:
    west = WEST + number * STEP
    return {"type": "Polygon", "coordinates": [[[west, SOUTH], [west + STEP, SOUTH], [west + STEP, SOUTH + STEP], [west, SOUTH + STEP], [west, SOUTH]]]}


def zones(*shown: int) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": number, "geometry": square(number), "properties": {"use": ZONES[number][0], "level": ZONES[number][1],
                                                                                  "名稱": ZONES[number][2], "code": number}}
        for number in shown]}, ensure_ascii=False)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("styled")
    (home / "zones.geojson").write_text(zones(0, 1, 2), encoding="utf-8")
    with open_services(read_settings(home=home, token="t")) as opened:
        for path in (home / "zones.geojson", SMALL / "terrain.tif", SMALL / "stands.geojson"):
            (result,) = add_layers(opened.store, opened.blobs, path, LayerOptions())
            assert result.result == "published", result.error
        yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def maplibre(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"version": 8, "sources": {"s": {"type": "vector", "tiles": ["https://example.org/{z}/{x}/{y}"]}},
            "layers": [{"id": f"l{number}", "source": "s"} | layer for number, layer in enumerate(layers)]}


def descriptor(rules: str) -> str:
    return ('<sld:StyledLayerDescriptor version="1.0.0" xmlns:sld="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc"><sld:NamedLayer>'
            f"<sld:Name>any</sld:Name><sld:UserStyle><sld:FeatureTypeStyle>{rules}</sld:FeatureTypeStyle></sld:UserStyle></sld:NamedLayer>"
            "</sld:StyledLayerDescriptor>")


def filled(colour: str, test: str = "", more: str = "") -> str:
    return (f'<sld:Rule>{test}{more}<sld:PolygonSymbolizer><sld:Fill><sld:CssParameter name="fill">{colour}</sld:CssParameter></sld:Fill>'
            "</sld:PolygonSymbolizer></sld:Rule>")


def where(test: str) -> str:
    return f"<ogc:Filter>{test}</ogc:Filter>"


def compared(name: str, field: str, value: object) -> str:
    return f"<ogc:{name}><ogc:PropertyName>{field}</ogc:PropertyName><ogc:Literal>{value}</ogc:Literal></ogc:{name}>"


def put(client: TestClient, style: dict[str, Any] | str, id: str = "mine", collection: str = "zones") -> None:
    for_sld = isinstance(style, str)
    client.delete(f"{ROOT}/{collection}/styles/{id}", headers=EDITOR)
    answer = client.put(f"{ROOT}/{collection}/styles/{id}", content=style.encode() if isinstance(style, str) else orjson.dumps(style),
                        headers=EDITOR | {"Content-Type": SLD if for_sld else "application/vnd.mapbox.style+json"})
    assert answer.status_code == 204, answer.text


def picture(client: TestClient, path: str, **params: str) -> NDArray[np.uint8]:
    answer = client.get(f"{ROOT}/{path}", params={"width": "300", "height": "100", "bbox": BOX} | params)
    assert answer.status_code == 200, answer.text[:400]
    return np.array(Image.open(io.BytesIO(answer.content)))


def middles(client: TestClient, style: str = "mine", **params: str) -> list[tuple[int, ...] | None]:
    """Colours in the middles of the three squares; None where nothing is drawn."""
    found = picture(client, f"zones/styles/{style}/map", **params)
    return [tuple(int(n) for n in found[50, column, :3]) if found[50, column, 3] else None for column in (50, 150, 250)]


def fill(colour: Any, **more: Any) -> dict[str, Any]:
    return {"type": "fill", "paint": {"fill-color": colour}, **more}


SAID = {
    "match": (fill(["match", ["get", "use"], "school", "red", ["hospital", "clinic"], "#008000", "rgb(0, 0, 255)"]), [RED, GREEN, BLUE]),
    "step": (fill(["step", ["get", "level"], "red", 25.5, "green", 40, "blue"]), [RED, GREEN, BLUE]),
    "interpolate": (fill(["interpolate", ["linear"], ["get", "level"], 10, "#000000", 40, "#0000ff"]), [(0, 0, 0), (0, 0, 132), BLUE]),
    "case": (fill(["case", ["==", ["get", "use"], "school"], "red", [">", ["get", "level"], 30], "blue", "green"]), [RED, GREEN, BLUE]),
    "filter": (fill("red", filter=["all", ["has", "use"], ["!=", ["get", "use"], "hospital"]]), [RED, None, None]),
    "old filter": (fill("red", filter=["any", ["==", "use", "school"], ["in", "code", 2, 7]]), [RED, None, RED]),
    "stops": (fill({"property": "use", "type": "categorical", "stops": [["school", "red"], ["hospital", "green"]], "default": "blue"}),
              [RED, GREEN, BLUE]),
    "sums": (fill(["case", ["<", ["*", ["get", "level"], 2], 51], "red", "blue"]), [RED, BLUE, BLUE]),
    "no value": (fill(["coalesce", ["get", "nothing"], "hsl(240, 100%, 50%)"]), [BLUE, BLUE, BLUE]),
    "zoom": (fill(["step", ["zoom"], "red", 30, "blue"], minzoom=2), [RED, RED, RED]),
    "not at this zoom": (fill("red", maxzoom=2), [None, None, None]),
    "hidden": (fill("red", layout={"visibility": "none"}), [None, None, None])}


@pytest.mark.parametrize("name", SAID)
def test_features_are_drawn_as_a_maplibre_style_says(client: TestClient, name: str) -> None:
    layer, expected = SAID[name]
    put(client, maplibre(layer))
    for found, colour in zip(middles(client), expected, strict=True):
        assert (found is None) == (colour is None)
        assert colour is None or found is None or np.abs(np.subtract(found, colour)).max() <= 2


RULES = {
    "filters": (filled("#ff0000", where(compared("PropertyIsEqualTo", "use", "school"))) + filled("#008000", where(compared(
        "PropertyIsEqualTo", "code", 1))) + filled("#0000ff", "<sld:ElseFilter/>"), [RED, GREEN, BLUE]),
    "ranges": (filled("#ff0000", where(compared("PropertyIsLessThan", "level", 25.5))) + filled("#008000", where(
        "<ogc:PropertyIsBetween><ogc:PropertyName>level</ogc:PropertyName><ogc:LowerBoundary><ogc:Literal>25.5</ogc:Literal></ogc:LowerBoundary>"
        "<ogc:UpperBoundary><ogc:Literal>30</ogc:Literal></ogc:UpperBoundary></ogc:PropertyIsBetween>")), [RED, GREEN, None]),
    "null": (filled("#0000ff", where("<ogc:PropertyIsNull><ogc:PropertyName>use</ogc:PropertyName></ogc:PropertyIsNull>")), [None, None, BLUE]),
    "logic": (filled("#ff0000", where(f"<ogc:Or>{compared('PropertyIsEqualTo', '名稱', '甲')}<ogc:Not>{compared('PropertyIsLessThan', 'level', 30)}"
                                      "</ogc:Not></ogc:Or>")), [RED, None, RED]),
    "like": (filled("#ff0000", where('<ogc:PropertyIsLike wildCard="*" singleChar="." escape="!"><ogc:PropertyName>use</ogc:PropertyName>'
                                     "<ogc:Literal>*pit*</ogc:Literal></ogc:PropertyIsLike>")), [None, RED, None]),
    "scales": (filled("#ff0000", more="<sld:MinScaleDenominator>1000000000</sld:MinScaleDenominator>") + filled(
        "#0000ff", more="<sld:MaxScaleDenominator>1000000000</sld:MaxScaleDenominator>"), [BLUE, BLUE, BLUE])}


@pytest.mark.parametrize("name", RULES)
def test_features_are_drawn_as_an_sld_says(client: TestClient, name: str) -> None:
    rules, expected = RULES[name]
    put(client, descriptor(rules))
    assert middles(client) == expected


@pytest.mark.parametrize("name", ["match", "step", "case", "filter", "old filter", "not at this zoom"])
def test_what_both_forms_can_say_looks_the_same_after_each_translation(client: TestClient, name: str) -> None:
    put(client, maplibre(SAID[name][0]))
    before = picture(client, "zones/styles/mine/map")
    sld = client.get(f"{ROOT}/zones/styles/mine", params={"f": "sld"})
    assert sld.status_code == 200, sld.text
    ElementTree.fromstring(sld.content)
    put(client, sld.text, "second")
    assert (picture(client, "zones/styles/second/map") == before).all()
    again = client.get(f"{ROOT}/zones/styles/second", params={"f": "mapbox"})
    put(client, again.json(), "third")
    assert (picture(client, "zones/styles/third/map") == before).all()


@pytest.mark.parametrize("name", RULES)
def test_an_sld_is_given_as_a_maplibre_style_that_looks_the_same(client: TestClient, name: str) -> None:
    put(client, descriptor(RULES[name][0]))
    before = picture(client, "zones/styles/mine/map")
    style = client.get(f"{ROOT}/zones/styles/mine", params={"f": "mapbox"}).json()
    assert {layer["source"] for layer in style["layers"]} == set(style["sources"])
    put(client, style, "second")
    assert (picture(client, "zones/styles/second/map") == before).all()


@pytest.mark.parametrize("layer", [SAID["interpolate"][0], SAID["zoom"][0], {"type": "heatmap"}, fill("red") | {"paint": {"fill-pattern": "x"}},
                                   fill("no colour")])
def test_what_sld_cannot_say_is_refused_with_a_remedy_and_not_offered(client: TestClient, layer: dict[str, Any]) -> None:
    put(client, maplibre(layer))
    answer = client.get(f"{ROOT}/zones/styles/mine", params={"f": "sld"})
    assert answer.status_code == 404
    assert answer.json()["remedy"]
    (listed,) = [one for one in client.get(f"{ROOT}/zones/styles").json()["styles"] if one["id"] == "mine"]
    assert [link["type"] for link in listed["links"] if link["rel"] == "stylesheet"] == ["application/vnd.mapbox.style+json"]
    assert client.get(f"{ROOT}/zones/styles/mine", params={"f": "mapbox"}).status_code == 200


@pytest.mark.parametrize("layer", [fill(["nonsense", 1]), fill("red", filter=["within", {}]), {"type": "heatmap"}, fill(["step", ["get", "level"], "red", 2, "b", 1, "c"]),
                                   fill(["match"]), fill({"stops": 3}), fill(["get", 3]), fill(["interpolate", ["cubic-bezier"], ["zoom"], 1, "red"])])
def test_what_cannot_be_drawn_is_refused_by_the_map(client: TestClient, layer: dict[str, Any]) -> None:
    put(client, maplibre(layer))
    answer = client.get(f"{ROOT}/zones/styles/mine/map")
    assert answer.status_code == 400
    assert answer.json()["remedy"]


@pytest.mark.parametrize("symbol", [
    "<sld:PointSymbolizer><sld:Graphic><sld:ExternalGraphic/></sld:Graphic></sld:PointSymbolizer>",
    "<sld:PolygonSymbolizer><sld:Fill><sld:GraphicFill/></sld:Fill></sld:PolygonSymbolizer>",
    '<sld:LineSymbolizer><sld:Stroke><sld:CssParameter name="stroke-width">wide</sld:CssParameter></sld:Stroke></sld:LineSymbolizer>'])
def test_an_sld_that_says_more_is_kept_and_refused_elsewhere(client: TestClient, symbol: str) -> None:
    put(client, descriptor(f"<sld:Rule>{symbol}</sld:Rule>"))
    assert client.get(f"{ROOT}/zones/styles/mine", params={"f": "sld"}).status_code == 200
    assert client.get(f"{ROOT}/zones/styles/mine", params={"f": "mapbox"}).status_code == 404
    assert client.get(f"{ROOT}/zones/styles/mine/map").status_code == 400


def test_later_layers_lie_over_earlier_ones_and_let_them_shine_through(client: TestClient) -> None:
    put(client, maplibre(fill("#ff0000"), fill("#0000ff") | {"paint": {"fill-color": "#0000ff", "fill-opacity": 0.5}}))
    assert middles(client)[0] == (128, 0, 128)


def test_lines_dots_and_letters_are_drawn(client: TestClient) -> None:
    put(client, maplibre({"type": "line", "paint": {"line-color": "#0000ff", "line-width": 10}}))
    found = picture(client, "zones/styles/mine/map")
    assert found[50, 50, 3] == 0
    assert tuple(found[50, 103]) == (*BLUE, 255)
    put(client, maplibre({"type": "symbol", "layout": {"text-field": "{名稱} {code}", "text-size": 30}, "paint": {"text-color": "#ff0000"}}))
    found = picture(client, "zones/styles/mine/map")
    for left in (0, 100, 200):
        part = found[:, left:left + 100]
        assert 100 < (part[..., 3] > 128).sum() < 3000
        assert (part[part[..., 3] == 255][:, :3] == RED).all()
    put(client, maplibre({"type": "circle", "paint": {"circle-color": "#008000", "circle-radius": 9}}), collection="stands")
    found = np.array(Image.open(io.BytesIO(client.get(f"{ROOT}/stands/styles/mine/map", params={"width": "600"}).content)))
    assert ((found[..., 3] == 255) & (found[..., 1] == 128)).sum() > 200


def test_a_style_is_named_by_the_path_or_the_parameter_and_the_default_one_can_be_put(client: TestClient) -> None:
    put(client, maplibre(fill("red")))
    by_path, by_parameter = picture(client, "zones/styles/mine/map"), picture(client, "zones/map", style="mine")
    assert (by_path == by_parameter).all()
    plain = picture(client, "zones/map")
    put(client, maplibre(fill("#0000ff")), "default")
    assert tuple(picture(client, "zones/map")[50, 50, :3]) == BLUE
    assert client.delete(f"{ROOT}/zones/styles/default", headers=EDITOR).status_code == 204
    assert (picture(client, "zones/map") == plain).all()
    assert client.get(f"{ROOT}/zones/styles/none/map").status_code == 404
    assert client.get(f"{ROOT}/zones/map", params={"style": "none"}).status_code == 404
    assert client.get(f"{ROOT}/zones/map", params={"style": ""}).json()["field"] == "style"
    assert client.get(f"{ROOT}/zones/styles/mine/map", params={"style": "mine"}).status_code == 400


def test_a_map_is_another_one_when_its_style_is(client: TestClient) -> None:
    put(client, maplibre(fill("red")))
    tag = client.get(f"{ROOT}/zones/styles/mine/map").headers["etag"]
    assert client.get(f"{ROOT}/zones/styles/mine/map", headers={"If-None-Match": tag}).status_code == 304
    put(client, maplibre(fill("blue")))
    assert client.get(f"{ROOT}/zones/styles/mine/map", headers={"If-None-Match": tag}).status_code == 200


def test_tiles_and_links_lead_to_styled_maps(client: TestClient) -> None:
    put(client, maplibre(fill("red")))
    (listed,) = [one for one in client.get(f"{ROOT}/zones/styles").json()["styles"] if one["id"] == "mine"]
    (link,) = [link["href"] for link in listed["links"] if link["rel"].endswith("/map")]
    assert client.get(link.replace("http://testserver", "")).headers["content-type"] == "image/png"
    level = 14
    row = int((1 - np.arcsinh(np.tan(np.radians(SOUTH + STEP / 2))) / np.pi) / 2 * 2**level)
    column = int((WEST + STEP / 2 + 180) / 360 * 2**level)
    for end in ("", ".png"):
        answer = client.get(f"{ROOT}/zones/styles/mine/map/tiles/WebMercatorQuad/{level}/{row}/{column}{end}")
        assert answer.status_code == 200
        found = np.array(Image.open(io.BytesIO(answer.content)))
        assert (found[found[..., 3] == 255][:, :3] == RED).all()
        assert found[..., 3].max() == 255


def test_a_colour_map_colours_the_values_of_a_coverage(client: TestClient) -> None:
    values = client.get(f"{ROOT}/terrain/coverage", params={"f": "covjson", "scale-factor": "9"}).json()
    (heights,) = values["ranges"].values()
    known = [value for value in heights["values"] if value is not None]
    middle = (min(known) + max(known)) / 2
    entries = f'<sld:ColorMapEntry color="#ff0000" quantity="{middle}"/><sld:ColorMapEntry color="#0000ff" quantity="{max(known) + 50}" opacity="0.5"/>'
    put(client, descriptor(f'<sld:Rule><sld:RasterSymbolizer><sld:ColorMap type="intervals">{entries}</sld:ColorMap></sld:RasterSymbolizer></sld:Rule>'),
        collection="terrain")
    answer = client.get(f"{ROOT}/terrain/styles/mine/map", params={"width": "200"})
    found = np.array(Image.open(io.BytesIO(answer.content)))
    colours = {tuple(int(n) for n in one) for one in found.reshape(-1, 4)} - {(0, 0, 0, 0)}
    assert colours == {(*RED, 255), (*BLUE, 128)}
    ramp = ["interpolate", ["linear"], ["elevation"], min(known), "#000000", max(known), "#0000ff"]
    relief = maplibre({"type": "color-relief", "paint": {"color-relief-color": ramp}})
    put(client, relief, "ramp", "terrain")
    before = client.get(f"{ROOT}/terrain/styles/ramp/map", params={"width": "200"}).content
    blue = np.array(Image.open(io.BytesIO(before)))
    assert len(np.unique(blue[..., 2])) > 10
    assert blue[..., :2].max() == 0
    put(client, client.get(f"{ROOT}/terrain/styles/ramp", params={"f": "sld"}).text, "second", "terrain")
    assert client.get(f"{ROOT}/terrain/styles/second/map", params={"width": "200"}).content == before
    shown = client.get(f"{ROOT}/terrain/styles/second", params={"f": "mapbox"}).json()
    (source,) = shown["sources"].values()
    assert "/styles/second/map/tiles/" in source["tiles"][0]


def test_a_map_of_another_time_shows_what_was_there(services: Services, client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "moving.geojson"

    def publish(*shown: int) -> None:
        path.write_text(zones(*shown), encoding="utf-8")
        (result,) = add_layers(services.store, services.blobs, path, LayerOptions())
        assert result.result == "published", result.error

    publish(0, 1)
    time.sleep(1.1)
    between = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    time.sleep(1.1)
    publish(1, 2)
    expected = {"": [False, True, True], between: [True, True, False], "2000-01-01T00:00:00Z": [False, False, False]}
    for moment, there in expected.items():
        found = picture(client, "moving/map", **({"datetime": moment} if moment else {}))
        assert [bool(found[50, column, 3]) for column in (50, 150, 250)] == there, moment
