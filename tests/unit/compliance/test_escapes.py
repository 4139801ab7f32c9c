"""``any``, untyped modules and empty ``catch`` blocks: counted as code, not as prose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.escapes import escapes


@pytest.mark.parametrize(
    "text",
    [
        "let a: any = 1",
        "let a:any",
        "f(x as any)",
        "(x as any).y",
        "x as any[]",
        "const m: Record<string, any> = {}",
        "Map<string, any[]>",
        "Array< any >",
        "function f(a: string | any): void {}",
        "function f(): any {}",
        "let f: () => any;",
        "interface A { [key: string]: any }",
        "type T = any;",
        "class A<T = any> {}",
        "function f<T extends any>(x: T) {}",
        "try { f() } catch (e: any) { g(e) }",
        "const t = `${x as any}`;",
        "x?: any\n",
    ],
)
def test_any_counts_where_a_type_stands(text: str) -> None:
    assert escapes("a.tsx", text) == {"any": 1}
    assert escapes("a.jsx", text) == {}, "JavaScript has no types"


@pytest.mark.parametrize(
    "text",
    [
        "// x: any",
        "/* <any> */",
        "const s = ': any;';",
        "const t = `x as any`;",
        "z.any()",
        "Promise.any([a])",
        "import { any } from 'x'",
        "<p>Is there any book: any change?</p>",
        "<p>as any other, any at all</p>",
        "let company: Company; let many: anyone;",
        "a.any = 1",
    ],
)
def test_any_elsewhere_is_a_word(text: str) -> None:
    assert escapes("a.tsx", text) == {}


def test_every_any_counts() -> None:
    assert escapes("a.ts", "function f(a: any, b: any[], c: Map<any, any>): any {}") == {"any": 5}


@pytest.mark.parametrize(
    "text",
    [
        "try { f() } catch {}",
        "try { f() } catch (e) { }",
        "try { f() } catch (error) { // never mind\n }",
        "p.catch(() => {})",
        "p.catch(e => {})",
        "p.catch(function (e) { })",
    ],
)
def test_a_catch_that_does_nothing_is_empty(text: str) -> None:
    assert escapes("a.js", text) == {"empty-catch": 1}


@pytest.mark.parametrize("text", ["try { f() } catch (e) { g(e) }", "p.catch(() => ({}))", "// catch {}", "'catch {}'"])
def test_a_catch_that_does_something_is_none(text: str) -> None:
    assert escapes("a.js", text) == {}


def test_a_module_without_types_counts_and_one_with_types_does_not() -> None:
    assert escapes("a.d.ts", "declare module 'react';\ndeclare module \"*.svg\"\n") == {"untyped-module": 2}
    assert escapes("a.d.ts", "declare module 'x' { const a: string }\ndeclare module Foo {}\n") == {}


_PIECES = st.sampled_from(["any", ": ", "as ", "<", ">", ",", "catch", "{", "}", "(", "declare module", "'", "\n", " "])


@given(st.lists(_PIECES, max_size=200))
def test_any_text_is_accepted(pieces: list[str]) -> None:
    counts = escapes("a.ts", "".join(pieces))
    assert sum(counts.values()) <= len(pieces)


@pytest.mark.parametrize(
    "piece", [": any ", "catch (", ".catch((((", "as ", "declare module ", "type a = ", "catch" + " " * 500, "<any"]
)
@pytest.mark.timeout(20)
def test_a_megabyte_of_beginnings_ends(piece: str) -> None:
    escapes("a.ts", piece * (1_000_000 // len(piece)))
