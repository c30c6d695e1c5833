/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A target behind a Unix socket. */
#ifndef VASTAR_PLAN_TARGET_UNIX_H
#define VASTAR_PLAN_TARGET_UNIX_H

#include "base/err.h"
#include "plan/target.h"

/* Splits "unix:/path" and "http://unix:/path", both also followed by ":/uri", into the path of the socket and
 * a URL for the rest with the host localhost. The caller frees both. For any other URL both are NULL. */
int unix_url_split(const char *url, char **pathp, char **plain_urlp, struct vastar_error *err);

/* Checks that a socket can be reached by this path. */
int unix_path_check(const char *path, struct vastar_error *err);

/* `path` must be checked. */
void unix_address(const char *path, struct target_address *address);

#endif
