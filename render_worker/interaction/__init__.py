"""A visitor who touches a site: a bounded, seeded smoke test of its controls.

`controls`, `choice`, `values`, `views`, `effects` and `record` decide and are pure; `hands`, `ear`, `visitor` and
`trial` act.
"""
