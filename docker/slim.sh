#!/bin/sh
# Leave out of a virtual environment what no process of ours reads: symbols of libraries, tests, starters of other shells.
# Usage: slim.sh FOLDER
set -eu

find "$1" -name '*.so' -type f -exec strip --strip-unneeded {} + 2>/dev/null || :
find "$1" -depth -type d \( -name tests -o -path '*/sqlalchemy/testing' -o -path '*/alembic/testing' \) -exec rm -rf {} +
rm -f "$1"/bin/activate* "$1"/bin/Activate*
