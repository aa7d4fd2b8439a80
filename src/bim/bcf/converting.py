"""From one version to another, with a finding for all that the other cannot say or says otherwise."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bim.bcf.findings import dangling, filled, lost
from bim.bcf.fitting import Fitter, guid_of
from bim.bcf.layouts import VERSIONS
from bim.bcf.model import Bcf, Document, DocumentReference, Documents, Extensions, Project, Topic, Viewpoint
from bim.bcf.reading import DOCUMENTS, EXTENSIONS, GUID, MARKUP, PROJECT, VERSION
from bim.bcf.viewing import fitted_view
from csdi.errors import ValueInvalid
from csdi.finding import Finding

WRITTEN = ("2.1", "3.0")
"""Versions that are written."""

SCHEMA_MEMBER = "extensions.xsd"
_BESIDE = frozenset({"folder", "view"})


def converted(bcf: Bcf, version: str, unchanged: frozenset[str] = frozenset()) -> tuple[Bcf, list[Finding]]:
    """(the archive as the version says it, what that changes). Parts whose paths are in `unchanged` are left as they are.

    Raises:
        ValueInvalid: we do not write this version.
    """
    if version not in WRITTEN:
        raise ValueInvalid(f"BCF {version} is not written", field="version", value=version, remedy=f"one of {', '.join(WRITTEN)}")
    findings: list[Finding] = []
    if version != bcf.version:
        bcf = (with_list if version == "3.0" else _out_of_list)(bcf, findings)
    topics = tuple(_topic(topic, version, unchanged, findings) for topic in bcf.topics)
    bcf = replace(bcf, topics=topics)
    project = bcf.project if PROJECT in unchanged else _project(bcf, version, findings)
    words = bcf.extensions or (_words(topics) if version == "3.0" else None)
    if words is not None and EXTENSIONS not in unchanged and version == "3.0":
        words = Fitter(version, EXTENSIONS).words(words)
    if bcf.documents is not None and DOCUMENTS not in unchanged:
        bcf = _identified(bcf, findings)
    return replace(bcf, version=version, project=project, extensions=words), findings


def _identified(bcf: Bcf, findings: list[Finding]) -> Bcf:
    """Documents with guids in small letters, which 3.0 asks for; their files and what refers to them go with them."""
    fitter = Fitter("3.0", DOCUMENTS)
    listed = bcf.documents.documents if bcf.documents else ()
    renamed = {one.guid: fitter.guid(one.guid, "document guid", one.filename) for one in listed}
    findings += fitter.findings
    members = {f"documents/{renamed[path[10:]]}" if path.startswith("documents/") and path[10:] in renamed else path: content
               for path, content in bcf.members.items()}
    topics = tuple(replace(topic, document_references=tuple(
        replace(one, document_guid=renamed.get(one.document_guid, one.document_guid)) for one in topic.document_references))
        for topic in bcf.topics)
    documents = replace(bcf.documents or Documents(), documents=tuple(replace(one, guid=renamed[one.guid]) for one in listed))
    return replace(bcf, topics=topics, documents=documents, members=MappingProxyType(members))


def _topic(topic: Topic, version: str, unchanged: frozenset[str], findings: list[Finding]) -> Topic:
    fitter = Fitter(version, topic.path(MARKUP))
    done = topic if topic.path(MARKUP) in unchanged else fitter.topic(topic)
    if not done.folder:
        done = replace(done, folder=topic.guid or done.guid)
    viewpoints = tuple(_viewpoint(one, done, fitter, version, unchanged) for one in done.viewpoints)
    done = replace(done, viewpoints=viewpoints)
    findings += fitter.findings
    layouts = VERSIONS[version]
    findings += [lost(topic.path(MARKUP), path, version) for path in layouts.markup.unsaid(done, _BESIDE)]
    for one in viewpoints:
        if one.view is not None:
            findings += [lost(topic.path(one.viewpoint), path, version) for path in layouts.view.unsaid(one.view)]
    return done


def _viewpoint(one: Viewpoint, topic: Topic, fitter: Fitter, version: str, unchanged: frozenset[str]) -> Viewpoint:
    if one.view is None or topic.path(one.viewpoint) in unchanged:
        return one
    return replace(one, view=fitted_view(one.view, one.guid, fitter, version))


def _project(bcf: Bcf, version: str, findings: list[Finding]) -> Project | None:
    project = bcf.project or Project()
    identified = project.project_id.strip()
    if not identified and project.name.strip():
        identified = guid_of("project", project.name)
        findings.append(filled(PROJECT, "project_id", version, identified))
    if version == "3.0":
        return replace(project, project_id=identified, name=project.name if project.name.strip() else "") if identified else None
    schema = project.extension_schema or (SCHEMA_MEMBER if bcf.extensions else "")
    return replace(project, project_id=identified, extension_schema=schema) if identified or schema else None


def _words(topics: tuple[Topic, ...]) -> Extensions:
    """The words that the topics use, for an archive that has no list of them."""

    def used(*words: str) -> tuple[str, ...]:
        return tuple(sorted({word for word in words if word}))

    return Extensions(
        topic_types=used(*(one.topic_type for one in topics)), topic_statuses=used(*(one.topic_status for one in topics)),
        priorities=used(*(one.priority for one in topics)), topic_labels=used(*(label for one in topics for label in one.labels)),
        users=used(*(user for one in topics for user in (one.creation_author, one.assigned_to))),
        snippet_types=used(*(one.bim_snippet.snippet_type for one in topics if one.bim_snippet)),
        stages=used(*(one.stage for one in topics)))


def with_list(bcf: Bcf, findings: list[Finding]) -> Bcf:
    """As in 3.0: documents that topics point to are listed, and lie in their own folder; `findings` gets what points nowhere."""
    members, listed = dict(bcf.members), dict[str, Document]()
    topics = []
    for topic in bcf.topics:
        references = []
        for n, one in enumerate(topic.document_references):
            reference, path = _listed(one, topic, n, bcf.members, findings)
            if path:
                listed.setdefault(path, Document(guid_of("document", path), posixpath.basename(path), one.description))
                members.pop(path, None)
                members[f"documents/{listed[path].guid}"] = bcf.members[path]
                reference = replace(reference, document_guid=listed[path].guid)
            references.append(reference)
        topics.append(replace(topic, document_references=tuple(references)))
    project = replace(bcf.project, extension_schema="") if bcf.project else None
    return replace(bcf, topics=tuple(topics), project=project, members=MappingProxyType(members),
                   documents=Documents(tuple(listed.values())) if listed else None)


def _listed(one: DocumentReference, topic: Topic, n: int, members: Mapping[str, bytes],
            findings: list[Finding]) -> tuple[DocumentReference, str]:
    """(the reference for 3.0, the member that it means or "")."""
    guid = one.guid.lower() if GUID.fullmatch(one.guid) else guid_of("reference", topic.guid, str(n), one.url)
    kept = replace(one, guid=guid, is_external=None, description=one.description if one.description.strip() else "")
    path = posixpath.normpath(topic.path(one.url.strip())) if one.url.strip() else ""
    if not one.is_external and path in members:
        return replace(kept, url=""), path
    if not one.is_external and one.url and "://" not in one.url:
        findings.append(dangling(topic.path(MARKUP), "document", one.url))
    return replace(kept, url=one.url.strip()), ""


def _out_of_list(bcf: Bcf, findings: list[Finding]) -> Bcf:
    """From 3.0, or from 2.0: documents lie under their own names, and topics point to these."""
    members = dict(bcf.members)
    paths = {}
    for document in bcf.documents.documents if bcf.documents else ():
        source = f"documents/{document.guid}"
        if source in members:
            paths[document.guid] = target = _free(document, members, bcf)
            members[target] = members.pop(source)
        else:
            findings.append(dangling(DOCUMENTS, "document", document.guid))
    told = {one.document_guid: one.description for topic in bcf.topics for one in topic.document_references}
    findings += [lost(DOCUMENTS, f"the entry of document {one.guid}", "2.1", one.filename)
                 for one in (bcf.documents.documents if bcf.documents else ())
                 if one.guid not in told or (one.description and one.description != told[one.guid])]
    topics = tuple(replace(topic, document_references=tuple(_placed(one, paths) for one in topic.document_references))
                   for topic in bcf.topics)
    return replace(bcf, topics=topics, documents=None, members=MappingProxyType(members))


def _free(document: Document, members: Mapping[str, bytes], bcf: Bcf) -> str:
    """A name at the top of the archive that nothing else has."""
    name = posixpath.basename(document.filename.strip().replace("\\", "/")).strip(". ") or document.guid
    folders = {topic.folder or topic.guid for topic in bcf.topics} | {path.partition("/")[0] for path in members}
    taken = name in folders or name.lower() in (VERSION, PROJECT, EXTENSIONS, DOCUMENTS, SCHEMA_MEMBER)
    return f"{document.guid}-{name}" if taken else name


def _placed(one: DocumentReference, paths: Mapping[str, str]) -> DocumentReference:
    if not one.document_guid:
        return replace(one, is_external=True if one.is_external is None and "://" in one.url else one.is_external)
    url = f"../{paths[one.document_guid]}" if one.document_guid in paths else one.document_guid
    return replace(one, document_guid="", url=url, is_external=False)
