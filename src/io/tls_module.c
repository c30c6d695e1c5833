/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_module.h"

#include "io/tls.h"
#include "io/tls_server.h"

__attribute__((visibility("default"))) const struct tls_module vastar_tls_module = {
    .version = VASTAR_VERSION,
    .client = &transport_tls,
    .server = &transport_tls_server,
    .server_authority = tls_server_authority,
};
