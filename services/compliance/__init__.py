"""Static rules over a completion and its site source. Pure: text in, findings out.

- `check(parsed, site)` -> `StaticResult`: every rule of `RULES`, passed or not, and the findings.
- `RULES_VERSION`: travels with every reward.
- `neutralise(files)`, `neutralise_types(files)`, `suppressions(files)`: what a linter and a type checker must not be
  told, and how often it was.
- `aliases(files)`, `compiler_options(files)`: what the site's configuration says, as data; `code(text)`: a script
  without comments and strings.
"""

from services.compliance.check import RULES, RULES_VERSION, check
from services.compliance.model import SCRIPTS, Rule, StaticResult
from services.compliance.resolve import aliases, compiler_options
from services.compliance.scan import code
from services.compliance.suppressions import neutralise, neutralise_types, suppressions

__all__ = [
    "RULES",
    "RULES_VERSION",
    "SCRIPTS",
    "Rule",
    "StaticResult",
    "aliases",
    "check",
    "code",
    "compiler_options",
    "neutralise",
    "neutralise_types",
    "suppressions",
]
