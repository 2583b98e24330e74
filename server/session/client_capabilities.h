// The few things a client may or may not be able to do that change what we send. Read once, from
// initialize; whatever is absent or of a strange type counts as "cannot".
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/sources/text_position.h"

namespace whyalive::session {

struct ClientCapabilities {
  sources::PositionEncoding encoding = sources::PositionEncoding::Utf16;
  bool showDocument = false;
  bool workDoneProgress = false;  // progress that the server begins by itself
  bool inlayHintRefresh = false;
  bool inlayHintResolveDetail = false;  // tooltip and label may come by resolve
  bool codeLensRefresh = false;
  bool relatedInformation = false;
  bool plainText = false;           // shows Markdown as it is written
  bool codeActionLiterals = false;  // actions that are more than commands
  bool ownQuestions = false;        // has the commands of the lenses itself: whyAlive …
};

ClientCapabilities readCapabilities(const nlohmann::json& capabilities);

// What we answer to initialize.
nlohmann::json serverCapabilities(const ClientCapabilities& client);

}  // namespace whyalive::session
