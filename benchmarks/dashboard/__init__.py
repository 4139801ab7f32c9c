"""The dashboard without Grafana: its panels read, asked of a Prometheus and drawn into one picture."""
