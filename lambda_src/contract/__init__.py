"""The contract between everything that writes events and everything that reads them.

`event.py` says what an event is (and `event_batch.schema.json`, generated from it, says it to the world);
`raw_object.py` says how accepted events lie in the raw bucket. Beside them is what functions share:
`bucket.py` opens a bucket, `problem.py` tells a client of an error, `privacy.py` takes out of an event what
must not be stored.
"""
