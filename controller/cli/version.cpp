#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "protocol/handshake.h"

namespace gannet::controller {
namespace {

class Version final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "version"; }
  [[nodiscard]] std::string summary() const override { return "Show the version of gannet"; }

  Result<ExitCode> run(Application& application) override {
    application.reporter().print(std::string("gannet ") + GANNET_VERSION + "\n");
    application.reporter().attach("command", "version");
    application.reporter().attach("version", GANNET_VERSION);
    return ExitCode::kOk;
  }
};

}  // namespace

std::unique_ptr<Command> make_version() { return std::make_unique<Version>(); }

}  // namespace gannet::controller
