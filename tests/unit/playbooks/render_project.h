// A project in a folder of its own, rendered for one host.
#pragma once

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "playbooks/render.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {

class RenderProject : public testing::Test {
 protected:
  RenderProject() {
    host_.name = "pi-1";
    host_.address = "10.0.0.5";
    host_.ssh.user = "pi";
    context_.host = &host_;
  }

  /// Renders service "web" with these lines; all problems, one a line, without the folder in front.
  std::pair<RenderedService, std::string> try_render(const std::string& lines) {
    auto project =
        load_project(folder_.write("gannet.yaml", "project: demo\nservices:\n  web:\n" + lines));
    if (!project) return {RenderedService{}, shown(project.error())};
    project_ = std::make_unique<Project>(std::move(*project));
    Renderer renderer(*project_, variables_, "", env_file_);
    auto rendered = renderer.render(project_->services.front(), context_);
    if (!rendered) return {RenderedService{}, shown(rendered.error())};
    return {std::move(*rendered), ""};
  }

  RenderedService render(const std::string& lines) {
    auto [service, problem] = try_render(lines);
    EXPECT_EQ(problem, "");
    return service;
  }
  std::string refusal(const std::string& lines) { return try_render(lines).second; }

  /// The text of a file on the host.
  static std::string text_of(const RenderedService& service, const std::string& dest) {
    for (const RenderedFile& file : service.files) {
      if (file.dest != dest) continue;
      if (file.content.text) return *file.content.text;
      std::ifstream in(file.content.path, std::ios::binary);
      return {std::istreambuf_iterator<char>(in), {}};
    }
    return "(no such file)";
  }

  /// "path mode" of each file, with "secret" behind it.
  static std::vector<std::string> files_of(const RenderedService& service) {
    std::vector<std::string> found;
    for (const RenderedFile& file : service.files) {
      std::array<char, 16> mode{};
      std::snprintf(mode.data(), mode.size(), " %04o", file.mode);
      found.push_back(file.dest + mode.data() + (file.secret ? " secret" : ""));
    }
    return found;
  }

  test::TempFolder folder_;
  inventory::Host host_;
  HostContext context_;
  Variables variables_;
  std::filesystem::path env_file_;

 private:
  std::string shown(const std::vector<Error>& errors) const {
    std::string text;
    for (const Error& error : errors) {
      text += error.context.substr(0, error.context.find('\n')) +
              (error.hint.empty() ? "" : " => " + error.hint) + "\n";
    }
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  std::unique_ptr<Project> project_;
};

}  // namespace gannet::playbooks
