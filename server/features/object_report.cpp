#include "server/features/object_report.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "server/features/suspect_report.h"
#include "server/heap/expression.h"
#include "server/heap/references.h"
#include "server/heap/select.h"

namespace whyalive::features {
namespace {

constexpr std::size_t kPreviewed = 4;    // entries of a container
constexpr std::size_t kEntryBytes = 24;  // of each of them

std::string entries(const heap::HeapGraph& graph, ObjectIndex o, std::string open,
                    std::string_view close) {
  const std::uint32_t count = graph.entryCount(o);
  std::size_t shown = 0;
  const auto comma = [&] {
    if (shown != 0) open += ", ";
    return ++shown <= kPreviewed;
  };
  if (graph.isDict(o)) {
    graph.forEachItem(o, [&](ObjectIndex key, ObjectIndex value) {
      if (!comma()) return false;
      open += graph.repr(key, kEntryBytes) + ": " + graph.repr(value, kEntryBytes);
      return true;
    });
  } else {
    const auto edges = graph.rawEdges(o).subspan(graph.shape(o).labels.size());
    for (const std::uint32_t target : edges) {
      if (!comma()) break;
      open +=
          graph.repr(target == snapshot::kNullEdge ? kNoObject : ObjectIndex{target}, kEntryBytes);
    }
  }
  if (count > kPreviewed) open += "…";
  return open.append(close);
}

api::Reference referenceReport(const heap::Analysis& analysis, const heap::Reference& reference) {
  api::Reference report;
  report.label = reference.text;
  report.kind = heap::toString(reference.step.kind);
  report.name = reference.step.name;
  if (reference.key != kNoObject) report.key = raw(reference.key);
  report.count = reference.count;
  report.object = objectRow(analysis, reference.other);
  if (reference.owner != kNoObject) report.owner = objectRow(analysis, reference.owner);
  return report;
}

std::vector<api::Reference> referenceReports(const heap::Analysis& analysis,
                                             const heap::ReferencePage& page) {
  std::vector<api::Reference> reports;
  for (const heap::Reference& row : page.rows) reports.push_back(referenceReport(analysis, row));
  return reports;
}

using Lister = heap::ReferencePage (*)(const heap::Analysis&, ObjectIndex, std::uint64_t,
                                       std::uint64_t);

Result<api::ReferencesResult> referencesReport(const heap::Analysis& analysis, std::string snapshot,
                                               const api::ReferencesParams& params, Lister list) {
  const auto object = heap::objectWithId(analysis, params.object);
  if (!object) return std::unexpected(object.error());
  const heap::ReferencePage page = list(analysis, *object, params.offset, params.limit);
  return api::ReferencesResult{std::move(snapshot), params.object, page.total,
                               referenceReports(analysis, page)};
}

void sortPage(const heap::Analysis& analysis, std::vector<ObjectIndex>& objects,
              api::ObjectOrder order, std::size_t end) {
  const heap::HeapGraph& graph = analysis.graph();
  const auto sortBy = [&](auto key) {  // largest first, then by id
    std::partial_sort(objects.begin(), objects.begin() + static_cast<std::ptrdiff_t>(end),
                      objects.end(), [&](ObjectIndex a, ObjectIndex b) {
                        const auto left = key(a);
                        const auto right = key(b);
                        return left != right ? left > right : a < b;
                      });
  };
  switch (order) {
    case api::ObjectOrder::Id: return;
    case api::ObjectOrder::Retained:
      return sortBy([&](ObjectIndex o) { return analysis.dominators().retained(o); });
    case api::ObjectOrder::Size:
      return sortBy([&](ObjectIndex o) { return graph.size(o) + graph.nativeSize(o); });
    case api::ObjectOrder::Entries:
      return sortBy([&](ObjectIndex o) { return graph.entryCount(o); });
    case api::ObjectOrder::Type: break;
  }
  std::ranges::stable_sort(objects, {}, [&](ObjectIndex o) { return graph.typeName(o); });
}

std::string rootName(const heap::Root& root) {
  switch (root.group) {
    case heap::RootGroup::Module: return "module " + root.name;
    case heap::RootGroup::Frame: return "local variable " + root.name + " of a running frame";
    case heap::RootGroup::Thread: return "thread: " + root.name;
    case heap::RootGroup::Interpreter: return "interpreter: " + root.name;
    case heap::RootGroup::Native: break;
  }
  return "held from C";
}

std::optional<api::ObjectText> textOf(const heap::HeapGraph& graph, ObjectIndex o) {
  if (const auto text = graph.text(o)) {
    std::string shown = graph.repr(o, text->bytes.size() * 6 + 2);  // escapes take their room
    std::uint64_t length = text->length;
    if (!text->cut) {
      length = static_cast<std::uint64_t>(std::ranges::count_if(
          text->bytes, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    }
    return api::ObjectText{std::move(shown), length, text->cut};
  }
  if (const auto blob = graph.blob(o)) {
    return api::ObjectText{graph.repr(o, blob->bytes.size() * 4 + 2),
                           std::max<std::uint64_t>(blob->length, blob->bytes.size()), blob->cut};
  }
  return std::nullopt;
}

}  // namespace

std::string hexadecimal(std::uint64_t address) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "0x%llx", static_cast<unsigned long long>(address));
  return buffer;
}

std::string preview(const heap::HeapGraph& graph, ObjectIndex o) {
  const std::string_view type = graph.typeName(o);
  if (type == "list") return entries(graph, o, "[", "]");
  if (type == "tuple") return entries(graph, o, "(", ")");
  if (type == "dict") return entries(graph, o, "{", "}");
  if (type == "set" || type == "frozenset") return entries(graph, o, "{", "}");
  return graph.repr(o);
}

api::ObjectRow objectRow(const heap::Analysis& analysis, ObjectIndex o) {
  const heap::HeapGraph& graph = analysis.graph();
  api::ObjectRow row;
  row.id = raw(o);
  row.address = hexadecimal(graph.address(o));
  row.type = graph.typeName(o);
  row.kind = analysis.kinds().name(analysis.kinds().of(o));
  row.size = graph.size(o) + graph.nativeSize(o);
  row.retained = analysis.dominators().retained(o);
  if (graph.isContainer(o)) row.entries = graph.entryCount(o);
  row.value = preview(graph, o);
  row.expression = heap::expressionNear(analysis, o);
  return row;
}

api::ObjectsResult objectsReport(const heap::Analysis& analysis, std::vector<ObjectIndex> objects,
                                 Bytes retained, std::string snapshot,
                                 const api::ObjectsParams& params) {
  api::ObjectsResult report;
  report.snapshot = std::move(snapshot);
  report.total.count = objects.size();
  for (const ObjectIndex o : objects) {
    report.total.size += analysis.graph().size(o) + analysis.graph().nativeSize(o);
  }
  report.total.retained = retained;
  const std::size_t begin = std::min<std::size_t>(params.offset, objects.size());
  const std::size_t end = begin + std::min<std::size_t>(params.limit, objects.size() - begin);
  sortPage(analysis, objects, params.order, end);
  for (std::size_t i = begin; i < end; ++i) report.rows.push_back(objectRow(analysis, objects[i]));
  return report;
}

Result<api::ReferencesResult> referrersReport(const heap::Analysis& analysis, std::string snapshot,
                                              const api::ReferencesParams& params) {
  return referencesReport(analysis, std::move(snapshot), params, heap::referrersOf);
}

Result<api::ReferencesResult> referentsReport(const heap::Analysis& analysis, std::string snapshot,
                                              const api::ReferencesParams& params) {
  return referencesReport(analysis, std::move(snapshot), params, heap::referentsOf);
}

Result<ObjectIndex> namedObject(const heap::Analysis& analysis, const api::ObjectParams& params) {
  if (params.id.has_value() == params.address.has_value()) {
    return fail(ErrorCode::InvalidArgument,
                "params.id: name the object by either `id` or `address`");
  }
  if (params.id) return heap::objectWithId(analysis, *params.id);
  std::string_view text = *params.address;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
    return fail(ErrorCode::InvalidArgument,
                "params.address: must be a number such as 0x7f3a5c0d2e10");
  }
  return heap::objectAtAddress(analysis, value);
}

api::ObjectResult objectReport(const heap::Analysis& analysis, ObjectIndex o, std::string snapshot,
                               const api::ObjectParams& params) {
  const heap::HeapGraph& graph = analysis.graph();
  api::ObjectResult report;
  report.snapshot = std::move(snapshot);
  report.object = objectRow(analysis, o);
  report.nativeSize = graph.nativeSize(o);
  report.refcount = graph.refcount(o);
  report.nativeReferences = analysis.roots().surplus(o);
  report.reachable = analysis.dominators().reachable(o);
  if (const heap::Root* root = analysis.roots().at(o)) report.root = rootName(*root);
  if (const ObjectIndex above = analysis.dominators().idom(o); above != kNoObject) {
    report.dominator = raw(above);
  }
  report.text = textOf(graph, o);
  report.referrerCount = heap::referrersOf(analysis, o, 0, 0).total;
  const heap::ReferencePage fields = heap::referentsOf(analysis, o, params.offset, params.limit);
  report.fieldCount = fields.total;
  report.rows = referenceReports(analysis, fields);
  if (analysis.paths().reached(o)) report.holder = holderReport(heap::describeHolder(analysis, o));
  return report;
}

}  // namespace whyalive::features
