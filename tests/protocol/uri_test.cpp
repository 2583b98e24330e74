#include "protocol/lsp/uri.h"

#include "tests/support/catch.h"

namespace whyalive::lsp {
namespace {

TEST_CASE("paths and file URIs translate both ways") {
  for (std::string path : {"/a/b.py", "/tmp/with space/ü#?%.py", "/", "/a:b@c/d+e.py"}) {
    CHECK(pathFromUri(uriFromPath(path)) == path);
  }
  CHECK(uriFromPath("/a b/ü.py") == "file:///a%20b/%C3%BC.py");
  CHECK(pathFromUri("file:///c%3A/x%2Fy.py") == "/c:/x/y.py");
  CHECK(pathFromUri("file://localhost/x.py") == "/x.py");
  CHECK(pathFromUri("file:///x.py#L3") == "/x.py");
}

TEST_CASE("what is no local file has no path") {
  for (const char* uri :
       {"untitled:Untitled-1", "", "file://server/x", "file:///a%zz", "file:///a%2",
        "file:///a%00b", "/x.py", "vscode-notebook-cell:/x.ipynb#W0"}) {
    CHECK_FALSE(pathFromUri(uri));
  }
}

}  // namespace
}  // namespace whyalive::lsp
