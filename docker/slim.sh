#!/bin/sh
# Leave out of a virtual environment what no process of ours reads: symbols of libraries, tests, starters of other shells.
# Usage: slim.sh FOLDER
set -eu

find "$1" -name '*.so' -type f -exec strip --strip-unneeded {} + 2>/dev/null || :
find "$1" -depth -type d \( -name tests -o -path '*/sqlalchemy/testing' -o -path '*/alembic/testing' \) -exec rm -rf {} +
rm -f "$1"/bin/activate* "$1"/bin/Activate*
# Declarations for type checkers, sources of compiled modules.
find "$1" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' \) -exec rm -f {} +
# Pictures of a kind that nobody takes or shows: Pillow does without, and its module for it is the largest.
find "$1" -type f \( -path '*/PIL/_avif.*' -o -path '*/pillow.libs/libavif-*' \) -exec rm -f {} +
# Colours for source code of languages that no message of ours shows.
find "$1" -type f -path '*/pygments/lexers/*' ! -name '__init__*' ! -name '_mapping*' ! -name 'python*' -exec rm -f {} +
