"""Says how the few objects of moto that pickle cannot carry, or carries wrongly, are rebuilt."""

from __future__ import annotations

import importlib
import marshal
import threading
import types
from weakref import WeakValueDictionary

from joserfc.jwk import RSAKey
from moto.s3.utils import _VersionedKeyStore

from local_stack.aws.moto_types import Moto

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


def reduced(value: Moto) -> Moto:
    """Return what `Pickler.reducer_override` wants: how to rebuild `value`, or NotImplemented."""
    kind = type(value)
    if kind in (_LOCK, _RLOCK):  # comes back unlocked: no request runs when a snapshot is taken
        return (threading.Lock if kind is _LOCK else threading.RLock, ())
    if kind is _VersionedKeyStore:  # as a dict it shows the newest version of each object only
        versions = {key: value.getlist(key) for key in dict.keys(value)}
        return (_VersionedKeyStore, (), versions, None, None, _fill_key_store)
    if kind is WeakValueDictionary:
        return (WeakValueDictionary, (), None, None, iter(list(value.items())))
    if kind is RSAKey:
        return (RSAKey.import_key, (value.as_dict(private=True),))
    if kind is types.FunctionType and "<locals>" in value.__qualname__ and value.__closure__ is None:
        return (_function, (marshal.dumps(value.__code__), value.__module__))
    return NotImplemented


def _fill_key_store(store: _VersionedKeyStore, versions: dict[str, list[Moto]]) -> None:
    for key, found in versions.items():
        dict.__setitem__(store, key, found)


def _function(code: bytes, module: str) -> types.FunctionType:
    """Rebuild a default factory that moto wrote as a lambda inside a function."""
    return types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)))  # noqa: S302 - our file
