"""Pictures for a catalogue that has none: a still life of two shapes, another one for each key."""

from zlib import crc32

CONTENT_TYPE = "image/svg+xml"

SHAPES = (
    '<path d="M220 250h200l-28 210a40 40 0 0 1-40 34h-64a40 40 0 0 1-40-34z"/>',
    '<path d="M200 290a120 120 0 0 0 240 0z"/><rect x="190" y="262" width="260" height="30" rx="15"/>',
    '<circle cx="320" cy="270" r="110"/><rect x="306" y="370" width="28" height="124"/>',
    '<rect x="210" y="180" width="220" height="314" rx="26"/>',
    '<path d="M320 150l150 344H170z"/>',
)


def drawing(key: str) -> bytes:
    """Return an SVG of 640 by 640 that is always the same for a key."""
    number = crc32(key.encode())
    hue, shape = number % 360, SHAPES[number // 360 % len(SHAPES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="640" viewBox="0 0 640 640">'
        f'<rect width="640" height="640" fill="hsl({hue} 28% 84%)"/>'
        f'<rect y="494" width="640" height="146" fill="hsl({hue} 22% 74%)"/>'
        f'<g fill="hsl({(hue + 200) % 360} 34% 40%)">{shape}</g></svg>'
    ).encode()
