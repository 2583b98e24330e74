#include "server/sql/functions.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>

#include "server/heap/retained_set.h"
#include "server/sql/schema.h"
#include "server/sql/virtual_table.h"

namespace whyalive::sql {
namespace {

constexpr FunctionInfo kFunctions[] = {
    {"attr", "id, name", "id of the attribute's value; NULL when absent or None"},
    {"item", "id, key", "id of what a dict holds under a str or number, or a list at a position"},
    {"key", "id", "key, index or name under which the object before it on its path holds it"},
    {"text", "id", "text of a str; else NULL"},
    {"value", "id", "value of a str, int, float, bool or bytes; else NULL"},
    {"repr", "id", "as Python would show it, cut to 60 bytes"},
    {"len", "id", "entries of a container, code points of a str, bytes of a bytes; else NULL"},
    {"typename", "id", "qualified name of its type"},
    {"kind", "id", "its kind: dict of xmpp.simplexml.Node"},
    {"size", "id", "what sys.getsizeof says"},
    {"retained", "id", "bytes that would be freed if it went"},
    {"retained_together", "id", "aggregate: bytes freed if all of them went at once"},
    {"path", "id", "shortest named path to it, as an expression; NULL for garbage"},
    {"holder", "id", "the path up to the first container on it: where things pile up"},
    {"holder_id", "id", "id of that container; NULL when there is none on the path"},
    {"isinstance", "id, name", "1 when its type is that type or derived from it"},
    {"dominates", "id, id", "1 when the second would be freed if the first went"},
};

FunctionContext& contextOf(sqlite3_context* context) {
  return *static_cast<FunctionContext*>(sqlite3_user_data(context));
}

void setError(sqlite3_context* context, const std::string& message) {
  sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
}

// The object that an argument names; kNoObject for NULL and, with the error set, for nonsense.
ObjectIndex objectOf(sqlite3_context* context, sqlite3_value* value) {
  const int type = sqlite3_value_numeric_type(value);
  if (type == SQLITE_NULL) return kNoObject;
  const std::uint32_t count = contextOf(context).indexes.graph().objectCount();
  if (type == SQLITE_INTEGER) {
    const sqlite3_int64 id = sqlite3_value_int64(value);
    if (id >= 0 && id < count) return ObjectIndex{static_cast<std::uint32_t>(id)};
    setError(context, std::to_string(id) + " is not the id of an object: this snapshot has 0 to " +
                          std::to_string(count - 1));
    return kNoObject;
  }
  setError(context, "an object is named by its id, a number, as in objects.id");
  return kNoObject;
}

template <Cell (*Answer)(FunctionContext&, ObjectIndex)>
void unary(sqlite3_context* context, int, sqlite3_value** argv) {
  const ObjectIndex o = objectOf(context, argv[0]);
  if (o != kNoObject) setResult(context, Answer(contextOf(context), o));
}

template <Cell (*Answer)(FunctionContext&, ObjectIndex, const Cell&)>
void binary(sqlite3_context* context, int, sqlite3_value** argv) {
  const ObjectIndex o = objectOf(context, argv[0]);
  if (o != kNoObject) setResult(context, Answer(contextOf(context), o, cellOf(argv[1])));
}

Cell attrOf(FunctionContext& c, ObjectIndex o, const Cell& name) {
  const ObjectIndex value = c.facts.attribute(o, textOf(name));
  const bool isNone =
      value != kNoObject && c.indexes.graph().typeName(value) == std::string_view("NoneType");
  return isNone ? Cell() : objectCell(value);
}
Cell itemOf(FunctionContext& c, ObjectIndex o, const Cell& key) {
  return objectCell(c.facts.item(o, key));
}
Cell keyOf(FunctionContext& c, ObjectIndex o) { return c.facts.key(o); }
Cell textOf(FunctionContext& c, ObjectIndex o) { return c.facts.text(o); }
Cell valueOf(FunctionContext& c, ObjectIndex o) { return c.facts.value(o); }
Cell reprOf(FunctionContext& c, ObjectIndex o) { return c.indexes.graph().repr(o); }
Cell lengthOf(FunctionContext& c, ObjectIndex o) { return c.facts.length(o); }
Cell typeNameOf(FunctionContext& c, ObjectIndex o) { return c.indexes.graph().typeName(o); }
Cell kindOf(FunctionContext& c, ObjectIndex o) {
  const heap::Kinds& kinds = c.indexes.analysis().kinds();
  return kinds.name(kinds.of(o));
}
Cell sizeOf(FunctionContext& c, ObjectIndex o) { return numberCell(c.indexes.graph().size(o)); }
Cell retainedOf(FunctionContext& c, ObjectIndex o) {
  return numberCell(c.indexes.analysis().dominators().retained(o));
}
Cell pathOf(FunctionContext& c, ObjectIndex o) { return c.facts.path(o); }
Cell holderOf(FunctionContext& c, ObjectIndex o) { return c.facts.holder(o); }
Cell holderIdOf(FunctionContext& c, ObjectIndex o) { return objectCell(c.facts.holderObject(o)); }

void dominates(sqlite3_context* context, int, sqlite3_value** argv) {
  const ObjectIndex a = objectOf(context, argv[0]);
  const ObjectIndex b = a == kNoObject ? kNoObject : objectOf(context, argv[1]);
  if (b == kNoObject) return;
  const bool yes = contextOf(context).indexes.analysis().dominators().dominates(a, b);
  setResult(context, flagCell(yes));
}

// Aggregate: the members gathered so far live in SQLite's aggregate context, as one pointer.
using Members = std::vector<ObjectIndex>;

void gather(sqlite3_context* context, int, sqlite3_value** argv) {
  const ObjectIndex o = objectOf(context, argv[0]);
  if (o == kNoObject) return;
  auto** members = static_cast<Members**>(sqlite3_aggregate_context(context, sizeof(Members*)));
  if (members == nullptr) return sqlite3_result_error_nomem(context);
  if (*members == nullptr) *members = new Members;
  (*members)->push_back(o);
}

void retainTogether(sqlite3_context* context) {
  auto** slot = static_cast<Members**>(sqlite3_aggregate_context(context, 0));
  if (slot == nullptr || *slot == nullptr) return setResult(context, numberCell(0));
  const std::unique_ptr<Members> members(std::exchange(*slot, nullptr));
  FunctionContext& c = contextOf(context);
  if (!c.run.keepGoing("finding retained sizes")) return sqlite3_result_error(context, "", 0);
  std::ranges::sort(*members);
  members->erase(std::unique(members->begin(), members->end()), members->end());
  const heap::Analysis& analysis = c.indexes.analysis();
  const auto retained = heap::retainedSize(analysis, *members, c.run.control());
  if (!retained) return sqlite3_result_error(context, "", 0);
  setResult(context, numberCell(*retained));
}

struct Registration {
  const char* name;
  int arguments;
  void (*function)(sqlite3_context*, int, sqlite3_value**);
};

constexpr Registration kRegistrations[] = {
    {"attr", 2, binary<attrOf>},
    {"item", 2, binary<itemOf>},
    {"key", 1, unary<keyOf>},
    {"text", 1, unary<textOf>},
    {"value", 1, unary<valueOf>},
    {"repr", 1, unary<reprOf>},
    {"len", 1, unary<lengthOf>},
    {"typename", 1, unary<typeNameOf>},
    {"kind", 1, unary<kindOf>},
    {"size", 1, unary<sizeOf>},
    {"retained", 1, unary<retainedOf>},
    {"path", 1, unary<pathOf>},
    {"holder", 1, unary<holderOf>},
    {"holder_id", 1, unary<holderIdOf>},
    {"isinstance", 2, isInstanceFunction},
    {"dominates", 2, dominates},
};

}  // namespace

std::span<const FunctionInfo> functions() { return kFunctions; }

void isInstanceFunction(sqlite3_context* context, int, sqlite3_value** argv) {
  const ObjectIndex o = objectOf(context, argv[0]);
  if (o == kNoObject) return;
  FunctionContext& c = contextOf(context);
  const heap::HeapGraph& graph = c.indexes.graph();
  const Cell name = cellOf(argv[1]);
  if (c.isInstance.empty() || textOf(name) != c.baseName) {
    c.baseName = textOf(name);
    const std::vector<TypeIndex> bases = graph.typesNamed(c.baseName);
    c.isInstance.assign(graph.typeCount(), false);
    for (std::uint32_t t = 0; t < graph.typeCount(); ++t) {
      c.isInstance[t] = std::ranges::any_of(
          bases, [&](TypeIndex base) { return graph.isSubtype(TypeIndex{t}, base); });
    }
  }
  setResult(context, flagCell(c.isInstance[raw(graph.type(o))]));
}

int registerFunctions(sqlite3* db, FunctionContext* context) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const Registration& r : kRegistrations) {
    const int rc = sqlite3_create_function_v2(db, r.name, r.arguments, kFlags, context, r.function,
                                              nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return rc;
  }
  return sqlite3_create_function_v2(db, "retained_together", 1, kFlags, context, nullptr, gather,
                                    retainTogether, nullptr);
}

}  // namespace whyalive::sql
