"""JSON for the stream. By the C half of `json` alone: importing the other half takes longer than most
evaluations, and a program may have put something of its own in its place."""
from _json import encode_basestring_ascii, make_encoder, make_scanner


def refuse_to_encode(o):
    raise TypeError("no JSON for a " + type_name(type(o)))


# markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan
chunks_of = make_encoder(None, refuse_to_encode, encode_basestring_ascii, None, ":", ",", False, False, True)


class Scanning:
    """What json.JSONDecoder would be for make_scanner."""
    strict, memo = True, {}
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float


scan_once = make_scanner(Scanning)


def to_json(value):
    return "".join(chunks_of(value, 0)).encode()


def from_json(body):
    """Of one value without space around it, as the client writes."""
    return scan_once(body.decode(), 0)[0]
