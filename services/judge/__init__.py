"""Who grades the appearance of a rendered site. Each judge is a module; `services.judge.worker` is the process."""
