#include "server/session/client_capabilities.h"

#include <nlohmann/json.hpp>
#include <string>

namespace whyalive::session {
namespace {

using Json = nlohmann::json;
using sources::PositionEncoding;

// The value at a path of names; null when any of them is missing.
const Json& at(const Json& json, std::initializer_list<const char*> path) {
  static const Json kNothing;
  const Json* here = &json;
  for (const char* name : path) {
    if (!here->is_object()) return kNothing;
    auto next = here->find(name);
    if (next == here->end()) return kNothing;
    here = &*next;
  }
  return *here;
}

bool isTrue(const Json& json, std::initializer_list<const char*> path) {
  const Json& value = at(json, path);
  return value.is_boolean() && value.get<bool>();
}

bool holds(const Json& array, const std::string& word) {
  if (!array.is_array()) return false;
  for (const Json& one : array) {
    if (one == word) return true;
  }
  return false;
}

// UTF-8 is what CPython and tree-sitter count in, so it is taken wherever it is offered.
PositionEncoding encodingOf(const Json& offered) {
  if (holds(offered, "utf-8")) return PositionEncoding::Utf8;
  if (holds(offered, "utf-32") && !holds(offered, "utf-16")) return PositionEncoding::Utf32;
  return PositionEncoding::Utf16;
}

const char* nameOf(PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::Utf8: return "utf-8";
    case PositionEncoding::Utf32: return "utf-32";
    case PositionEncoding::Utf16: break;
  }
  return "utf-16";
}

}  // namespace

ClientCapabilities readCapabilities(const Json& json) {
  ClientCapabilities client;
  client.encoding = encodingOf(at(json, {"general", "positionEncodings"}));
  client.showDocument = isTrue(json, {"window", "showDocument", "support"});
  client.workDoneProgress = isTrue(json, {"window", "workDoneProgress"});
  client.inlayHintRefresh = isTrue(json, {"workspace", "inlayHint", "refreshSupport"});
  client.codeLensRefresh = isTrue(json, {"workspace", "codeLens", "refreshSupport"});
  const Json& resolve = at(json, {"textDocument", "inlayHint", "resolveSupport", "properties"});
  client.inlayHintResolveDetail = holds(resolve, "tooltip");
  client.codeActionLiterals =
      at(json, {"textDocument", "codeAction", "codeActionLiteralSupport"}).is_object();
  client.relatedInformation =
      isTrue(json, {"textDocument", "publishDiagnostics", "relatedInformation"});
  const Json& formats = at(json, {"textDocument", "hover", "contentFormat"});
  client.plainText = formats.is_array() && !formats.empty() && !holds(formats, "markdown");
  client.ownQuestions =
      holds(at(json, {"experimental", "commands", "commands"}), "whyalive.whyAlive");
  return client;
}

Json serverCapabilities(const ClientCapabilities& client) {
  Json capabilities{
      {"positionEncoding", nameOf(client.encoding)},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
      {"inlayHintProvider", {{"resolveProvider", true}}},
      {"codeLensProvider", {{"resolveProvider", true}}},
      {"hoverProvider", true},
      {"executeCommandProvider",
       {{"commands",
         {"whyalive.jumpToLeak", "whyalive.jumpToHolder", "whyalive.expectSuspect",
          "whyalive/attach", "whyalive/snapshot", "whyalive/openSnapshot", "whyalive.tellWhyAlive",
          "whyalive.tellInstances", "whyalive.drawInstances"}}}},
  };
  if (client.codeActionLiterals) {
    capabilities["codeActionProvider"] = {{"codeActionKinds", {"quickfix", "refactor.rewrite"}}};
  }
  return capabilities;
}

}  // namespace whyalive::session
