// annotate(): what an editor (or `whyalive annotate`) shows beside the lines of one file.
//
// Annotations are anchored by qualified name in the text as it is now, so they follow edits; what
// the text no longer holds gets none. Pure: a frozen analysis and an index in, plain values out.
// The short texts are a contract (design: "Retention → source").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/suspect.h"
#include "server/sources/locate.h"
#include "server/sources/text_position.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::sources {

class LiveFacts;
class SourceFile;
class SourceIndex;

enum class AnnotationKind { Class, Define, Store, Capture, Suspend, Global };

// "class", "define", "store" …
std::string_view toString(AnnotationKind kind);

struct Annotation {
  std::uint32_t line = 0;  // 0-based
  std::uint32_t column =
      0;  // 0-based UTF-8 bytes: where the hint goes (end of the code on the line)
  AnnotationKind kind = AnnotationKind::Class;
  std::string text;     // "2,512 live · 25.1 MB retained · +241"
  std::string tooltip;  // markdown
  std::string
      subject;  // what it speaks of: "xmpp.protocol.Iq", "xmpp.dispatcher.Dispatcher._expected"
  std::string type;  // of the objects it speaks of, where a person would look at them; "" none
  std::uint32_t suspectRank = 0;  // 0 = no suspect
  TextRange name;                 // the class, attribute or function name on the line, for lenses
};

struct LocatedSuspect {
  heap::Suspect suspect;
  std::vector<Location> locations;
};

// What stays silent: hints are for what is worth a look. Suspects are always shown.
struct AnnotationOptions {
  std::uint64_t minimumCount = 2;       // live instances, entries, suspended frames …
  Bytes minimumRetained = 16 * 1024;    // … and the bytes they keep
  std::uint64_t minimumClosures = 100;  // every decorator makes closures; only many are news
};

// In order of lines. `file` is a local path; empty when the process has not loaded it.
std::vector<Annotation> annotate(const heap::Analysis& now, const heap::Analysis* since,
                                 std::span<const LocatedSuspect> suspects, SourceIndex& index,
                                 const std::string& file, const AnnotationOptions& options = {});

// The same on its true inputs.
std::vector<Annotation> annotate(const LiveFacts& facts, std::span<const LocatedSuspect> suspects,
                                 const SourceFile& file, const AnnotationOptions& options = {});

}  // namespace whyalive::sources
