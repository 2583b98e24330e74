// initialize … exit, and $/cancelRequest. The client's capabilities stay raw JSON here: the session
// reads the few it needs (session/client_capabilities.h) and never fails on the others.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

struct InitializeParams {
  std::optional<std::int64_t> processId;
  std::optional<Uri> rootUri;
  nlohmann::json capabilities;
  nlohmann::json initializationOptions;
  static constexpr auto fields() {
    return std::tuple{
        json::required("processId", &InitializeParams::processId),
        json::required("rootUri", &InitializeParams::rootUri),
        json::required("capabilities", &InitializeParams::capabilities),
        json::defaulted("initializationOptions", &InitializeParams::initializationOptions)};
  }
};

struct ServerInfo {
  std::string name;
  std::string version;
  static constexpr auto fields() {
    return std::tuple{json::required("name", &ServerInfo::name),
                      json::required("version", &ServerInfo::version)};
  }
};

struct InitializeResult {
  nlohmann::json capabilities;
  ServerInfo serverInfo;
  static constexpr auto fields() {
    return std::tuple{json::required("capabilities", &InitializeResult::capabilities),
                      json::required("serverInfo", &InitializeResult::serverInfo)};
  }
};

struct Initialize {
  static constexpr std::string_view kMethod = "initialize";
  using Params = InitializeParams;
  using Result = InitializeResult;
};
struct Initialized {
  static constexpr std::string_view kMethod = "initialized";
  using Params = json::Empty;
};
struct Shutdown {
  static constexpr std::string_view kMethod = "shutdown";
  using Params = json::Empty;
  using Result = json::Null;
};
struct Exit {
  static constexpr std::string_view kMethod = "exit";
  using Params = json::Empty;
};

struct CancelParams {
  std::variant<std::int64_t, std::string> id;
  static constexpr auto fields() { return std::tuple{json::required("id", &CancelParams::id)}; }
};
struct CancelRequest {
  static constexpr std::string_view kMethod = "$/cancelRequest";
  using Params = CancelParams;
};

struct SetTraceParams {
  std::string value;
  static constexpr auto fields() {
    return std::tuple{json::required("value", &SetTraceParams::value)};
  }
};
struct SetTrace {
  static constexpr std::string_view kMethod = "$/setTrace";
  using Params = SetTraceParams;
};

struct DidChangeConfigurationParams {
  nlohmann::json settings;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("settings", &DidChangeConfigurationParams::settings)};
  }
};
struct DidChangeConfiguration {
  static constexpr std::string_view kMethod = "workspace/didChangeConfiguration";
  using Params = DidChangeConfigurationParams;
};

}  // namespace whyalive::lsp
