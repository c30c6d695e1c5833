/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A target behind a Unix socket. */
#ifndef VASTAR_PLAN_TARGET_UNIX_H
#define VASTAR_PLAN_TARGET_UNIX_H

#include "base/err.h"
#include "plan/target.h"

/* Takes "unix:/path", "http://unix:/path" and either with ":/uri" behind it apart: the path of the socket
 * and a URL for the rest, whose host is localhost; both to be freed. Both are NULL for any other URL. */
int unix_url_split(const char *url, char **pathp, char **plain_urlp, struct vastar_error *err);

/* Can a socket be reached by this path? */
int unix_path_check(const char *path, struct vastar_error *err);

/* `path` has been checked. */
void unix_address(const char *path, struct target_address *address);

#endif
