// Which objects a request is about: what fits all that its params say. Linear in the heap.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "protocol/whyalive/objects.h"

namespace whyalive::heap {
class Analysis;
class LatestClassification;
struct Fates;
}  // namespace whyalive::heap

namespace whyalive::features {

// Which objects a condition in SQL holds for, asked of a session that is kept.
using AskWhere = std::function<Result<std::vector<ObjectIndex>>(const std::string& condition,
                                                                const RunControl& control)>;

bool namesObjects(const api::ObjectSet& set);

// Ids rising; all objects when the set names none. `since`: what became of the objects of the
// snapshot that `newSince` names; null where it names none.
// `latest`: of the analysis, for whoever asks it again (classification.h).
Result<std::vector<ObjectIndex>> objectsOf(std::shared_ptr<const heap::Analysis> analysis,
                                           const api::ObjectSet& set, const heap::Fates* since,
                                           const RunControl& control,
                                           heap::LatestClassification* latest = nullptr,
                                           const AskWhere& where = {});

}  // namespace whyalive::features
