"""Jobs of GitLab, CircleCI, Travis, Azure, Bitbucket and Drone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scaffolder.scan.ci_jobs import Job, Step
from scaffolder.scan.facts import Evidence
from scaffolder.scan.tree import Tree
from scaffolder.scan.yaml_lines import Node, document, documents

_GITLAB_OWN = frozenset(
    {"default", "variables", "stages", "include", "workflow", "cache", "image", "services"}
)


def _steps(job: Job, *nodes: Node) -> None:
    """Scripts as lists of lines."""
    for node in nodes:
        for each in node.each():
            for part in each.each():  # anchors make lists in lists
                if part.text:
                    job.steps.append(Step(part.text, Evidence(job.path, part.first)))


def _variables(job: Job, node: Node) -> None:
    for name, value in node.items().items():
        text = value.text if value.text is not None else value.get("value").text
        if text is not None:
            job.variables.append((name, text, Evidence(job.path, value.line)))


def _image(job: Job, node: Node) -> None:
    named = node if node.text else (node.get("image") or node.get("name"))
    if named.text:
        job.pythons.append((f"image {named.text}", Evidence(job.path, named.line)))


def _services(job: Job, node: Node) -> None:
    for each in node.each():
        named = each if each.text else (each.get("image") or each.get("name"))
        if named.text:
            job.services.append((named.text, Evidence(job.path, named.line)))


def gitlab(tree: Tree, path: str) -> Iterator[Job]:
    """Jobs of .gitlab-ci.yml; templates (`.name`) only through `extends`."""
    root = document(tree, path)
    jobs = root.items()
    default = root.get("default")
    for name, node in jobs.items():
        if name in _GITLAB_OWN or name.startswith(".") or node.entries is None:
            continue
        layers = [node, *_extended(jobs, node)]

        def first(key: str, layers: list[Node] = layers) -> Node:
            found = [each.get(key) for each in layers if each.get(key)]
            return found[0] if found else (default.get(key) or root.get(key))

        job = Job(name, path)
        _image(job, first("image"))
        _services(job, first("services"))
        _variables(job, root.get("variables"))
        _variables(job, first("variables"))
        _steps(job, first("before_script"), first("script"))
        yield job


def _extended(jobs: dict[str, Node], node: Node) -> list[Node]:
    found: list[Node] = []
    waiting = [text for text, _ in node.get("extends").texts()]
    while waiting and len(found) < 20:
        other = jobs.get(waiting.pop(0))
        if other is not None and not any(other is each for each in found):
            found.append(other)
            waiting += [text for text, _ in other.get("extends").texts()]
    return found


def circleci(tree: Tree, path: str) -> Iterator[Job]:
    """Jobs of .circleci/config.yml, with their executors."""
    root = document(tree, path)
    for name, node in root.get("jobs").items().items():
        job = Job(name, path)
        named = node.get("executor")
        executor = root.get("executors", named.text or named.get("name").text or "")
        docker = (node.get("docker") or executor.get("docker")).each()
        for position, each in enumerate(docker):
            if position == 0:
                _image(job, each)
                _variables(job, each.get("environment"))
            else:
                _services(job, each)
        _variables(job, node.get("environment"))
        for step in node.get("steps").each():
            run = step.get("run")
            command = run if run.text else run.get("command")
            if command.text:
                folder = run.get("working_directory").text or "."
                at = Evidence(path, command.first)
                job.steps.append(Step(command.text, at, folder.removeprefix("~/") or "."))
        yield job


def travis(tree: Tree, path: str) -> Iterator[Job]:
    """.travis.yml is one job with a matrix."""
    root = document(tree, path)
    job = Job("travis", path)
    for node in [root, *root.get("jobs", "include").each(), *root.get("matrix", "include").each()]:
        for text, line in node.get("python").texts():
            job.pythons.append((text, Evidence(path, line)))
    version = root.get("addons", "postgresql")
    for text, line in root.get("services").texts():
        name = {"postgresql": "postgres", "redis-server": "redis"}.get(text, text)
        tag = f":{version.text}" if name == "postgres" and version.text else ":latest"
        job.services.append((name + tag, Evidence(path, line)))
    for text, line in root.get("dist").texts():
        job.systems.append((text, Evidence(path, line)))
    for text, line in [*root.get("env").texts(), *root.get("env", "global").texts()]:
        for name, value in re.findall(r"(\w+)=(\S+)", text):
            job.variables.append((name, value.strip("'\""), Evidence(path, line)))
    _steps(job, root.get("install"), root.get("before_script"), root.get("script"))
    yield job


def azure(tree: Tree, path: str) -> Iterator[Job]:
    """Jobs of azure-pipelines.yml, in stages or not."""
    root = document(tree, path)
    jobs = [*root.get("jobs").each()]
    for stage in root.get("stages").each():
        jobs += stage.get("jobs").each()
    for node in jobs or [root]:
        job = Job(node.get("job").text or "azure", path)
        system = node.get("pool", "vmImage") or root.get("pool", "vmImage")
        if system.text:
            job.systems.append((system.text, Evidence(path, system.line)))
        _variables(job, root.get("variables"))
        matrix: dict[str, list[tuple[str, int]]] = {}
        for entry in node.get("strategy", "matrix").items().values():
            for key, value in entry.items().items():
                if value.text:
                    matrix.setdefault(key, []).append((value.text, value.line))
        for step in node.get("steps").each():
            _azure_step(job, step, matrix)
        yield job


def _azure_step(job: Job, step: Node, matrix: dict[str, list[tuple[str, int]]]) -> None:
    if (step.get("task").text or "").startswith("UsePythonVersion"):
        spec = step.get("inputs", "versionSpec")
        name = re.fullmatch(r"\$\((.+)\)", spec.text or "")
        rows = matrix.get(name[1], []) if name else [(spec.text or "", spec.line)]
        job.pythons += [(text, Evidence(job.path, line)) for text, line in rows]
    for key in ("script", "bash"):
        text = step.get(key)
        if text.text:
            folder = step.get("workingDirectory").text or "."
            plain = "." if "$" in folder else folder
            job.steps.append(Step(text.text, Evidence(job.path, text.first), plain))


def bitbucket(tree: Tree, path: str) -> Iterator[Job]:
    """Steps of bitbucket-pipelines.yml, each one a job."""
    root = document(tree, path)
    pipelines = root.get("pipelines")
    groups = [pipelines.get("default"), *pipelines.get("branches").items().values()]
    groups += pipelines.get("pull-requests").items().values()
    for group in groups:
        for entry in group.each():
            for each in [entry, *entry.get("parallel").each()]:
                step = each.get("step")
                if not step.get("script"):
                    continue
                job = Job(step.get("name").text or "step", path)
                _image(job, step.get("image") or root.get("image"))
                for name, _ in step.get("services").texts():
                    _services(job, root.get("definitions", "services", name, "image"))
                _steps(job, step.get("script"))
                yield job


def drone(tree: Tree, path: str) -> Iterator[Job]:
    """Steps of .drone.yml, each one a job beside the services of its pipeline."""
    for root in documents(tree, path):
        for step in root.get("steps").each():
            job = Job(step.get("name").text or "step", path)
            _image(job, step.get("image"))
            _services(job, root.get("services"))
            _variables(job, step.get("environment"))
            _steps(job, step.get("commands"))
            yield job
