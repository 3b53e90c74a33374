#include "controller/fleet/interrupt.h"

#include <utility>

namespace gannet::controller {

void Interrupt::request() {
  if (requested_) return;
  requested_ = true;
  auto callbacks = std::exchange(callbacks_, {});
  for (const auto& weak : callbacks) {
    if (const auto callback = weak.lock()) (*callback)();
  }
}

Interrupt::Registration Interrupt::on_request(Callback callback) {
  // Registrations come and go with every request of every host: forget the dead ones at the front.
  while (!callbacks_.empty() && callbacks_.front().expired()) callbacks_.pop_front();
  auto registration = std::make_shared<Callback>(std::move(callback));
  callbacks_.push_back(registration);
  return registration;
}

}  // namespace gannet::controller
