"""A sheet as one HTML document that needs nothing beside it: no script, no address, pictures and style inside. Whatever
a candidate, a judge or a trainer wrote is text in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files

from reward_api.sheet.ladder import ladder
from reward_api.sheet.model import Member, Sheet, Shot, remarks, summary
from reward_api.sheet.parts import components, findings, foot, judged
from reward_api.sheet.text import number, text

Pictures = Mapping[tuple[str, str], bytes]
"""(evaluation id, artifact name) -> PNG; what could not be fetched is not in it."""


def document(sheet: Sheet, pictures: Pictures) -> bytes:
    """The page, in UTF-8."""
    style = files("reward_api.sheet").joinpath("style.css").read_text("utf-8")
    title = f"{sheet.run}, step {sheet.step}, group {sheet.group}"
    members = "\n".join(_card(member, pictures) for member in sheet.members)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
{_head(sheet)}
</header>
<main>
{members}
</main>
</body>
</html>
""".encode()


def _policy(style: str) -> str:
    """Nothing but pictures inside the document, and this style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _head(sheet: Sheet) -> str:
    first = sheet.members[0].evaluation
    asked = f'<p class="instruction">{text(sheet.instruction, keep_lines=True)}</p>' if sheet.instruction else ""
    profile = f"{first.profile.name} {first.profile.version}"
    under = f"run {sheet.run}, profile {profile}, advantages scaled by {_scaled(sheet)}"
    return "\n".join(
        [
            f"<h1>Group {text(sheet.group)}, step {sheet.step}</h1>",
            f'<p class="under">{text(under)}</p>',
            asked,
            *(f'<p class="remark">{text(remark)}</p>' for remark in remarks(sheet)),
            f'<dl class="facts">{_facts(sheet)}</dl>',
            ladder(sheet),
        ]
    )


def _scaled(sheet: Sheet) -> str:
    return {"group": "the group", "batch": "the whole step", "none": "nothing"}[sheet.scale.value]


def _facts(sheet: Sheet) -> str:
    found = summary(sheet)
    told = {
        "with a reward": f"{found.scored} of {found.size}",
        "mean reward": number(found.mean),
        "spread of reward": number(found.spread),
        "spread of appearance": number(found.looks_spread),
        "judge's own spread": number(found.judge_spread),
        "different sources": str(found.sources),
        "different pictures": str(found.pictures),
        "judge": ", ".join(found.judges) or "nothing was judged",
    }
    return "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in told.items())


def _card(member: Member, pictures: Pictures) -> str:
    return f"""<article id="{_id(member)}">
<div class="top">
<span class="place">{member.place}</span> <span class="name">{text(member.label)}</span>
<span class="reward">{number(member.evaluation.reward)}</span>
<span class="advantage {_sign(member)}">{_advantage(member)}</span>
<div class="chips">{_chips(member)}</div>
</div>
{_shots(member, pictures)}
<div class="body">
{components(member)}
{judged(member)}
{findings(member)}
{foot(member)}
</div>
</article>"""


def _sign(member: Member) -> str:
    if not member.advantage:
        return ""
    return "up" if member.advantage > 0 else "down"


def _advantage(member: Member) -> str:
    return "left out" if member.advantage is None else f"{member.advantage:+.2f}".replace("-", "\N{MINUS SIGN}")


def _chips(member: Member) -> str:
    evaluation = member.evaluation
    chips = [] if evaluation.band == "rendered" else [("bad", member.outcome)]
    chips += [("bad", "cut at the token limit")] * evaluation.truncated
    chips += [("", f"same pictures as {', '.join(member.twins)}")] * bool(member.twins)
    return "".join(f'<span class="chip {kind}">{text(said)}</span>' for kind, said in chips)


def _shots(member: Member, pictures: Pictures) -> str:
    """The home page large, the others small below; each fills the window when it is clicked, by its address alone."""
    seen = [(shot, pictures.get((member.evaluation.id, shot.name))) for shot in member.shots]
    shown = [_figure(member, place, shot, png) for place, (shot, png) in enumerate(seen) if png is not None]
    if not shown:
        return f'<div class="large none"><p>{text(_why_none(member))}</p></div>'
    rest = f'<div class="more">{"".join(shown[1:])}</div>' if shown[1:] else ""
    return shown[0].replace('class="', 'class="large ', 1) + rest


def _why_none(member: Member) -> str:
    if member.shots:
        return "Its screenshots are no longer there."
    return f"No screenshot: {member.outcome}."


def _figure(member: Member, place: int, shot: Shot, png: bytes) -> str:
    name, said = f"{_id(member)}-{place}", text(f"{member.label}: {shot.caption}")
    kind = "phone" if "mobile" in shot.name else "page"
    data = base64.b64encode(png).decode()
    return (
        f'<figure class="{kind}" id="{name}"><a href="#{name}" title="{said}">'
        f'<img src="data:image/png;base64,{data}" alt="{said}"></a>'
        f'<a class="close" href="#{_id(member)}">{said} (click to close)</a></figure>'
    )


def _id(member: Member) -> str:
    return f"m{member.place}"
