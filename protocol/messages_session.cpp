#include "protocol/field_codec.h"

namespace gannet::protocol {

GANNET_MESSAGE(Hello, field(1, "min_version", &Hello::min_version),
               field(2, "max_version", &Hello::max_version), field(3, "features", &Hello::features),
               field(4, "build", &Hello::build), field(5, "wall_ms", &Hello::wall_ms),
               field(6, "who", &Hello::who), field(7, "run", &Hello::run))

GANNET_MESSAGE(Facts, field(1, "hostname", &Facts::hostname), field(2, "os_id", &Facts::os_id),
               field(3, "os_version", &Facts::os_version), field(4, "os_name", &Facts::os_name),
               field(5, "kernel", &Facts::kernel), field(6, "arch", &Facts::arch),
               field(7, "model", &Facts::model), field(8, "boot_id", &Facts::boot_id),
               field(9, "cpus", &Facts::cpus), field(10, "memory_bytes", &Facts::memory_bytes),
               field(11, "memory_available_bytes", &Facts::memory_available_bytes),
               field(12, "uid", &Facts::uid), field(13, "user", &Facts::user),
               field(14, "home", &Facts::home), field(15, "state_dir", &Facts::state_dir),
               field(16, "init", &Facts::init), field(17, "uptime_s", &Facts::uptime_s),
               field(18, "userland", &Facts::userland))

GANNET_MESSAGE(Recovery, field(1, "transaction", &Recovery::transaction),
               field(2, "run", &Recovery::run), field(3, "reason", &Recovery::reason),
               field(4, "when_ms", &Recovery::when_ms), field(5, "services", &Recovery::services),
               field(6, "healthy", &Recovery::healthy), field(7, "detail", &Recovery::detail))

GANNET_MESSAGE(HelloReply, field(1, "version", &HelloReply::version),
               field(2, "features", &HelloReply::features), field(3, "build", &HelloReply::build),
               field(4, "wall_ms", &HelloReply::wall_ms), field(5, "facts", &HelloReply::facts),
               field(6, "recovered", &HelloReply::recovered))

GANNET_MESSAGE(CheckRequest, field(1, "checks", &CheckRequest::checks),
               field(2, "wall_ms", &CheckRequest::wall_ms))

GANNET_MESSAGE(CheckReply, field(1, "findings", &CheckReply::findings))

GANNET_MESSAGE(Event, field(1, "kind", &Event::kind), field(2, "service", &Event::service),
               field(3, "text", &Event::text), field(4, "value", &Event::value))

GANNET_MESSAGE(ErrorMessage, field(1, "code", &ErrorMessage::code),
               field(2, "context", &ErrorMessage::context), field(3, "hint", &ErrorMessage::hint))

ErrorMessage to_message(const Error& error) { return {error.code, error.context, error.hint}; }

Error to_error(ErrorMessage message) {
  return {message.code, std::move(message.context), std::move(message.hint)};
}

}  // namespace gannet::protocol
