#include "base/secret.h"

#include <string.h>

namespace gannet {
namespace {

void clear(std::string& text) {
  text.resize(text.capacity());  // also what a longer, earlier value left behind the end
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace

Secret::Secret(std::string value) : value_(value) { clear(value); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe();
  value_ = other.value_;
  return *this;
}

void Secret::wipe() { clear(value_); }

}  // namespace gannet
