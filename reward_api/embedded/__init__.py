"""The whole service as children of one process. Starts the other programs by module name; imports none of them."""

from reward_api.embedded.errors import StackError, StackRunning
from reward_api.embedded.folder import default_data_dir
from reward_api.embedded.stack import EmbeddedStack

__all__ = ["EmbeddedStack", "StackError", "StackRunning", "default_data_dir"]
