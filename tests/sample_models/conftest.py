"""The small site, written once: layers and building models."""

import ifcopenshell
import pytest

from sample_models import ModelFile, write_model_files
from sample_models.layout import Layout
from sample_models.site import SiteFiles, write_layers

SCALE = 0.1


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(SCALE)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> SiteFiles:
    return write_layers(tmp_path_factory.mktemp("site"), SCALE)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFile]:
    return {file.id: file for file in write_model_files(tmp_path_factory.mktemp("models"), SCALE)}


@pytest.fixture(scope="session")
def opened(models: dict[str, ModelFile]) -> dict[str, ifcopenshell.file]:
    return {id: ifcopenshell.open(file.path) for id, file in models.items()}
