#include "server/sources/source_file.h"

#include "server/sources/python_syntax.h"

namespace whyalive::sources {

SourceFile::SourceFile(std::string path, std::string text, const Syntax& syntax)
    : path_(std::move(path)), text_(std::move(text)), lines_(text_) {
  index_ = buildIndex(syntax.over(text_), text_);
}

}  // namespace whyalive::sources
