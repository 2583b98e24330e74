// The details behind annotations, as Markdown; and whether the process runs an older text.
#pragma once

#include <string>
#include <string_view>

#include "server/sources/annotations.h"
#include "server/sources/live_facts.h"
#include "server/sources/source_file.h"

namespace whyalive::sources {

std::string classTooltip(std::string_view name, const heap::ClassStatistics& statistics);
// `suspect` may be null.
std::string containerTooltip(std::string_view name, const heap::ContainedStatistics& statistics,
                             const LocatedSuspect* suspect);
std::string suspendTooltip(std::string_view function, const LiveSuspension& suspension);
std::string closureTooltip(std::string_view function, const heap::ClosureStatistics& statistics);
std::string suspectTooltip(const LocatedSuspect& located);

// What a reader without Markdown sees of any of these: no escapes, no marks.
std::string plainText(std::string_view markdown);

// Some code object of the process begins on another line than the text has it, or is gone from it.
bool hasDrifted(const LiveFacts& facts, const SourceFile& file);
std::string_view driftNote();

}  // namespace whyalive::sources
