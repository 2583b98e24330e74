#include "server/sources/source_file.h"

#include "server/sources/python_syntax.h"

namespace whyalive::sources {

SourceFile::SourceFile(std::string path, std::string text, const SyntaxTree& tree)
    : path_(std::move(path)), text_(std::move(text)), lines_(text_) {
  index_ = buildIndex(PythonParser::flatten(tree, text_), text_);
}

}  // namespace whyalive::sources
