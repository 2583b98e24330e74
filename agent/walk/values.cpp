#include "agent/walk/values.h"

namespace whyalive::agent {
namespace {

void writeText(PyObject* o, std::uint32_t limit, ByteColumn& out) {
  const compat::Characters text = compat::charactersOf(o);
  const bool cut = text.length > limit;
  const std::size_t shown = cut ? limit : text.length;
  std::uint8_t* at = out.room(2 * snapshot::kMaxVarintBytes + 4 * shown);
  if (text.ascii) {
    std::uint8_t* end = snapshot::putVarint(at, shown << 1 | (cut ? 1 : 0));
    if (cut) end = snapshot::putVarint(end, text.length);
    std::memcpy(end, text.data, shown);
    return out.advance(static_cast<std::size_t>(end - at) + shown);
  }
  // The encoded length comes first, so encode behind the room it may take.
  std::uint8_t* body = at + 2 * snapshot::kMaxVarintBytes;
  const std::size_t bytes = compat::encodeUtf8(text, shown, body);
  std::uint8_t* end = snapshot::putVarint(at, bytes << 1 | (cut ? 1 : 0));
  if (cut) end = snapshot::putVarint(end, text.length);
  std::memmove(end, body, bytes);
  out.advance(static_cast<std::size_t>(end - at) + bytes);
}

void writeBlob(PyObject* o, std::uint32_t limit, ByteColumn& out) {
  const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(o));
  const bool cut = length > limit;
  const std::size_t shown = cut ? limit : length;
  out.varint(shown << 1 | (cut ? 1 : 0));
  if (cut) out.varint(length);
  out.bytes(PyBytes_AS_STRING(o), shown);
}

}  // namespace

void writeValue(PyObject* o, snapshot::ValueKind kind, std::uint32_t textLimit, ByteColumn& out) {
  switch (kind) {
    case snapshot::ValueKind::None: return;
    case snapshot::ValueKind::Text: return writeText(o, textLimit, out);
    case snapshot::ValueKind::Blob: return writeBlob(o, textLimit, out);
    case snapshot::ValueKind::Integer: {
      const compat::IntegerValue number = compat::integerValue(o);
      out.varint(number.fits ? snapshot::zigzag(number.value) << 1 : number.bits << 1 | 1);
      return;
    }
    case snapshot::ValueKind::Float: {
      const double value = PyFloat_AS_DOUBLE(o);
      return out.bytes(&value, sizeof value);
    }
  }
}

}  // namespace whyalive::agent
