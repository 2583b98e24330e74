#include "server/session/settings_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace whyalive::session {
namespace {

constexpr std::streamsize kLargest = 1 << 20;  // no list that a person wrote is longer

}  // namespace

Result<Settings> readSettingsFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(kLargest), '\0');
  if (!file) {
    return fail(ErrorCode::NotFound, "cannot open " + path + ": " + std::strerror(errno));
  }
  file.read(text.data(), kLargest);
  if (!file.eof()) return fail(ErrorCode::InvalidArgument, path + " is too large for settings");
  text.resize(static_cast<std::size_t>(file.gcount()));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return fail(ErrorCode::InvalidArgument, path + " is not JSON",
                R"(write it like {"expectedSuspects": ["SIGNATURE"]})");
  }
  auto settings = readSettings(json);
  if (!settings) settings.error().message = path + ": " + settings.error().message;
  return settings;
}

Result<std::optional<Settings>> findSettingsFile(const std::string& folder) {
  std::error_code problem;
  std::filesystem::path at = std::filesystem::absolute(folder, problem);
  if (problem) return std::nullopt;
  for (;; at = at.parent_path()) {
    const std::filesystem::path file = at / kSettingsFile;
    if (std::filesystem::is_regular_file(file, problem)) {
      auto settings = readSettingsFile(file.string());
      if (!settings) return std::unexpected(std::move(settings.error()));
      return *std::move(settings);
    }
    if (at == at.parent_path()) return std::nullopt;
  }
}

}  // namespace whyalive::session
