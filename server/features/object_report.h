// Single objects and lists of them as whyalive/objects, object, referrers and referents tell them.
// Pure; every row costs about the same, however large the heap is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/whyalive/objects.h"
#include "server/heap/analysis.h"

namespace whyalive::features {

api::ObjectRow objectRow(const heap::Analysis& analysis, ObjectIndex o);

// One line: values as repr shows them, the first entries of builtin containers.
std::string preview(const heap::HeapGraph& graph, ObjectIndex o);

// "0x7f3a5c0d2e10"
std::string hexadecimal(std::uint64_t address);

// The page of `objects` (ids rising) that params ask for; `retained`: by all of them together.
api::ObjectsResult objectsReport(const heap::Analysis& analysis, std::vector<ObjectIndex> objects,
                                 Bytes retained, std::string snapshot,
                                 const api::ObjectsParams& params);

Result<api::ReferencesResult> referrersReport(const heap::Analysis& analysis, std::string snapshot,
                                              const api::ReferencesParams& params);
Result<api::ReferencesResult> referentsReport(const heap::Analysis& analysis, std::string snapshot,
                                              const api::ReferencesParams& params);

// The object that `id` or `address` name.
Result<ObjectIndex> namedObject(const heap::Analysis& analysis, const api::ObjectParams& params);

// Everything but `live` and `locations`.
api::ObjectResult objectReport(const heap::Analysis& analysis, ObjectIndex o, std::string snapshot,
                               const api::ObjectParams& params);

}  // namespace whyalive::features
