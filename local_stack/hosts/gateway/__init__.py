"""What hosts of an estate find at AWS's addresses: S3 over TLS, names, and the instance metadata service.

It runs with Python's own library alone, in a container in the namespace of the estate's router, and reaches
the emulated AWS through one Unix socket. Nothing else of the machine can be reached from there.
"""
