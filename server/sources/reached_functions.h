// From a statement in a library to the functions that lead to it: found by walking from callee to
// caller within the library, by name. What a caller outside writes to get there follows from them.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// The attribute or name that a path ends with; "" for a call or an item.
std::string_view lastNameOf(const Path& path);

// The name a caller outside writes: a constructor is called by its class.
std::string_view publicName(const FileIndex& index, const FunctionFact& function);

// x.append(…) where x is evidently a list.
bool callsBuiltin(const SourceFile& file, const Call& call);

class ReachedFunctions {
 public:
  using Names = std::set<std::string, std::less<>>;
  using IsLibrary = bool (*)(std::string_view file);

  ReachedFunctions(const std::vector<Candidate>& stores, IsLibrary isLibrary, const Search& search);

  // As a caller outside writes them.
  const Names& names() const { return names_; }
  // Functions that make a callable object: used as decorators, they put it in a function's place.
  const Names& makers() const { return makers_; }
  // Operators that are methods: "+=", "|=".
  const Names& operators() const { return operators_; }
  // Properties whose setters lead there.
  const Names& setters() const { return setters_; }

 private:
  void reach(const SharedFile& file, int number);
  void collectPaths(const std::vector<Candidate>& stores);
  void readFiles();
  bool addCallers();
  void collectMakers();
  bool mentionsItemClass(const std::string& path) const;
  bool isCalledLikeItemClass(const FileIndex& index, const Use& store) const;
  bool storesIntoItemClass(const FileIndex& index, const Use& store) const;

  IsLibrary isLibrary_;
  const Search& search_;
  std::set<std::pair<const SourceFile*, int>> reached_;
  Names called_;
  std::vector<std::string> fresh_;  // of `called_`, since files were last read
  Names names_;
  Names makers_;
  Names operators_;
  Names setters_;
  Names itemClasses_;  // whose __setitem__ is reached
  Names callables_;    // whose __call__ is reached
  struct Place {
    std::string path;
    bool near = false;  // in the package of a store
  };
  struct Read {
    SharedFile file;
    bool near = false;
  };
  std::vector<Place> paths_;
  std::vector<Read> files_;
};

}  // namespace whyalive::sources
