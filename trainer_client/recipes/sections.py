"""The parts of a recipe's YAML file that say what is trained, on what, and where figures go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """One part of a recipe. A name that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lora(Section):
    """Train adapters instead of the whole model; `peft.LoraConfig` has the meanings."""

    rank: Count = 64
    alpha: Count = 128
    dropout: Share = 0.0
    target_modules: str | list[str] = "all-linear"


class Model(Section):
    """What is trained.

    Attributes:
        name: a folder, or a name on the hub.
        dtype: of the weights in memory. ``float32`` with ``bf16: true`` is mixed precision with exact updates.
        chat_template: a Jinja file, or a folder of a tokenizer; needed only where the tokenizer brings none.
    """

    name: Name
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "float32"
    attn_implementation: str | None = None
    chat_template: Path | None = None
    trust_remote_code: bool = False
    lora: Lora | None = None


class Data(Section):
    """Instructions to train on.

    Attributes:
        train: JSON lines (``.jsonl``) or ``.parquet`` files.
        held_out: files of the same kinds, whose instructions must not be among those of ``train``; the test
            instructions of WebGen-Bench never may.
        completion_column: for the warm-up: what the model shall answer.
        system_prompt: a text file instead of the scaffold's own prompt, which the service gives.
        max_prompt_tokens: longer prompts are left out, and their number is told.
        limit: only the first so many rows.
    """

    train: Annotated[list[Path], Field(min_length=1)]
    held_out: list[Path] = []
    instruction_column: Name = "instruction"
    completion_column: Name = "completion"
    system_prompt: Path | None = None
    max_prompt_tokens: Count | None = 4096
    limit: Count | None = None


class Service(Section):
    """The reward service.

    Attributes:
        url: of the gateway.
        api_key_env: name of the environment variable that holds the API key; the key itself is in no file.
        profile: the reward's definition; the service's default where left out.
        accept_versions: go on in a run whose pinned versions differ from the service's.
        allow_heuristic: train on the stand-in judge, which grades no looks.
        deadline: seconds that a step waits for its rewards. With ``null_wait`` below ``ddp_timeout``.
        max_null_share: share of a step's rollouts without a reward above which ``on_nulls`` is done: ``continue``
            with what is there, ``wait`` for up to ``null_wait`` seconds more, ``stop`` at a checkpoint, or
            ``wait-then-stop``.
        min_group_share: a group of which a smaller share has a reward is left out.
        answer_prefix: what the chat template begins the model's answer with, such as ``<think>`` and a line end.
        component_weights: component (``appearance``, ``functional``, ``format``) -> weight: TRL sums them instead
            of the profile. Left out, the profile's reward is used.
    """

    url: Name
    api_key_env: Name = "WEBGEN_API_KEY"
    profile: str | None = None
    accept_versions: bool = False
    allow_heuristic: bool = False
    deadline: Annotated[float, Field(gt=0)] = 900.0
    max_null_share: Share = 0.5
    on_nulls: Literal["continue", "wait", "stop", "wait-then-stop"] = "wait"
    null_wait: Annotated[float, Field(ge=0)] = 600.0
    min_group_share: Share = 0.5
    answer_prefix: str = ""
    component_weights: Annotated[dict[str, float], Field(min_length=1)] | None = None


class Generation(Section):
    """How completions are sampled."""

    num_generations: Annotated[int, Field(ge=2)] = 16
    max_completion_length: Count = 8192
    temperature: Annotated[float, Field(gt=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=0)] = 0
    min_p: Share | None = None
    repetition_penalty: Annotated[float, Field(gt=0)] = 1.0
    generation_kwargs: dict[str, Any] = {}
    chat_template_kwargs: dict[str, Any] = {}


class Vllm(Section):
    """Generation by vLLM. TRL's names without their ``vllm_``.

    Attributes:
        mode: ``colocate`` on the training GPUs, ``server`` on GPUs of its own, ``none``: by the model itself.
        max_model_length: tokens of prompt and completion; for ``colocate``.
    """

    mode: Literal["none", "colocate", "server"] = "none"
    model_impl: Literal["vllm", "transformers"] = "vllm"
    importance_sampling_correction: bool = True
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.3
    tensor_parallel_size: Count = 1
    max_model_length: Count | None = None
    enable_sleep_mode: bool = False
    server_base_url: str | None = None
    server_timeout: Annotated[float, Field(gt=0)] = 240.0
    group_port: Count = 51216

    @model_validator(mode="after")
    def _server_has_an_address(self) -> Vllm:
        if self.mode == "server" and self.server_base_url is None:
            raise ValueError("mode 'server' needs server_base_url, for example http://vllm:8000")
        return self


class Checkpoints(Section):
    """What is kept, and where training goes on.

    Attributes:
        folder: ``runs/`` and the run's name where left out.
        keep: the newest so many; all where null.
        resume: ``auto``: from the newest checkpoint of the folder, where there is one; ``never``: refuses a folder
            with checkpoints; or the path of one.
    """

    folder: Path | None = None
    save_steps: Count = 50
    keep: Count | None = 3
    resume: Literal["auto", "never"] | Path = "auto"


class Screenshots(Section):
    """A table of rollouts with their screenshots, for TensorBoard and W&B.

    Attributes:
        every_steps: null: none.
        count: rollouts of one table, spread evenly from the highest reward to the lowest.
    """

    every_steps: Count | None = 10
    count: Count = 8


class Logging(Section):
    """Where figures go. W&B's own variables (``WANDB_MODE``, ``WANDB_API_KEY``, ...) hold as usual.

    Attributes:
        log_completions: TRL keeps every completion of every step, as parquet and in W&B, with the table of the reward
            function; the service keeps them anyway.
    """

    report_to: list[Literal["tensorboard", "wandb"]] = ["tensorboard"]
    logging_steps: Count = 1
    log_completions: bool = False
    num_completions_to_print: Annotated[int, Field(ge=0)] | None = 0
    wandb_project: Name = "webgen-reward"
    screenshots: Screenshots = Screenshots()
