"""What the register does when a model or a layer was published: it proposes, and leaves every Asset as it is."""

from __future__ import annotations

from typing import Any

from csdi.bootstrap import Services, open_services
from csdi.errors import CsdiError
from csdi.jobs import JSON, StepContext
from csdi.settings import read_settings
from twin.register.building import Built, Progress, build_layer, build_model, knows, models_of
from twin.register.keeping import Register
from twin.register.proposals import propose_layer, propose_model
from twin.register.rule_files import read_rules

WHO = "publication"
BUILD = "assets-build"


def follow_model(services: Services, model: str) -> dict[str, Any] | None:
    """The proposals that follow from a new version of a model that the register knows; None where it does not.

    The model is published already: what goes wrong here is told in the answer, and `csdi assets build` does it again.
    """
    register = Register(services.store)
    if not knows(register, model):
        return None
    try:
        rules = read_rules(services.settings.asset_rules)
        return propose_model(register, services.blobs, rules, model, WHO).to_dict()
    except CsdiError as error:
        return {"source": model, "error": error.to_dict()}


def build(services: Services, source: str, who: str, *, public: bool = False,
          progress: Progress = lambda _stage, _done: None) -> Built:
    """Build a model or a layer, or propose what changed where the register knows it. Raises NotFound, CollectionMissing, QueryError."""
    register, rules = Register(services.store), read_rules(services.settings.asset_rules)
    rule = next((one for one in rules.layers if one.layer == source), None)
    if rule is not None and source not in models_of(services.store):
        return propose_layer(register, rules, rule, who, progress) if knows(register, source) else \
            build_layer(register, rules, rule, who, public=public, progress=progress)
    if knows(register, source):
        return propose_model(register, services.blobs, rules, source, who, progress)
    return build_model(register, rules, source, who, blobs=services.blobs, public=public, progress=progress)


def run(args: dict[str, Any], context: StepContext) -> JSON:
    """The step of the job that builds: `sources` are models and layers, all where it is empty; `public` opens a register that it makes."""
    with open_services(read_settings()) as services:
        return [_built(services, source, args, context) for source in args.get("sources") or sources(services)]


def _built(services: Services, source: str, args: dict[str, Any], context: StepContext) -> JSON:
    return build(services, source, context.user or WHO, public=bool(args.get("public")),
                 progress=lambda stage, done: context.progress(stage, done=done, message=source)).to_dict()


def sources(services: Services) -> list[str]:
    """All models, then all layers that a rule names and that are there."""
    rules, there = read_rules(services.settings.asset_rules), {one.id for one in services.store.collections()}
    models = models_of(services.store)
    return [*models, *(rule.layer for rule in rules.layers if rule.layer in there and rule.layer not in models)]
