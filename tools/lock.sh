#!/bin/sh
# Resolves pyproject.toml anew: hashed files for make and the image, plain pins for `pip install -r requirements.txt`. Needs uv.
set -eu
cd "$(dirname "$0")/.."
lock() {
    uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --universal --python-version 3.11 "$@"
}

lock --group pyproject.toml:build pyproject.toml -o requirements/runtime.txt
lock --group pyproject.toml:build --extra fleet --extra mail pyproject.toml -o requirements/fleet.txt
lock --group pyproject.toml:build --group pyproject.toml:dev --extra fleet --extra mail pyproject.toml -o requirements/dev.txt
{
    echo "# For the habit \`pip install -r requirements.txt\`: the versions of requirements/runtime.txt, without hashes."
    echo "# Written by tools/lock.sh; make installs the hashed file."
    sed -n -E 's/^([a-zA-Z0-9._-]+==.*[^ \\]) *\\?$/\1/p' requirements/runtime.txt
    echo "-e ."
} >requirements.txt
