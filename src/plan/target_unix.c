/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A target behind a Unix socket: how a URL names one, and its address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "plan/target.h"
#include "plan/target_unix.h"

enum { PATH_MAX_LENGTH = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

/* "unix:/path" (h2load) or "http://unix:/path" (nginx): the path and what follows it. NULL for other URLs.
 * "http://unix:80/" is a host with that name. */
static const char *socket_part(const char *url, const char **schemep)
{
	*schemep = "http://";
	if (!strncasecmp(url, "unix:", 5)) {
		url += 5;
		return strncmp(url, "///", 3) ? url : url + 2;
	}
	if (!strncasecmp(url, "https://", 8))
		*schemep = "https://";
	else if (strncasecmp(url, "http://", 7) != 0)
		return NULL;
	url += strlen(*schemep);
	return strncasecmp(url, "unix:/", 6) ? NULL : url + 5;
}

int unix_url_split(const char *url, char **pathp, char **plain_urlp, struct vastar_error *err)
{
	static const char host[] = "localhost";
	const char *scheme, *path = socket_part(url, &scheme), *uri;
	char *plain;
	size_t length;

	*pathp = *plain_urlp = NULL;
	if (!path)
		return 0;
	uri = strstr(path, ":/");
	length = uri ? (size_t)(uri - path) : strlen(path);
	uri = uri ? uri + 1 : "/";
	if (!length)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: it names no Unix socket (for example unix:/run/app.sock)");
	*pathp = strndup(path, length);
	plain = malloc(strlen(scheme) + sizeof(host) + strlen(uri));
	if (!*pathp || !plain) {
		free(*pathp);
		free(plain);
		*pathp = NULL;
		return err_nomem(err, "URL");
	}
	stpcpy(stpcpy(stpcpy(plain, scheme), host), uri);
	*plain_urlp = plain;
	return 0;
}

int unix_path_check(const char *path, struct vastar_error *err)
{
	struct stat what;

	if (!*path)
		return err_set(err, VASTAR_E_USAGE, "--unix: the path is empty (name the socket)");
	if (strlen(path) > PATH_MAX_LENGTH)
		return err_set(err, VASTAR_E_USAGE,
			       "Unix socket: its path has %zu bytes, and the system takes %d (use a shorter "
			       "path or a relative one)",
			       strlen(path), PATH_MAX_LENGTH);
	if (stat(path, &what))
		return err_set(err, VASTAR_E_SYSTEM, "%.120s: %s (is the server running?)", path,
			       strerror(errno));
	if (!S_ISSOCK(what.st_mode))
		return err_set(err, VASTAR_E_SYSTEM, "%.120s: it is not a socket (name the server's socket)",
			       path);
	return 0;
}

void unix_address(const char *path, struct target_address *address)
{
	struct sockaddr_un *at = (struct sockaddr_un *)&address->at;

	memset(address, 0, sizeof(*address));
	at->sun_family = AF_UNIX;
	memcpy(at->sun_path, path, strlen(path));
	address->length = sizeof(*at);
}
