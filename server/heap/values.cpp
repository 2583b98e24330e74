// The values of objects: found by stepping from the offset kept for every 32nd object. The reader
// has checked that every value lies within the section.
#include <charconv>
#include <cmath>
#include <cstring>

#include "protocol/snapshot/varint.h"
#include "server/heap/heap_graph.h"
#include "server/heap/utf8.h"

namespace whyalive::heap {
namespace {

const std::uint8_t* skipVarint(const std::uint8_t* in) {
  while (*in >= 0x80) ++in;
  return in + 1;
}

const std::uint8_t* readVarint(const std::uint8_t* in, std::uint64_t& value) {
  return snapshot::getVarint(in, in + snapshot::kMaxVarintBytes, value);
}

const std::uint8_t* skipValue(const std::uint8_t* in, ValueKind kind) {
  std::uint64_t head = 0;
  switch (kind) {
    case ValueKind::None: return in;
    case ValueKind::Integer: return skipVarint(in);
    case ValueKind::Float: return in + sizeof(double);
    case ValueKind::Text:
    case ValueKind::Blob: break;
  }
  in = readVarint(in, head);
  if ((head & 1) != 0) in = skipVarint(in);
  return in + (head >> 1);
}

TextValue readText(const std::uint8_t* in) {
  std::uint64_t head = 0;
  TextValue text;
  in = readVarint(in, head);
  text.cut = (head & 1) != 0;
  if (text.cut) in = readVarint(in, text.length);
  text.bytes = {reinterpret_cast<const char*>(in), static_cast<std::size_t>(head >> 1)};
  return text;
}

void appendHex(std::string& out, std::string_view prefix, std::uint32_t value, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += prefix;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
}

// The way Python escapes: quotes, backslash, control characters; what is no valid UTF-8 as \x or
// \u.
void appendEscaped(std::string& out, std::string_view bytes, bool isText, std::size_t limit) {
  for (std::size_t i = 0; i < bytes.size();) {
    if (out.size() >= limit) {
      out += "…";
      return;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    if (byte == '\n' || byte == '\r' || byte == '\t' || byte == '\\' || byte == '\'') {
      out += '\\';
      out += byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte == '\t' ? 't' : bytes[i];
      ++i;
    } else if (byte < 0x20 || byte == 0x7F || (!isText && byte >= 0x80)) {
      appendHex(out, "\\x", byte, 2);
      ++i;
    } else {
      const CodePoint c = nextCodePoint(bytes, i);
      if (c.valid) {
        appendUtf8(out, c.value);
      } else {
        appendHex(out, c.surrogate ? "\\u" : "\\x", c.value, c.surrogate ? 4 : 2);
      }
    }
  }
}

std::string realRepr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

const std::uint8_t* HeapGraph::valueOf(ObjectIndex o, ValueKind kind) const {
  if (raw(o) >= objectCount() || shape(o).value != kind) return nullptr;
  const std::uint32_t first = raw(o) / Snapshot::kValueStride;
  const std::uint8_t* at = s_.values.data() + s_.valueStart[first];
  for (std::uint32_t i = first * Snapshot::kValueStride; i < raw(o); ++i) {
    at = skipValue(at, s_.shapes[s_.shape[i]].value);
  }
  return at;
}

std::optional<TextValue> HeapGraph::text(ObjectIndex o) const {
  const std::uint8_t* at = valueOf(o, ValueKind::Text);
  return at == nullptr ? std::nullopt : std::optional(readText(at));
}

std::optional<TextValue> HeapGraph::blob(ObjectIndex o) const {
  const std::uint8_t* at = valueOf(o, ValueKind::Blob);
  return at == nullptr ? std::nullopt : std::optional(readText(at));
}

std::optional<IntegerValue> HeapGraph::integer(ObjectIndex o) const {
  const std::uint8_t* at = valueOf(o, ValueKind::Integer);
  if (at == nullptr) return std::nullopt;
  std::uint64_t v = 0;
  readVarint(at, v);
  if ((v & 1) != 0) return IntegerValue{0, static_cast<std::uint32_t>(v >> 1)};
  return IntegerValue{snapshot::unzigzag(v >> 1), 0};
}

std::optional<double> HeapGraph::real(ObjectIndex o) const {
  const std::uint8_t* at = valueOf(o, ValueKind::Float);
  if (at == nullptr) return std::nullopt;
  double value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::string HeapGraph::repr(ObjectIndex o, std::size_t limit) const {
  if (o == kNoObject) return "…";
  std::string out;
  const std::optional<TextValue> t = text(o);
  const std::optional<TextValue> b = t ? std::nullopt : blob(o);
  if (t || b) {
    out = t ? "'" : "b'";
    appendEscaped(out, t ? t->bytes : b->bytes, t.has_value(), limit);
    const bool cut = (t ? t->cut : b->cut) && !out.ends_with("…");
    return out + (cut ? "…'" : "'");
  }
  const std::string_view type = typeName(o);
  if (const auto i = integer(o)) {
    if (type == "bool") return i->value != 0 ? "True" : "False";
    if (i->bits != 0) return "<int of " + std::to_string(i->bits) + " bits>";
    return std::to_string(i->value);
  }
  if (const auto r = real(o)) return realRepr(*r);
  if (type == "NoneType") return "None";
  if (const TypeIndex self = typeOfTypeObject(o); self != kNoType) {
    return "<class " + std::string(typeName(self)) + ">";
  }
  return "<" + std::string(type) + ">";
}

}  // namespace whyalive::heap
