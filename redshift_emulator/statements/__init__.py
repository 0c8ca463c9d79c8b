"""The statements that the emulator runs, a module for each family."""
