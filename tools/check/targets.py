"""Targets: a harmless default, one principal, and schemas that dbt and the bundle name alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.check.bundle import Bundle, as_list
from tools.check.findings import Finding


def check_targets(bundle: Bundle) -> Iterator[Finding]:
    """One target is the default, production has a principal, prefixes agree."""
    if not bundle.targets:
        yield Finding(bundle.root.where(()), "There are no targets.", "Add dev, staging and prod.")
    defaults = [name for name, target in bundle.targets.items() if target.get("default") is True]
    if len(defaults) > 1:
        yield Finding(
            bundle.root.where(("targets", defaults[1], "default")),
            f"More than one target is the default: {', '.join(defaults)}.",
            "Keep one.",
        )
    for name in defaults:
        if bundle.targets[name].get("mode") == "production":
            yield Finding(
                bundle.root.where(("targets", name, "default")),
                f"A command without --target would change {name}.",
                "Make a development target the default.",
            )
    for name, target in bundle.targets.items():
        if target.get("mode") == "production" and not (
            target.get("run_as") or bundle.root.data.get("run_as")
        ):
            yield Finding(
                bundle.root.where(("targets", name)),
                f"The jobs of {name} would run as whoever deployed last.",
                "Add run_as with a service principal.",
            )
    yield from _prefixes(bundle)
    yield from _overlaps(bundle)


def _prefixes(bundle: Bundle) -> Iterator[Finding]:
    """The target schema of dbt and the bundle's own schemas have to carry the same prefix.

    Development puts `dev_<user>_` before the names of schema resources, and dbt puts its target
    schema before the layers; `default` stands for none.
    """
    for job in bundle.of_kind("jobs"):
        for index, task in enumerate(as_list(job.value.get("tasks"))):
            dbt = task.get("dbt_task") if isinstance(task, dict) else None
            if not isinstance(dbt, dict) or "schema" not in dbt:
                continue
            for name, target in bundle.targets.items():
                expected = _expected_prefix(target)
                found = bundle.resolved(dbt["schema"], name)
                if expected is not None and found != expected:
                    yield Finding(
                        job.where("tasks", index, "dbt_task", "schema"),
                        f"In {name} dbt would use the prefix {found}, the bundle's schemas have "
                        f"{expected}.",
                        f"Set the variable to {expected} in targets.{name}.",
                    )


def _expected_prefix(target: dict[str, Any]) -> str | None:
    """The prefix of schemas in a target; None when the target sets one that is its own affair."""
    presets = target.get("presets")
    if isinstance(presets, dict) and "name_prefix" in presets:
        return None
    if target.get("mode") == "development":
        return "dev_${workspace.current_user.short_name}"
    return "default"


def _overlaps(bundle: Bundle) -> Iterator[Finding]:
    """Permissions of the target and of a resource for the same principal, which is refused."""
    for name, target in bundle.targets.items():
        above = _principals(target.get("permissions"), bundle, name)
        above |= _principals(bundle.root.data.get("permissions"), bundle, name)
        for each in bundle.resources:
            for index, permission in enumerate(as_list(each.value.get("permissions"))):
                for principal in _principals([permission], bundle, name) & above:
                    yield Finding(
                        each.where("permissions", index),
                        f"The target {name} has a permission for {_written(permission)} already "
                        f"({principal[1]}).",
                        "Keep one of them: permissions of both levels may not overlap.",
                    )


def _principals(permissions: Any, bundle: Bundle, target: str) -> set[tuple[str, str]]:
    """Kind and resolved name of everybody in a list of permissions."""
    return {
        (kind, str(bundle.resolved(name, target)))
        for permission in as_list(permissions)
        if isinstance(permission, dict)
        for kind, name in permission.items()
        if kind != "level"
    }


def _written(permission: dict[str, Any]) -> str:
    return ", ".join(str(name) for kind, name in permission.items() if kind != "level")
