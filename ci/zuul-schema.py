#!/usr/bin/env python3
"""Checks Zuul configuration with Zuul's own loader and schemas (PyPI: zuul), without a Zuul.

usage: ci/zuul-schema.py FILE...
"""
import sys

import voluptuous
from zuul import configloader, model


def stanzas(path):
    context = model.SourceContext("cinder-drill", "cinder-drill", "local", "main", path)
    with open(path, encoding="utf-8") as file:
        return configloader.safe_load_yaml(file.read(), context)


def project_schema():
    # The keys of pipelines are those of the tenant; Zuul checks what is in them by `job_list`.
    jobs = voluptuous.Schema(
        {"jobs": [voluptuous.Any(str, {str: voluptuous.Any(dict(configloader.JobParser.job_attributes))})]}
    )
    return {
        "name": str,
        "description": str,
        "templates": [str],
        "queue": str,
        "vars": dict,
        "_source_context": object,
        "_start_mark": object,
        voluptuous.Extra: jobs,
    }


def check(path):
    schemas = {
        "job": configloader.JobParser.schema,
        "project": voluptuous.Schema(project_schema()),
    }
    found = stanzas(path)
    assert found, f"{path} is empty"
    for stanza in found:
        (kind, content), = stanza.items()
        if kind not in schemas:
            raise SystemExit(f"{path}: no schema is known here for `{kind}`")
        try:
            schemas[kind](content)
        except voluptuous.Invalid as error:
            raise SystemExit(f"{path}: {kind} {content.get('name', '')}: {error}")
        print(f"{path}: {kind} {content.get('name', '')} is sound")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        check(argument)
