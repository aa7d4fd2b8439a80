"""Settings: read once from `CSDI_*`, frozen, one sentence each; passed down as an argument, never a global."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from csdi.errors import SettingsInvalid


class Settings(BaseSettings):
    """All that an installation may choose; every field is the environment variable `CSDI_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CSDI_", frozen=True, extra="ignore")

    home: Path = Field(Path("csdi-data"), description="Data folder; the embedded store, blobs and jobs live in it.")
    store: str = Field("", description="Store URL: sqlite:///path/site.gpkg, postgresql://... or memory:; "
                                       "empty means site.gpkg in the data folder.")
    blobs: str = Field("", description="Blob URL: file:///folder or s3://bucket/prefix; empty means blobs in the data folder.")
    jobs: str = Field("", description="Job database URL: sqlite:///path or postgresql://...; "
                                      "empty means beside the store (jobs.sqlite, or the same PostgreSQL database).")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the server listens on.")
    workers: int = Field(0, ge=0, le=256, description="Web worker processes; 0 means one per core, at most four.")
    base_url: str = Field("", description="Public URL of the server, used in links; empty means that of each request.")
    job_workers: int = Field(0, ge=0, le=256, description="Heavy jobs run at once by one worker; 0 means one per core.")
    height_model: str = Field("hk", description="HKPD to ellipsoidal height: none, hk (shipped), constant:<metres> "
                                                "or grid:<path>.")
    upload_limit_mb: int = Field(2048, ge=1, description="Largest file that is taken in, in megabytes.")
    signing_key: str = Field("", description="File of the Ed25519 key that rule packs and reports are signed with, made on first use; "
                                             "empty means signing.key in the data folder.")
    token: str = Field("", description="Bearer token that grants the role `editor` over HTTP; empty means that HTTP is read-only.")
    tokens: str = Field("", description="File of more tokens: lines of name, role (applicant, reader, reviewer, editor, operator) and the "
                                        "SHA-256 of the token in hex; empty means none.")
    upload_quota_mb: int = Field(8192, ge=1, description="Megabytes that one principal may have in uploads that are not used yet.")
    upload_keep_h: float = Field(48.0, gt=0, description="Hours that an upload which is not used is kept.")
    sync_limit_s: float = Field(60.0, gt=0, le=3600, description="Seconds that a process may run while its client waits for the answer.")
    schedule_s: float = Field(15.0, gt=0, le=3600, description="Seconds between two looks for layers and catalogues that are due.")
    outgoing_internal: bool = Field(False, description="Whether harvests and callbacks may reach loopback, private and link-local "
                                                       "addresses.")
    asset_rules: str = Field("", description="File or folder of rules that say which elements are assets; empty means the program's own.")
    tile_edges: bool = Field(False, description="Whether tiles of models mark the edges that are worth a line, for viewers that draw "
                                                "EXT_mesh_primitive_edge_visibility; the one shipped needs no marks.")
    geovolumes_rel: str = Field("[ogc-rel:3d-geovolumes]", min_length=1,
                                description="Relation of the links of volumes to their tilesets; the draft of 3D GeoVolumes may change it.")
    geovolumes_media: str = Field("application/3dtiles+json", min_length=3,
                                  description="Media type of the links of volumes to their tilesets; see CSDI_GEOVOLUMES_REL.")
    site_name: str = Field("", description="Name of the site, or its names in English, 繁體中文 and 简体中文 with | between them.")
    language: str = Field("en", pattern="^(en|zh-Hant|zh-Hans)$", description="Default language: en, zh-Hant or zh-Hans.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def site_names(self) -> dict[str, str]:
        """The site's name by language; {} when it has none. A single name serves every language."""
        names = [part.strip() for part in self.site_name.split("|") if part.strip()]
        return {tag: names[min(i, len(names) - 1)] for i, tag in enumerate(("en", "zh-Hant", "zh-Hans"))} if names else {}

    @property
    def store_url(self) -> str:
        """The store URL with the default filled in."""
        return self.store or f"sqlite:///{self.home / 'site.gpkg'}"

    @property
    def blobs_url(self) -> str:
        """The blob URL with the default filled in."""
        return self.blobs or f"file://{self.home / 'blobs'}"

    @property
    def signing_key_file(self) -> Path:
        """The file of the signing key with the default filled in."""
        return Path(self.signing_key).expanduser() if self.signing_key else self.home / "signing.key"

    @property
    def packs_folder(self) -> Path:
        """Where published rule packs lie: `<id>/<version>`."""
        return self.home / "packs"

    @property
    def jobs_url(self) -> str:
        """The job database URL with the default filled in."""
        if self.jobs:
            return self.jobs
        return self.store if self.store.startswith("postgresql") else f"sqlite:///{self.home / 'jobs.sqlite'}"


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process: environment first, `overrides` (given on the command line) before it.

    Raises:
        SettingsInvalid: naming the variable, its value and what is allowed.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "CSDI_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsInvalid(f"{name}: {first['msg']}", remedy="see the table of settings in docs/settings.md",
                              field=name, value=str(first.get("input"))) from None
