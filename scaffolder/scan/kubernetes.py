"""Manifests of Kubernetes, and units of systemd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scaffolder.scan.facts import Evidence
from scaffolder.scan.paths import folder_of, is_file, parents
from scaffolder.scan.tree import Tree
from scaffolder.scan.yaml_lines import Node, documents

_FOLDERS = re.compile(
    r"(^|/)(k8s|kubernetes|kube|deploy|deployment|deployments|manifests?|kustomize|infra"
    r"|infrastructure|ops|overlays|helm|charts?|gke|eks|aks|\.k8s|base|production|prod)(/|$)"
)
_OTHER = re.compile(
    r"(^|/)(tests?|examples?|docs?|dev|development|local|staging|e2e|\.github)(/|$)"
)
_KINDS = ("Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet", "Pod")
MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a workload. kind: Deployment, Job, ...; init: runs before the others."""

    path: str
    kind: str
    name: str
    node: Node
    init: bool = False

    @property
    def image(self) -> Node:
        """The image's name."""
        return self.node.get("image")

    def words(self) -> tuple[tuple[str, ...], Evidence]:
        """`command` with `args`, and where they stand."""
        nodes = [self.node.get("command"), self.node.get("args")]
        words = tuple(text for node in nodes for text, _ in node.texts())
        line = next((node.each()[0].line for node in nodes if node.each()), self.node.line)
        return words, Evidence(self.path, line)

    def variables(self) -> Iterator[tuple[str, str, Evidence]]:
        """Variables with a literal value."""
        for each in self.node.get("env").each():
            name, value = each.get("name").text, each.get("value")
            if name and value.text is not None:
                yield name, value.text, Evidence(self.path, value.line)


def containers(tree: Tree) -> list[Container]:
    """All containers of manifests that are for no development; none of a Helm chart."""
    paths = [
        path
        for path in tree.files
        if path.endswith((".yml", ".yaml"))
        and not _OTHER.search(folder_of(path))
        and (_FOLDERS.search(folder_of(path)) or "/" not in path)
        and not _of_chart(tree, path)
    ]
    found: list[Container] = []
    for path in paths[:MAX_FILES]:
        text = tree.text(path) or ""
        if "apiVersion:" in text and re.search(rf"(?m)^kind:\s*({'|'.join(_KINDS)})\b", text):
            for document in documents(tree, path):
                found += _of_document(path, document)
    return found


def _of_chart(tree: Tree, path: str) -> bool:
    """Helm's templates are no YAML until they are rendered."""
    above = parents(folder_of(path))
    return any(is_file(tree, f"{folder}/Chart.yaml") for folder in above)


def _of_document(path: str, document: Node) -> Iterator[Container]:
    kind = document.get("kind").text or ""
    if kind not in _KINDS:
        return
    spec = document.get("spec")
    spec = spec.get("jobTemplate", "spec") if kind == "CronJob" else spec
    pod = spec if kind == "Pod" else spec.get("template", "spec")
    for key, init in (("initContainers", True), ("containers", False)):
        for node in pod.get(key).each():
            yield Container(path, kind, node.get("name").text or "", node, init)


def units(tree: Tree) -> Iterator[tuple[str, Evidence]]:
    """ExecStart of systemd's units, with continued lines joined."""
    for path in tree.files:
        if not path.endswith(".service") or _OTHER.search(folder_of(path)):
            continue
        lines = tree.lines(path)
        for number, line in enumerate(lines, 1):
            match = re.match(r"ExecStart\s*=\s*[-@:+!]*(.*)", line)
            if match:
                text = match[1]
                for following in lines[number:]:
                    if not text.endswith("\\"):
                        break
                    text = f"{text[:-1].rstrip()} {following.strip()}"
                yield text.strip(), Evidence(path, number)
