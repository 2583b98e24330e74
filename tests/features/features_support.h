// A file with annotations and suspects, made by hand: what the pure features are tested on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/features/file_view.h"

namespace whyalive::features {

inline const std::string kFile = "/work/app.py";

// Sources in memory, by path.
std::shared_ptr<const sources::SourceFile> parse(const std::string& path, const std::string& text);

// The annotation behind the code of the line that contains `mark`, its name being `mark`.
sources::Annotation annotation(const std::string& text, const std::string& mark,
                               sources::AnnotationKind kind, const std::string& hint,
                               std::uint32_t suspectRank = 0);

// A suspect of `rank` with these locations, held by __main__.client._expected.
sources::LocatedSuspect suspect(std::uint32_t rank, std::vector<sources::Location> locations);

// `mark` in `text`, as a location of its line.
sources::Location location(const std::string& text, const std::string& mark, sources::Role role,
                           const std::string& file = kFile);

FileView view(const std::string& text, std::vector<sources::Annotation> annotations,
              std::vector<sources::LocatedSuspect> suspects = {},
              sources::PositionEncoding encoding = sources::PositionEncoding::Utf16);

}  // namespace whyalive::features
