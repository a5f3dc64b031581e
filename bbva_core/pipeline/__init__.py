"""From a video to committed rows: plan, stages, orchestrator, executors, worker, and the control that pages use."""
