"""What to look at before GPU hours are spent: a recipe, the service that it names, and the path between them.

`trainer_client.preflight.examine.examine` does it all; the checks are pure functions, one for each question.
"""
