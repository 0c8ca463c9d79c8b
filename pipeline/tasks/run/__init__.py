"""The state and output of a run: journal, summary, log, history, exit codes."""
