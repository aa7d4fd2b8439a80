"""The layers of the small site, written once."""


import pytest

from sample_models.layout import Layout
from sample_models.site import SiteFiles, write_layers

SCALE = 0.1


@pytest.fixture(scope="session")
def layout() -> Layout:
    return Layout(SCALE)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> SiteFiles:
    return write_layers(tmp_path_factory.mktemp("site"), SCALE)
