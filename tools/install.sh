#!/bin/sh
# Makes ./.venv hold exactly the locked packages and the project: `tools/install.sh runtime` or `dev`.
# Does nothing when it already does. PYTHON names an interpreter; uv is used where it is on PATH.
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-runtime}

key() { # of the set of packages $1, this place and this interpreter
    { cat "requirements/$1.txt" pyproject.toml "$0"; pwd; .venv/bin/python -VV; } 2>/dev/null | cksum
}

for have in "$wanted" dev; do # what is installed for the tests is enough to run
    if [ "$(cat ".venv/installed-$have" 2>/dev/null)" = "$(key "$have")" ]; then exit 0; fi
done

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, '"$2"'))' 2>/dev/null; }
find_python() {
    for newest in 13 99; do
        for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
            if fits "$name" "$newest"; then
                echo "$name"
                return
            fi
        done
    done
    echo "Angarium needs Python 3.11 or newer, and none of ${PYTHON:-python3, python3.13, python3.12, python3.11} is: install one, or name it with PYTHON=/path/to/python." >&2
    exit 1
}

make_venv() {
    python=$(find_python)
    if command -v uv >/dev/null 2>&1 && uv venv -q --clear --python "$python" .venv 2>/dev/null; then return; fi
    "$python" -m venv --clear .venv && return
    echo "$python cannot make a virtual environment: install its venv package (Debian: apt-get install python3-venv), or uv." >&2
    exit 1
}

with_uv() { # uv does not read pip's configuration: where that matters, it fails and pip takes over
    command -v uv >/dev/null 2>&1 &&
        uv pip install -q --python .venv/bin/python --require-hashes -r "requirements/$wanted.txt" 2>/dev/null &&
        uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e . 2>/dev/null
}

with_pip() { # the lock is the whole set; pip, left to resolve, asks for newer releases of what is named with extras
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip -q --default-pip
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r "requirements/$wanted.txt" &&
        .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
}

echo "installing the $wanted packages into .venv" >&2
fits .venv/bin/python 99 || make_venv
with_uv || with_pip
key "$wanted" >".venv/installed-$wanted"
