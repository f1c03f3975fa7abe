"""The provisioning core: `stack.py` lists every AWS thing in order, `engine.py` makes AWS agree with it."""
