#!/usr/bin/env python3
"""Holds lab files against the schema that `catenet schema` prints.

usage: validate_schema.py SCHEMA FOLDER...

Every *.yaml below the folders must pass; those named *.bad.yaml must not. YAML is read as version
1.2 reads it, as Catenet does: `on` is a word, not a truth value. Exits 1 and says why when a file
is taken wrongly.
"""
import pathlib
import re
import sys

import jsonschema
import yaml


class Yaml12(yaml.SafeLoader):
    """PyYAML without the truth values and base-60 numbers of YAML 1.1."""


OF_1_1 = ["tag:yaml.org,2002:" + kind for kind in ("bool", "int", "timestamp")]
Yaml12.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag not in OF_1_1]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver(OF_1_1[0], re.compile(r"^(?:true|false)$"), list("tf"))
Yaml12.add_implicit_resolver(OF_1_1[1], re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))


def problems(validator, path):
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=Yaml12)
    return [f"{'/'.join(map(str, error.absolute_path)) or '(top)'}: {error.message}"
            for error in validator.iter_errors(document)]


def main(arguments):
    schema = yaml.safe_load(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    folders = [pathlib.Path(folder) for folder in arguments[1:]]
    files = [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]
    wrong = 0
    for path in files:
        found = problems(validator, path)
        if path.name.endswith(".bad.yaml") == bool(found):
            continue
        wrong += 1
        print(f"{path}: " + ("; ".join(found[:3]) if found else "passes, and should not"))
    if not files:
        print("no lab files found")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
