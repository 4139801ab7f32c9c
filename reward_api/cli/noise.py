"""``noise``: how much of what tells sites of a group apart is the judge's own error."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from reward_api.cli.judge_options import (
    MOST_SAMPLES,
    AsJson,
    AtOnce,
    Deadline,
    Model,
    Name,
    OwnJudge,
    Prompt,
    Where,
    judging_service,
)
from reward_api.cli.judging import Outcome, Task, Wish, judge_all, progress_bar, why_not
from reward_api.cli.noise_figures import measure
from reward_api.cli.options import ApiKey, DataDir, JudgeModel, JudgeUrl, Url
from reward_api.cli.rejudge import UNJUDGED_STATUS
from reward_api.cli.terminal import results, tell
from services.contract import Evaluation
from services.errors import Unprocessable

Groups = dict[str, list[Evaluation]]


def noise(
    run: Annotated[str, typer.Argument(help="Run whose screenshots are judged again and again.")],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    groups: Annotated[int, typer.Option(min=1, help="Groups that are drawn.")] = 20,
    repeats: Annotated[int, typer.Option(min=1, max=100, help="Times that every site is judged.")] = 8,
    samples: Annotated[int, typer.Option(min=1, max=MOST_SAMPLES, help="Verdicts each time.")] = 1,
    per_group: Annotated[int | None, typer.Option(min=2, help="Sites drawn from each group; all by default.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    model: Model = None,
    prompt: Prompt = None,
    name: Name = "noise",
    at_once: AtOnce = 8,
    deadline: Deadline = 7_200.0,
    as_json: AsJson = False,
    judge: OwnJudge = None,
    judge_url: JudgeUrl = None,
    judge_model: JudgeModel = None,
) -> None:
    """Measure the judge's test-retest error and the true spread within groups, and say how many samples they call for.

    Has the screenshots of groups drawn from a run judged anew, which costs what judging costs. The same command again
    judges nothing twice. Exit status 3: some were not judged, and the figures are made of the others.
    """
    where = Where(url, api_key, data_dir, judge, judge_url, judge_model)
    with judging_service(where, run, model) as (client, source):
        drawn = draw(grouped(source.evaluations(run)), groups, per_group, seed)
        wish = Wish(model, prompt, samples)
        tasks = [Task(one, wish, name, n) for n in range(repeats) for found in drawn.values() for one in found]
        rules = source.profile(next(iter(drawn.values()))[0].profile.hash).judge
        with progress_bar(len(tasks), "judged") as done:
            outcomes = judge_all(client, tasks, at_once=at_once, deadline=deadline, done=done)
    found = measure(run, outcomes, rules)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    else:
        results().print(found.table())
        results().print(found.advice(), markup=False)
    _tell_gaps(outcomes)


def _tell_gaps(outcomes: Sequence[Outcome]) -> None:
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    if problems:
        tell(f"{len(problems)} of {len(outcomes)} were not judged: {problems[0]}")
        raise typer.Exit(UNJUDGED_STATUS)


def grouped(evaluations: Iterable[Evaluation]) -> Groups:
    """What can be judged anew and was graded before, by step and group; groups of at least two."""
    found: Groups = defaultdict(list)
    for evaluation in evaluations:
        if why_not(evaluation) is None and evaluation.judge is not None and evaluation.group is not None:
            found[f"{evaluation.step}/{evaluation.group}"].append(evaluation)
    return {key: members for key, members in sorted(found.items()) if len(members) > 1}


def draw(groups: Groups, wanted: int, per_group: int | None, seed: int) -> Groups:
    """So many groups, and of each so many sites; the same for the same seed.

    Raises:
        Unprocessable: there is no group of two.
    """
    if not groups:
        raise Unprocessable(
            "no group of this run has two judged sites: nothing can be said of the spread within groups"
        )
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    keys = chance.sample(sorted(groups), min(wanted, len(groups)))
    found = {key: groups[key] for key in sorted(keys)}
    if per_group is None:
        return found
    return {key: chance.sample(members, min(per_group, len(members))) for key, members in found.items()}
