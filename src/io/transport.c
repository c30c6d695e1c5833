/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/transport.h"

const struct transport transport_plain = {.name = "plain", .plain = true};
