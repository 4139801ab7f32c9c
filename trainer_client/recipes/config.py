"""What a recipe's YAML file says. Names are TRL's own where the value goes to TRL as it is.

`trainer_client.recipes.files.load` reads a file into one of these, `trainer_client.recipes.arguments` turns one into
TRL's configuration. Nothing here needs TRL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trainer_client.recipes.sections import (
    Checkpoints,
    Count,
    Data,
    Generation,
    Logging,
    Model,
    Name,
    Section,
    Service,
    Vllm,
)


class Training(Section):
    """Hyper-parameters that both kinds of training have; TRL's and transformers' own names.

    Attributes:
        warmup_steps: of optimization; below 1, a share of all.
        extra: any other argument of TRL's configuration class.
    """

    learning_rate: Annotated[float, Field(gt=0)]
    lr_scheduler_type: Name
    lr_scheduler_kwargs: dict[str, Any] = {}
    warmup_steps: Annotated[float, Field(ge=0)] = 0.0
    per_device_train_batch_size: Count = 1
    gradient_accumulation_steps: Count = 1
    max_steps: int = -1
    num_train_epochs: Annotated[float, Field(gt=0)] = 1.0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    activation_checkpointing: bool = True
    bf16: bool = True
    use_cpu: bool = False
    seed: int = 42
    ddp_timeout: Count = 1800
    extra: dict[str, Any] = {}


class Grpo(Training):
    """Hyper-parameters of GRPO. Defaults are the paper's (arXiv 2604.20398)."""

    learning_rate: Annotated[float, Field(gt=0)] = 5e-6
    lr_scheduler_type: Name = "cosine_with_min_lr"
    lr_scheduler_kwargs: dict[str, Any] = {"min_lr_rate": 0.1}
    warmup_steps: Annotated[float, Field(ge=0)] = 0.03
    per_device_train_batch_size: Count = 2
    gradient_accumulation_steps: Count = 8
    max_steps: int = 400
    beta: Annotated[float, Field(ge=0)] = 0.01
    epsilon: Annotated[float, Field(gt=0)] = 0.2
    epsilon_high: Annotated[float, Field(gt=0)] | None = None
    num_iterations: Count = 1
    loss_type: Name = "grpo"
    scale_rewards: Literal["group", "batch", "none"] = "group"
    mask_truncated_completions: bool = False


class Sft(Training):
    """Hyper-parameters of the warm-up. Learning rate and epochs are the paper's.

    Attributes:
        max_length: tokens of prompt and completion; longer examples are left out, never cut.
    """

    learning_rate: Annotated[float, Field(gt=0)] = 1e-5
    lr_scheduler_type: Name = "cosine"
    warmup_steps: Annotated[float, Field(ge=0)] = 0.03
    num_train_epochs: Annotated[float, Field(gt=0)] = 2.0
    max_length: Count = 12288


class _Recipe(Section):
    """What every recipe has.

    Attributes:
        run: the training run's name, here and at the service: new for each experiment, the same where one goes on.
        processes: training processes (GPUs) that the batch sizes are meant for; another number is refused.
    """

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    processes: Count = 1
    model: Model
    data: Data
    checkpoints: Checkpoints = Checkpoints()
    logging: Logging = Logging()

    @property
    def folder(self) -> Path:
        """Where checkpoints, logs and the finished model go."""
        return self.checkpoints.folder or Path("runs") / self.run


class SftRecipe(_Recipe):
    """The warm-up. The service is asked for the scaffold's prompt alone, and only where the data names no other."""

    recipe: Literal["sft"]
    service: Service | None = None
    sft: Sft = Sft()

    @model_validator(mode="after")
    def _some_prompt(self) -> SftRecipe:
        if self.service is None and self.data.system_prompt is None:
            raise ValueError("name service.url, which gives the system prompt, or data.system_prompt")
        return self


class GrpoRecipe(_Recipe):
    """Reinforcement learning against the service."""

    recipe: Literal["grpo"]
    service: Service
    generation: Generation = Generation()
    grpo: Grpo = Grpo()
    vllm: Vllm = Vllm()

    @property
    def rollouts_per_step(self) -> int:
        """Completions that one optimization step sends to the service, of all processes together."""
        return self.processes * self.grpo.per_device_train_batch_size * self.grpo.gradient_accumulation_steps

    @model_validator(mode="after")
    def _whole_groups(self) -> GrpoRecipe:
        if self.rollouts_per_step % self.generation.num_generations:
            raise ValueError(
                f"{self.rollouts_per_step} completions a step (processes x per_device_train_batch_size x "
                f"gradient_accumulation_steps) are no whole number of groups of {self.generation.num_generations}"
            )
        return self


AnyRecipe = Annotated[SftRecipe | GrpoRecipe, Field(discriminator="recipe")]
