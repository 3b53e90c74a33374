#include "base/unique_fd.h"
