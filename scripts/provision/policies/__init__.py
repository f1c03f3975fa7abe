"""Every policy of the estate, as pure functions of names: read them to know who can do what.

Each one equals its golden file in tests/golden/policies/. A wildcard stands only where no name can be given.
"""
