"""Removes a person from raw, processed files and warehouse, and says in a certificate what was done.

`person.py` says what is known of who asks, `lines.py` finds a person's lines in a raw object, `raw.py` does
so in the bucket, `register.py` keeps in the warehouse what an erasure has found and done, `run.py` is the
order of its steps, `certificate.py` its outcome.
"""
