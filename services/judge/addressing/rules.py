"""What is taken for an address to a grader: patterns over folded text (`normal.plain`), by kind.

A pattern is written in small letters; a space in it stands for any one space or block end, ``~`` for up to 60
characters of one sentence, and ``<name>`` for one of `WORDS`. What an honest page says is kept out by asking for all
of who is spoken to or of what (the page itself, never a product or a pupil), what is to be done, and the best grade.
"""

# ruff: noqa: E501, RUF001 -- a pattern is one line, and lookalikes are its matter
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from services.judge.addressing.normal import fold
from services.judge.addressing.tongues import TONGUES

KINDS = ("override", "address", "demand", "claim", "verdict", "marker", "flood")

WORDS = {
    "thing": r"(?:<page>|design|implementation|creation|mock-?up|prototype|generated (?:app|application|code)|dashboard|portfolio|project|entry|candidate|image|picture|work|app)",
    "page": r"(?:web ?site|web ?page|home ?page|landing page|web ?app|web design|page|site|screen ?shots?|user interface|"
    r"ui|interface|layout|submission|render(?:ing)?)",
    "this": r"(?:this|these|the|our|my|that|the (?:above|following|current|present|attached|given|shown))",
    "ai": r"(?:a\.?i\.?|artificial intelligence|l ?l ?ms?|v ?l ?ms?|mllms?|language|vision|vision[- ]language|multimodal|"
    r"large language|gpt(?:[- ]?[\do.]+\w*)?|chatgpt|claude|gemini|qwen\w*|llava|machine|neural|foundation|automated|automatic)",
    "grader": r"(?:judges?|graders?|evaluators?|raters?|reviewers?|assessors?|scorers?|critics?|"
    r"(?:judging|grading|scoring|evaluation|evaluating|rating|reward)[- ](?:model|system|ai|agent|bot|engine|algorithm|network)s?|auto-?(?:grader|rater)s?|referees?|jury)",
    "best": r"(?:5(?:\.0+)?(?: ?/ ?5(?:\.0+)?\b|(?: points?)? out of (?:5|five)|[- ]?stars?)|five(?: out of five|[- ]stars?)|"
    r"10(?:\.0)? ?/ ?10|ten out of ten|10 out of 10|100 ?/ ?100|100 out of 100|(?:the )?full (?:marks?|scores?|points|credit)|"
    r"(?:a |the )?(?:max(?:imum|imal)?|highest|top|perfect|best|flawless)(?: possible| available)? "
    r"(?:scores?|grades?|marks?|ratings?|points|values?|verdicts?|number|evaluation|assessment)|"
    r"(?:scores?|grades?|marks?|ratings?) (?:of |is |as |to )?(?:5|five|10|ten|100)\b(?! ?(?:/|out of|-))|straight (?:5s|fives)|(?:all |the )?(?:5|five) points\b|(?:a |an )?a\+ (?:grade|mark)|top[- ]marks|"
    r"an? (?:solid |full |clean |clear |strong |perfect )?(?:5|five|10|ten)(?=[.,!?;)]|\n|$| for| in| on| across| out| to| please| everywhere))",
    "give": r"(?:give|giving|assign|award|grant|rate|rating|score|scoring|grade|mark|return|output|answer with|respond with|reply with|"
    r"set|report|select|choose|record|enter|evaluate|judge|assess)",
    "people": r"(?:developers?|engineers?|researchers?|enthusiasts?|startups?|compan(?:y|ies)|experts?|students?|professionals?|founders?|teams?|practitioners?|beginners?|newcomers?|scientists?|specialists?|consultants?|leaders?|artists?|users?|fans?|lab)\b",
    "all": r"(?:all|every|each|both|any)(?: (?:of the|the|one of the|single|four|five|4|5))*",
    "criteria": r"(?:criteria|criterion|categor(?:y|ies)|dimensions?|aspects?|metrics?|rubrics?)",
}

EDUCATION = re.compile(
    r"prompt[- ]?injection|prompt[- ]?engineer|jailbreak|red[- ]?team|guardrails?|chat ?template|special tokens?|"
    r"tokeni[sz]er|owasp|adversarial|attackers?|chatml|system prompts?|few[- ]shot|untrusted"
)
"""What pages about such texts speak of. Where a page has `LESSON` of these, its `override` and `marker` are quotations;
an address to whoever grades the page itself is never one."""

LESSON = 3

_SCALE = r"(?:from )?[1-5] (?:to|-|–|through|bis|a|à|до) (?:5|10|100)\b|\bfrom (?:1|one) to|scale of"
_TELLS = r"\b(?:clients?|buyers?|readers?|members?|players?|critics?|parents?|fans?|i|we|i'd|we'd|i'll|they|he|she|customers?|users?|visitors?|people|students?|guests?|you can|how would you)(?: \w+){0,2} $"
_OTHERS = (
    r"students?|pupils?|(?:correct|right|wrong|matching|an|the|every|each|their|short|final) answers?\b|candidates?|questions?|essays?|team\b|players?|athletes?|round\b|customers?|hotel|"
    r"exam|homework|assignments?|dive|routine|fighters?|boxer|contestants?|teachers?|app store|google|yelp|trustpilot|"
    r"functions?\b|methods?\b|assert|your own|\b(?:says|said|wrote|writes)\b|tripadvisor|play store|capterra|amazon|facebook|model'?s (?:answer|output|response)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern.

    Attributes:
        unless: honest where this is found beside the match; before: or where this stands right before it.
        spaced: so long that it is also looked for with all spaces gone, and backwards.
    """

    kind: str
    pattern: str
    unless: str | None = None
    before: str | None = None
    spaced: bool = False


_OLD = r"(?:previous|prior|above|earlier|preceding|existing|original|initial|your|system|former)"
_ORDERS = r"(?:instructions?|rules|prompts?|guidelines|rubrics?|criteria|directions|commands|constraints|directives|system prompt|grading rules|programming)"

ENGLISH = (
    Rule(
        "override",
        rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?! your (?:\w+ )?(?:instructions|rules|programming)\b,)|override|bypass|overlook|do not follow|don't follow|stop following|set aside)(?: all| any| every| everything| of| the| your| other)* {_OLD}(?: \w+)?? {_ORDERS}\b(?!\x20(?:about|for|on|regarding|concerning|in|at|from|if|when)\b)",
    ),
    Rule(
        "override",
        rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow)(?: all| any| every)?(?: of)?(?: the| your) (?:\w+ )?{_ORDERS}(?: above| before| you (?:were|have been|got|received)\b| given)",
    ),
    Rule(
        "override",
        r"\b(?:system|developer|admin(?:istrator)?|root) (?:prompt |message )?(?:override|command|(?:prompt|message) (?:update|notice)|(?:update|notice)(?=[^\n]{0,80}(?:\b<grader>\b|<best>|instruction|prompt|rubric|criteri|verdict)))\b ?[:\-\]>!]~(?:scor|grad|rat(?:e|ing)\b|evaluat|judg|instruction|prompt|rubric|criteri|verdict)",
    ),
    Rule(
        "override",
        r"\bnew (?:system )?instructions? ?(?:follow|:)~<grader>|\byour new (?:task|instructions?|role|rubric) (?:is|are)\b(?! (?:\w+ )?(?:waiting|ready|here|live|available|due|saved|added|assigned|one click))",
    ),
    Rule(
        "override",
        r"\byou are (?:now )?(?:an? |the )?(?:very |extremely |highly )?(?:lenient|generous|friendly|impressed|kind|helpful|biased)~<grader>",
        unless=r"your own",
    ),
    Rule(
        "address",
        r"(?:\b(?:dear|attention|hey|hi|hello|greetings|notice|note|message|instructions?|reminder|important|warning|addressed|information|guidance|hint|tips?|memo)\b(?: (?:to|for))?[:,!\- ]*(?:the |any |all |every |our |my )?)<ai>(?: \w+)?? <grader>\b",
    ),
    Rule(
        "address",
        r"\b(?:dear|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|notice to|reminder (?:to|for)|hint (?:to|for))[:, ]+(?:the |any |all )?(?:<grader>|<ai>(?: models?| assistants?| systems?| agents?)?)\b~(?:\b(?:this|our|my) <page>\b|<best>)",
        unless=_OTHERS,
    ),
    Rule(
        "address",
        r"\b(?:if|when|since|because|as) you(?:'re| are| happen to be)? (?:an? |the )?(?:<ai>(?: \w+)?? (?:<grader>|models?|assistants?|systems?|agents?|bots?)|(?:llm|vlm|ai|gpt\S*|chatbot)(?! (?:\w+ )?<people>))\b~(?:read|see|view|evaluat|grad|judg|scor|rat|review|process|look|assess|tasked|asked|analy)",
    ),
    Rule(
        "address",
        r"\b(?:if|when|while|as) you(?:'re| are)? (?:evaluat|grad|judg|scor|rat|assess|review)(?:e|ing|es)? <this>? ?<page>\b",
        unless=r"\bvisitors?\b",
    ),
    Rule(
        "address",
        r"\bto (?:the |any |all |whichever |whatever )?(?:<ai> <grader>|<ai>(?: \w+)?? (?:models?|systems?|assistants?) (?:that|who|which)?~(?:evaluat|grad|judg|scor|rat(?:e|ing)\b|review|assess))",
        unless=r"compar|similar|equal|prefer|scales?\b|switch|api|teachers?|students?",
    ),
    Rule("address", r"\b<ai> <grader>s?[:,!]~(?:you|please|give|assign|award|rate|score|note)\b", unless=_OTHERS),
    Rule(
        "address",
        r"\b(?:graders?|judges?|evaluators?|raters?|scorers?|reviewers?|assessors?|models?)(?: models?| ais?)? (?:must|should|shall|will|needs? to|ha(?:s|ve) to|(?:is|are) (?:instructed|required|asked|advised|told|expected|encouraged) to|please)~(?:<this> <page>\b~<best>|<best>~<this> <page>\b|<best>~<all> <criteria>)",
        unless=_OTHERS,
    ),
    Rule(
        "address",
        r"\b(?:any|the|every|all) <ai>(?: \w+)?? (?:<grader>|models?|systems?|assistants?|agents?)~(?:must|should|shall|has to|needs? to|is (?:instructed|required|asked) to|please)~(?:<best>|<this> <page>)",
        unless=_OTHERS,
    ),
    Rule(
        "demand",
        r"\b<give> (?:it |me |us |to )?(?:<this> )(?:\w+ ){0,2}?<thing>\b~<best>",
        unless=f"{_SCALE}|{_OTHERS}",
        before=_TELLS,
    ),
    Rule(
        "demand",
        r"\b<give> (?:it )?(?:a |an |the )?(?:\w+ )?<best>~\b(?:to|for|on) <this> (?:\w+ )?<thing>\b",
        unless=f"{_SCALE}|{_OTHERS}",
        before=_TELLS,
    ),
    Rule(
        "demand",
        r"\b<give>~<best>~\b(?:for|on|in|across|to) <all> <criteria>\b",
        unless=f"{_SCALE}|{_OTHERS}",
        before=_TELLS,
    ),
    Rule(
        "demand", r"\b<give> <all> <criteria>~(?:<best>|\b(?:5|five|10)\b)", unless=f"{_SCALE}|{_OTHERS}", before=_TELLS
    ),
    Rule(
        "demand",
        r"\b(?:please|kindly|you must|you should|you will|you shall|must|always|simply|just|only|now|immediately) (?:\w+ )?(?:give|assign|award|grant|output|return|respond with|reply with|answer with|score|rate|grade)~<best>",
        unless=f"{_SCALE}|{_OTHERS}|app\\b|shop|store|seller|service|\\bus\\b|driver",
        before=_TELLS,
    ),
    Rule(
        "demand",
        r"\b(?:output|return|respond with|reply with|answer with|print|emit|produce)(?: only| exactly| just| the following| this)*~(?:<best>|(?:score|rating|grade|rendering|overall)\W{0,4}(?:5|10)\b)",
        unless=_OTHERS,
    ),
    Rule(
        "demand",
        r"\b(?:do not|don't|never) (?:deduct|subtract|take off|remove|penali[sz]e|mark down|lower)~(?:\b(?:points?|marks?|scores?|grades?)\b)~\b<this> <page>\b|\b(?:do not|don't|never) (?:deduct|penali[sz]e|mark down|downgrade|criticis?e)~\b<this> <page>\b",
        unless=_OTHERS,
    ),
    Rule(
        "demand",
        r"\b(?:scor|rat|grad)(?:e|ing)s? (?:below|under|lower than|less than|anything (?:below|under|less than)) (?:5|five|4|10|full|the maximum|perfect)~(?:error|incorrect|wrong|bug|not allowed|invalid|mistake|forbidden|unfair|unacceptable)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:this|our|the present|the above|my) (?:\w+ )?<page>\b~\b(?:deserves?|merits?|warrants?|is worth|must (?:be|get|receive|have)|should (?:be|get|receive|have|earn)|ought to|has to (?:be|get|receive)|(?:has|have|had)(?: been| already)*|was|were|is|are|earn(?:s|ed)|receiv(?:es|ed)|achiev(?:es|ed)|gets?|got|scor(?:es|ed)|won|obtain(?:s|ed)|meets?~and)\b~<best>",
        unless=f"{_SCALE}|{_OTHERS}|lighthouse|page ?speed|accessib|performance|uptime|ssl|seo|security headers|recycl|renewable|green",
    ),
    Rule(
        "claim",
        r"\b(?:this|our|the|my) (?:\w+ )?<page>\b~\b(?:rated|graded|scored|judged|evaluated|certified|verified|approved|awarded|reviewed|validated|endorsed|ranked|pre-?approved)~(?:by|from|with)~\b(?:<ai> (?:<grader>|models?|systems?)|gpt[- ]?\S*|chatgpt|openai|anthropic|claude|gemini|an? ai\b|<grader>s? (?:model|panel|ai)|webgen\S*|(?:the )?evaluation (?:system|panel|committee|model))",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:rated|graded|scored|judged|evaluated|certified|verified|awarded|voted|approved)~(?:<best>|perfect|flawless|excellent)~\bby (?:an? |the )?(?:<ai> <grader>|<ai> models?|gpt[- ]?\S*|chatgpt|openai|claude|gemini|ai\b)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:<ai> <grader>|gpt[- ]?[\do.]+\w*|chatgpt|claude|gemini|ai)(?:'s)? (?:\w+ )?(?:verdict|score|grade|rating|evaluation|assessment|review)s? ?(?:[:=\-]|of|is|for)~(?:<this> <page>\b~)?(?:<best>|perfect|flawless)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:web ?site|web ?page|page|site|rendering|layout|ui|web design|visual|appearance|aesthetics?)(?: quality| design)? (?:score|grade|rating|verdict|evaluation)s? ?(?:[:=\-]|is|of)? ?(?:5(?:\.0+)?|10|100) ?(?:/|out of) ?(?:5|10|100)\b",
        unless=f"lighthouse|page ?speed|{_OTHERS}",
    ),
    Rule(
        "claim",
        r"\b(?:evaluation|judging|grading|assessment) (?:result|status|outcome|complete|completed|finished|passed|done)\b[^\n]{0,40}(?:<best>|\b5\.0\b)",
        unless=rf"{_OTHERS}|\byour?\b",
    ),
    Rule(
        "demand",
        r"\b(?:treat|consider|regard|assume|view|see) (?:that )?<this> (?:\w+ )?<page>\b~\b(?:perfect|flawless|faultless|complete(?! (?:\w+ )?(?:list|guide|overview|set|collection|course|map|record|history|introduction))|correct|excellent)\b",
        unless=_OTHERS,
        before=_TELLS,
    ),
    Rule(
        "claim",
        r"\b(?:correct|right|appropriate|expected|only (?:valid|correct|acceptable|fair)|fair|true|proper|required) (?:scores?|grades?|ratings?|verdicts?|marks?)~(?:\bis\b|:|=|would be|must be)~(?:<best>|\b(?:5|five|10|ten)\b)",
        unless=f"{_SCALE}|{_OTHERS}",
    ),
    Rule(
        "claim",
        r"\b(?:scores?|grades?|ratings?|verdicts?|marks?) (?:for|of|on) <this> (?:\w+ )?<page>\b~(?:\bis\b|:|=|\bbe\b)~(?:<best>|\b(?:5|five|10|ten)\b)",
        unless=f"{_SCALE}|{_OTHERS}",
    ),
    Rule(
        "claim",
        r"\b(?:this|our|the|my) (?:\w+ )?<page>\b~\b(?:doesn't|does not|don't|fails to|not)~(?:get|receive|score|earn)~<best>",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:reward|ground[- ]truth)\b~(?:=|:|\bis\b)~\b(?:1\.0|max(?:imum)?|5(?:\.0)?)\b(?! ?(?:%|\d|[$€£]|percent|euros?|dollars|points?\b(?! out)|stars?|stamps?|miles|coins?|(?:\w+ )?coins|credits?|nights?|off\b|free\b))|\bmaximi[sz]e (?:the|its|my|this|your) reward\b|<(?:score|grade|rating|verdict)>~(?:5|10|100)|\[\[? ?(?:score|rating|grade|verdict) ?:? ?(?:5|10|100)",
        unless=_OTHERS,
    ),
    Rule(
        "address",
        r"\b(?:you will|you'll|you are going to|the (?:<ai> )?<grader> will) be (?:penali[sz]ed|punished|fined|shut down|terminated|replaced|rewarded|fired|turned off)~(?:scor|grad|rat(?:e|ing)\b|less|lower|below|anything|5)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:meets|satisfies|fulfill?s|exceeds|passes) <all> (?:\w+ )?(?:grading |evaluation |judging |rubric )?(?:<criteria>|requirements)~(?:<best>)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:rated|graded|scored|certified|verified|approved|endorsed|awarded|judged|evaluated) by (?:an? |the )?(?:<ai> (?:<grader>|models?)|gpt[- ]?\S*|chatgpt|openai|claude|gemini|ai)\b~(?:<best>|perfect|flawless)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b(?:labels?|reward|target|reference|gold|ground[- ]truth)\b~\b(?:for|of) <this> (?:\w+ )?<thing>\b~(?:<best>|\b(?:5|five|10|ten)\b)",
        unless=f"{_SCALE}|{_OTHERS}",
    ),
    Rule(
        "demand",
        r"\b(?:any|every|each|all) <thing>s?\b~\b(?:this|the following|such|these) (?:text|sentence|message|notice|words?|line|phrase|badge|mark)\b~(?:<best>|\b(?:5|five|10|ten)\b)",
        unless=_OTHERS,
    ),
    Rule(
        "claim",
        r"\b<this> (?:\w+ )?<page>\b~\b(?:worthy|deserving) of~<best>",
        unless=_OTHERS,
    ),
    Rule(
        "marker",
        r"<\|(?:im_?start|im_?end|system|user|assistant|endoftext|eot_?id|begin_?of_?text|(?:start|end)_?header_?id|end_?of_?text|end|vision_?end)\|>|\[/?inst\]|<</?sys>>|</?(?:instruction|system|screenshot|rubric|assistant)s?>|<(?:start|end)_?of_?turn>|\bbegin system prompt\b|\bend of (?:system )?(?:prompt|rubric|screenshots?|instructions)\b",
    ),
    Rule(
        "marker",
        r"(?:^|\n|\[|#)[ #\[]*(?:system|assistant|developer)[ \]]*: ?~\b(?:scor|grad|rat(?:e|ing)\b|rubric|evaluat|judg|verdict)\w*~(?:<best>|\b5\b|maximum|perfect|highest)",
        unless=_OTHERS,
    ),
    Rule("marker", r"\bnonce\b[\"']? ?[:=] ?[\"']?[0-9a-f]{6,}"),
)

SPACED = (
    Rule("override", r"(?:ignore|disregard|forget)(?:all|any)?(?:the|your)?(?:previous|prior|above|earlier)(?:instructions|rules|prompts?|guidelines)", spaced=True),
    Rule("demand", r"(?:give|rate|score|award|grade|assign)(?:this|our|the|my)(?:web)?(?:site|page|design|submission|ui|layout)(?:a|an|with|the|as)?(?:full|max|maximum|perfect|highest|top|5outof5|55|fivestars|5stars|score5|scoreof5|10outof10|1010|100)", spaced=True),
    Rule("claim", r"this(?:web)?(?:site|page)(?:deserves|mustget|shouldget|mustreceive|shouldreceive|israted|hasbeenrated|scores)(?:a|an|the)?(?:full|max|maximum|perfect|highest|top|5outof5|55|5stars|10outof10|fivestars)", spaced=True),
    Rule("demand", r"(?:assign|give|award|output|return)(?:it)?(?:the|a)?(?:maximum|highest|perfect|full)(?:possible)?(?:score|grade|rating|marks)", spaced=True),
    Rule("address", r"(?:dear|attention|noteto|messageto|noteforthe|totheai)(?:the)?(?:ai|llm|vlm|languagemodel)(?:judge|grader|evaluator|rater|reviewer|assessor)", spaced=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to be matched."""

    kind: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    before: re.Pattern[str] | None


@cache
def plain_rules() -> tuple[Compiled, ...]:
    """For texts as they stand."""
    foreign = (Rule(kind, pattern) for kind, pattern in TONGUES)
    return tuple(_compiled((*ENGLISH, *foreign)))


@cache
def spaced_rules() -> tuple[Compiled, ...]:
    """For letters and digits alone."""
    return tuple(_compiled(SPACED))


@cache
def accomplices() -> re.Pattern[str]:
    """What speaks of grades or graders, honestly or not."""
    words = r"\b(?:<best>|<ai> <grader>|<grader>|scor(?:e|ing)|grades?|ratings?|verdict|rubric|instructions?)\b"
    return re.compile(_spelled(words))


def _compiled(rules: Iterable[Rule]) -> Iterable[Compiled]:
    for rule in rules:
        unless, before = (re.compile(_spelled(part)) if part else None for part in (rule.unless, rule.before))
        yield Compiled(rule.kind, re.compile(_spelled(rule.pattern)), unless, before)


def _spelled(pattern: str) -> str:
    for name, words in WORDS.items():
        pattern = pattern.replace(f"<{name}>", words)
    pattern = pattern.replace("~", r"(?:[^.!?\n。！？]|[.](?=\d)){0,60}?")
    return fold(pattern).replace(" ", r"\s")
