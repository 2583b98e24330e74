// whyalive/{objects,object,referrers,referents}: single objects, and lists of them in pages.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/json/fields.h"
#include "protocol/whyalive/partition.h"
#include "protocol/whyalive/suspects.h"

namespace whyalive::api {

// Which objects: those that fit all that is given; the whole heap when nothing is.
struct ObjectSet {
  std::optional<std::string> snapshot;  // the current one
  std::vector<std::uint32_t> objects;   // ids
  std::string type;                     // instances of it
  std::optional<PartitionPart> row;     // one of whyalive/partition
  std::string where;                    // a condition of SQL over the table `objects`
  std::optional<std::string> newSince;  // those that this snapshot did not have
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &ObjectSet::snapshot),
                      json::defaulted("objects", &ObjectSet::objects),
                      json::defaulted("type", &ObjectSet::type),
                      json::defaulted("row", &ObjectSet::row),
                      json::defaulted("where", &ObjectSet::where),
                      json::defaulted("newSince", &ObjectSet::newSince)};
  }
};

struct ObjectRow {
  std::uint32_t id = 0;
  std::string address;  // "0x7f3a5c0d2e10"
  std::string type;
  std::string kind;
  std::uint64_t size = 0;  // shallow, native memory included
  std::uint64_t retained = 0;
  std::optional<std::uint32_t> entries;  // of a container
  std::string value;                     // one line, as repr shows it
  std::string expression;                // how the program reaches it
  static constexpr auto fields() {
    return std::tuple{json::required("id", &ObjectRow::id),
                      json::required("address", &ObjectRow::address),
                      json::required("type", &ObjectRow::type),
                      json::required("kind", &ObjectRow::kind),
                      json::required("size", &ObjectRow::size),
                      json::required("retained", &ObjectRow::retained),
                      json::defaulted("entries", &ObjectRow::entries),
                      json::required("value", &ObjectRow::value),
                      json::required("expression", &ObjectRow::expression)};
  }
};

enum class ObjectOrder { Retained, Size, Entries, Type, Id };
constexpr auto wireNames(ObjectOrder) {
  return std::array{json::WireName<ObjectOrder>{ObjectOrder::Retained, "retained"},
                    json::WireName<ObjectOrder>{ObjectOrder::Size, "size"},
                    json::WireName<ObjectOrder>{ObjectOrder::Entries, "entries"},
                    json::WireName<ObjectOrder>{ObjectOrder::Type, "type"},
                    json::WireName<ObjectOrder>{ObjectOrder::Id, "id"}};
}

struct ObjectsParams : ObjectSet {
  ObjectOrder order = ObjectOrder::Retained;
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple_cat(ObjectSet::fields(),
                          std::tuple{json::defaulted("order", &ObjectsParams::order),
                                     json::defaulted("offset", &ObjectsParams::offset),
                                     json::defaulted("limit", &ObjectsParams::limit)});
  }
};
struct ObjectsTotal {
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  std::uint64_t retained = 0;  // what would go if all of them went
  static constexpr auto fields() {
    return std::tuple{json::required("count", &ObjectsTotal::count),
                      json::required("size", &ObjectsTotal::size),
                      json::required("retained", &ObjectsTotal::retained)};
  }
};
struct ObjectsResult {
  std::string snapshot;
  ObjectsTotal total;
  std::vector<ObjectRow> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &ObjectsResult::snapshot),
                      json::required("total", &ObjectsResult::total),
                      json::required("rows", &ObjectsResult::rows)};
  }
};
struct Objects {
  static constexpr std::string_view kMethod = "whyalive/objects";
  using Params = ObjectsParams;
  using Result = ObjectsResult;
};

// References from one object to another; several of them count as one, named by the plainest.
struct Reference {
  std::string label;  // ".name", "['key']", "[3]", "<closure request>"
  std::string kind;   // of a step
  std::string name;
  std::optional<std::uint32_t> key;  // a dict's entry: id of the key
  std::uint32_t count = 1;           // references between these two
  ObjectRow object;                  // the other end
  std::optional<ObjectRow> owner;    // of a referrer that is a namespace: whose
  static constexpr auto fields() {
    return std::tuple{
        json::required("label", &Reference::label), json::required("kind", &Reference::kind),
        json::required("name", &Reference::name),   json::defaulted("key", &Reference::key),
        json::required("count", &Reference::count), json::required("object", &Reference::object),
        json::defaulted("owner", &Reference::owner)};
  }
};

struct ReferencesParams {
  std::optional<std::string> snapshot;  // the current one
  std::uint32_t object = 0;             // id
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &ReferencesParams::snapshot),
                      json::required("object", &ReferencesParams::object),
                      json::defaulted("offset", &ReferencesParams::offset),
                      json::defaulted("limit", &ReferencesParams::limit)};
  }
};
struct ReferencesResult {
  std::string snapshot;
  std::uint32_t object = 0;
  std::uint64_t rowCount = 0;  // of all pages
  std::vector<Reference> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &ReferencesResult::snapshot),
                      json::required("object", &ReferencesResult::object),
                      json::required("rowCount", &ReferencesResult::rowCount),
                      json::required("rows", &ReferencesResult::rows)};
  }
};
struct Referrers {
  static constexpr std::string_view kMethod = "whyalive/referrers";
  using Params = ReferencesParams;
  using Result = ReferencesResult;
};
struct Referents {
  static constexpr std::string_view kMethod = "whyalive/referents";
  using Params = ReferencesParams;
  using Result = ReferencesResult;
};

struct ObjectParams {
  std::optional<std::string> snapshot;  // the current one
  std::optional<std::uint32_t> id;
  std::optional<std::string> address;  // "0x7f3a5c0d2e10" or decimal
  std::uint32_t offset = 0;            // of the fields' page
  std::uint32_t limit = 100;
  bool live = false;  // ask the frozen copy, too
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &ObjectParams::snapshot),
                      json::defaulted("id", &ObjectParams::id),
                      json::defaulted("address", &ObjectParams::address),
                      json::defaulted("offset", &ObjectParams::offset),
                      json::defaulted("limit", &ObjectParams::limit),
                      json::defaulted("live", &ObjectParams::live)};
  }
};

// A str or bytes as far as the snapshot has it.
struct ObjectText {
  std::string text;          // bytes as repr shows them
  std::uint64_t length = 0;  // of the whole: characters or bytes
  bool cut = false;
  static constexpr auto fields() {
    return std::tuple{json::required("text", &ObjectText::text),
                      json::required("length", &ObjectText::length),
                      json::required("cut", &ObjectText::cut)};
  }
};
// What the frozen copy of the process says, while there is one.
struct LiveValue {
  std::string value;                // repr
  std::optional<std::string> text;  // str(), where it says something else
  static constexpr auto fields() {
    return std::tuple{json::required("value", &LiveValue::value),
                      json::defaulted("text", &LiveValue::text)};
  }
};

struct ObjectResult {
  std::string snapshot;
  ObjectRow object;
  std::uint64_t nativeSize = 0;            // of `size`, what lies outside Python's own memory
  std::uint64_t refcount = 0;              // 0: immortal
  std::uint64_t nativeReferences = 0;      // held from outside the graph: C code, the interpreter
  bool reachable = true;                   // false: garbage that waits for the collector
  std::optional<std::string> root;         // it is one: "module __main__"
  std::optional<std::uint32_t> dominator;  // id of the object that keeps it; none: the roots
  std::optional<ObjectText> text;
  std::optional<LiveValue> live;
  std::uint64_t referrerCount = 0;
  std::uint64_t fieldCount = 0;           // of all pages
  std::vector<Reference> rows;            // fields
  std::optional<Holder> holder;           // who keeps it, with the steps from the root
  std::vector<SourceLocation> locations;  // where its class and its holder are made and filled
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &ObjectResult::snapshot),
                      json::required("object", &ObjectResult::object),
                      json::required("nativeSize", &ObjectResult::nativeSize),
                      json::required("refcount", &ObjectResult::refcount),
                      json::required("nativeReferences", &ObjectResult::nativeReferences),
                      json::required("reachable", &ObjectResult::reachable),
                      json::defaulted("root", &ObjectResult::root),
                      json::defaulted("dominator", &ObjectResult::dominator),
                      json::defaulted("text", &ObjectResult::text),
                      json::defaulted("live", &ObjectResult::live),
                      json::required("referrerCount", &ObjectResult::referrerCount),
                      json::required("fieldCount", &ObjectResult::fieldCount),
                      json::required("rows", &ObjectResult::rows),
                      json::defaulted("holder", &ObjectResult::holder),
                      json::required("locations", &ObjectResult::locations)};
  }
};
struct Object {
  static constexpr std::string_view kMethod = "whyalive/object";
  using Params = ObjectParams;
  using Result = ObjectResult;
};

}  // namespace whyalive::api
