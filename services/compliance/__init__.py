"""Static rules over a completion and its site source. Pure: text in, findings out.

- `check(parsed, site)` -> `StaticResult`: every rule of `RULES`, passed or not, and the findings.
- `RULES_VERSION`: travels with every reward.
- `neutralise(files)`, `suppressions(files)`: what a linter must not be told, and how often it was.
"""

from services.compliance.check import RULES, RULES_VERSION, check
from services.compliance.model import Rule, StaticResult
from services.compliance.suppressions import neutralise, suppressions

__all__ = ["RULES", "RULES_VERSION", "Rule", "StaticResult", "check", "neutralise", "suppressions"]
