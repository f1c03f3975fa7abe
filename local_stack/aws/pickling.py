"""Says how the few objects of moto that pickle cannot carry, or carries wrongly, are rebuilt."""

from __future__ import annotations

import importlib
import marshal
import threading
import types
from collections import defaultdict
from collections.abc import Callable
from weakref import WeakValueDictionary

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import RSAKey
from moto.s3.utils import _VersionedKeyStore

from local_stack.aws.moto_types import Moto


def reduced(value: Moto) -> Moto:
    """Return what `Pickler.reducer_override` wants: how to rebuild `value`, or NotImplemented."""
    reducer = _REDUCERS.get(type(value))
    if reducer is not None:
        return reducer(value)
    if isinstance(value, defaultdict) and type(value) is not defaultdict:
        return _of_default_dict(value)
    if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
        return _of_private_key(value)
    return NotImplemented


def _of_key_store(store: _VersionedKeyStore) -> Moto:
    """As a dict it would show the newest version of each object only."""
    versions = {key: store.getlist(key) for key in dict.keys(store)}
    return (_VersionedKeyStore, (), versions, None, None, _fill_key_store)


def _of_default_dict(value: Moto) -> Moto:
    """A subclass of defaultdict has a constructor that wants other things than a default."""
    kind, parts = type(value), (value.default_factory, value.__dict__, dict(value))
    return (kind.__new__, (kind,), parts, None, None, _fill_default_dict)


def _of_function(function: types.FunctionType) -> Moto:
    """A default factory that moto wrote as a lambda inside a function has no name to be found by."""
    if "<locals>" in function.__qualname__ and function.__closure__ is None:
        return (_function, (marshal.dumps(function.__code__), function.__module__))
    return NotImplemented


def _of_private_key(key: RSAPrivateKey | EllipticCurvePrivateKey) -> Moto:
    """The keys of KMS; whoever makes an encrypted volume has one."""
    encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return (_private_key, (encoded,))


def _private_key(encoded: bytes) -> Moto:
    return load_der_private_key(encoded, password=None)


def _fill_key_store(store: _VersionedKeyStore, versions: dict[str, list[Moto]]) -> None:
    for key, found in versions.items():
        dict.__setitem__(store, key, found)


def _fill_default_dict(made: Moto, parts: tuple[Moto, dict[str, Moto], dict[Moto, Moto]]) -> None:
    made.default_factory, attributes, items = parts
    made.__dict__.update(attributes)
    for key, value in items.items():
        dict.__setitem__(made, key, value)


def _function(code: bytes, module: str) -> types.FunctionType:
    """Rebuild a default factory that moto wrote as a lambda inside a function."""
    return types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)))  # noqa: S302 - our file


# Locks come back unlocked: no request runs while a snapshot is taken.
_REDUCERS: dict[type, Callable[[Moto], Moto]] = {
    type(threading.Lock()): lambda _: (threading.Lock, ()),
    type(threading.RLock()): lambda _: (threading.RLock, ()),
    _VersionedKeyStore: _of_key_store,
    WeakValueDictionary: lambda table: (WeakValueDictionary, (), None, None, iter(list(table.items()))),
    RSAKey: lambda key: (RSAKey.import_key, (key.as_dict(private=True),)),
    types.FunctionType: _of_function,
}
