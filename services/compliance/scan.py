"""JavaScript and TypeScript text -> its imports, and its code without comments and strings. Total and linear.

A lexer for what matters here, not a parser: comments, strings, templates (nested), regular expressions by what stands
before them, and brace depth. Static imports count at depth 0 alone, where the language allows them; a quote inside
JSX text that ends on no string is text. Where source is too odd to be read, imports are missed, never made up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_TOKEN = re.compile(r"(?<!:)//[^\n]*+|/\*|/|[\"'`{}]|(?<![\w$.@#-])(?:import|export)(?![\w$-])")
_STRING_BODIES = {
    '"': re.compile(r'"(?:[^"\\\n]|\\[^\n]|\\\n)*+'),
    "'": re.compile(r"'(?:[^'\\\n]|\\[^\n]|\\\n)*+"),
}
_TEMPLATE_STOP = re.compile(r"\\.|`|\$\{", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*+\])++/[a-z]{0,10}")
_BEFORE_REGEX = frozenset("(,=:[!&|?{;+-*%~^")
_CLAUSE = re.compile(r"[\w$\s{},*]*+")
_WORD_BEFORE = re.compile(r"(?:from|import|return|case|typeof|default|in|of)$")
_CALL = re.compile(r"\s*+\(\s*+")
_CALL_END = re.compile(r"\s{0,200}[,)]")
_NOT_NEWLINE = re.compile(r"[^\n]")
MAX_SPECIFIER = 1_000


@dataclass(frozen=True, slots=True)
class Import:
    """One import with a literal specifier; ``type_only``: erased at build time as a whole."""

    specifier: str
    line: int
    type_only: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What one script file says.

    Attributes:
        code: the text, comments and strings blanked, line breaks kept.
        uncommented: the text, comments alone blanked.
    """

    imports: tuple[Import, ...]
    code: str
    uncommented: str


@dataclass(slots=True)
class _Statement:
    """An import or export keyword whose string is still to come, and what stands between.

    ``called``: it is ``import(``.
    """

    keyword: str
    depth: int
    clause: list[str] = field(default_factory=list)
    called: bool = False

    def goes_on(self, code: str) -> bool:
        """Whether an import, a re-export or a dynamic import may still come of it after this code."""
        if self.called:
            return not code.strip()
        if _CLAUSE.fullmatch(code):
            self.clause.append(code)
            return True
        self.called = (
            self.keyword == "import" and _CALL.fullmatch(code) is not None and not "".join(self.clause).strip()
        )
        return self.called


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.imports: list[Import] = []
        self._pieces: list[str] = []
        self._uncommented: list[str] = []
        self._templates: list[int] = []
        self._statement: _Statement | None = None
        self._last = ""
        self._no_comment_end = False
        self._no_string_before = {"'": 0, '"': 0, "/": 0}
        self._lines = [match.start() for match in re.finditer("\n", text)]

    def scan(self) -> Scan:
        while (token := _TOKEN.search(self.text, self.at)) is not None:
            self._keep(token.start())
            self._token(token)
        self._keep(len(self.text))
        return Scan(tuple(self.imports), "".join(self._pieces), "".join(self._uncommented))

    def _keep(self, end: int) -> None:
        """Code up to ``end`` stays."""
        self._emit(self.text[self.at : end])
        self.at = end

    def _blank(self, end: int, comment: bool = False) -> None:
        """Text up to ``end`` becomes blanks, line breaks kept."""
        text = self.text[self.at : end]
        blank = _NOT_NEWLINE.sub(" ", text)
        self._pieces.append(blank)
        self._uncommented.append(blank if comment else text)
        if comment and self._statement is not None:
            self._statement.clause.append(" ")
        elif not comment:
            self._statement = None
            self._last = '"'
        self.at = end

    def _emit(self, code: str) -> None:
        self._pieces.append(code)
        self._uncommented.append(code)
        if self._statement is not None and not self._statement.goes_on(code):
            self._statement = None
        stripped = code.rstrip()
        self._last = stripped[-1] if stripped else self._last

    def _token(self, token: re.Match[str]) -> None:
        word = token[0]
        if word.startswith("//"):
            self._blank(token.end(), comment=True)
        elif word == "/*":
            self._block_comment()
        elif word == "/":
            self._slash()
        elif word in ("'", '"'):
            self._string(word)
        elif word in "`{}":
            self._bracket(word)
        else:
            self._keyword(token)

    def _block_comment(self) -> None:
        end = -1 if self._no_comment_end else self.text.find("*/", self.at + 2)
        if end < 0:
            self._no_comment_end = True
            self._keep(self.at + 2)
        else:
            self._blank(end + 2, comment=True)

    def _slash(self) -> None:
        may_be = (self._last in _BEFORE_REGEX or not self._last) and self.at >= self._no_string_before["/"]
        match = _REGEX.match(self.text, self.at) if may_be else None
        if match is not None:
            self._blank(match.end())
            return
        if may_be:
            line_end = self.text.find("\n", self.at)
            self._no_string_before["/"] = line_end if line_end >= 0 else len(self.text)
        self._keep(self.at + 1)

    def _string(self, quote: str) -> None:
        if self.at < self._no_string_before[quote] or self._is_apostrophe():
            self._keep(self.at + 1)
            return
        body = _STRING_BODIES[quote].match(self.text, self.at)
        end = body.end() if body else self.at + 1
        if self.text[end : end + 1] != quote:
            self._no_string_before[quote] = end
            self._keep(self.at + 1)
            return
        self._complete(self.at, end)
        self._blank(end + 1)

    def _is_apostrophe(self) -> bool:
        """A quote right after a letter is an apostrophe of JSX text, but for ``from'x'`` and its like."""
        before = self.text[self.at - 1 : self.at]
        return before.isalnum() and not _WORD_BEFORE.search(self.text, max(0, self.at - 8), self.at)

    def _complete(self, start: int, end: int) -> None:
        """The string from ``start`` to ``end`` may be what a pending statement waits for."""
        statement = self._statement
        specifier = self.text[start + 1 : end]
        if statement is None or len(specifier) > MAX_SPECIFIER:
            return
        clause = "".join(statement.clause)
        if statement.called:
            if _CALL_END.match(self.text, end + 1):
                self._add(specifier, start, type_only=False)
        elif self.depth == statement.depth <= 0 and _is_clause(statement.keyword, clause):
            self._add(specifier, start, _is_type_only(clause))

    def _add(self, specifier: str, position: int, type_only: bool) -> None:
        self.imports.append(Import(specifier, bisect_right(self._lines, position) + 1, type_only))

    def _bracket(self, character: str) -> None:
        if character == "`":
            self._keep(self.at + 1)
            self._template()
        elif character == "{":
            self.depth += 1
            self._keep(self.at + 1)
        elif self._templates and self._templates[-1] == self.depth:
            self._templates.pop()
            self.depth -= 1
            self._keep(self.at + 1)
            self._template()
        else:
            self.depth -= 1
            self._keep(self.at + 1)

    def _template(self) -> None:
        """Blank a template from inside its text up to its end or its next ``${``."""
        position = self.at
        while (stop := _TEMPLATE_STOP.search(self.text, position)) is not None:
            position = stop.end()
            if stop[0] == "`":
                self._blank(stop.end())
                return
            if stop[0] == "${":
                self._blank(stop.start())
                self._keep(stop.end())
                self.depth += 1
                self._templates.append(self.depth)
                return
        self._blank(len(self.text))

    def _keyword(self, token: re.Match[str]) -> None:
        self._keep(token.end())
        self._statement = _Statement(token[0], self.depth)


def _is_clause(keyword: str, clause: str) -> bool:
    """Whether the text between keyword and string is that of an import or a re-export."""
    if not _CLAUSE.fullmatch(clause):
        return False
    words = clause.split()
    if not words:
        return keyword == "import"
    ends = words[-1] == "from" or words[-1].endswith(("}from", "*from"))
    return ends and (keyword == "import" or words[0][0] in "{*" or words[0].partition("{")[0] == "type")


def _is_type_only(clause: str) -> bool:
    words = clause.replace("{", " { ").split()
    return len(words) > 1 and words[0] == "type" and words[1] not in ("from", ",")


def scan(text: str) -> Scan:
    """Imports and bare code of one script file. Any text is accepted."""
    return _Scanner(text).scan()


def code(text: str) -> str:
    """One script without its comments and strings, line breaks kept."""
    return scan(text).code
