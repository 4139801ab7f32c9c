"""Every metric, once; structured logs; request ids."""
