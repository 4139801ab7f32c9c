"""The only code that moves an evaluation: submit, claim, report, advance, conclude; and the reaper."""
